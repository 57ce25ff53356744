// Package apicheck decides whether an HTTP exchange is one that an OpenAPI
// document allows. It is for tests: the goldens of a dialect and the runs of
// real clients pass every reply through it.
//
// It knows what documents say and what the dialect promises beside them; it
// knows nothing of the directory behind a reply.
package apicheck

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"cohort/api"
)

// lookerBase is where the Looker dialect is mounted.
const lookerBase = "/api/4.0"

// Reference names the environment variable with the folder of the vendors'
// documents. If it is set, exchanges are checked against those.
const Reference = "COHORT_REFERENCE"

// An Exchange is a request, as far as it matters, and its reply.
type Exchange struct {
	Method string
	Path   string // as sent, without the query
	Query  url.Values
	Status int
	Header http.Header // of the reply
	Body   []byte      // of the reply
}

// A Checker checks exchanges against one document.
type Checker struct {
	operations []operation
	errorType  *openapi3.SchemaRef
}

// Looker returns a checker for the Looker dialect. It reads the vendor's
// document if Reference is set, and fails if it is not there; operations that
// document lacks, and everything if Reference is not set, are read from our
// own.
func Looker() (*Checker, error) {
	own, err := load([]byte(api.Looker()))
	if err != nil {
		return nil, fmt.Errorf("our own document: %w", err)
	}
	c := &Checker{errorType: own.Components.Schemas["Error"]}
	dir := os.Getenv(Reference)
	if dir != "" {
		text, err := os.ReadFile(filepath.Join(dir, "looker-4.0.24.6.oas.json"))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s is set, but has no document: %w", Reference, err)
		} else if err != nil {
			return nil, err
		}
		reference, err := load(text)
		if err != nil {
			return nil, fmt.Errorf("the reference: %w", err)
		}
		c.add(reference)
	}
	c.add(own)
	return c, nil
}

func load(text []byte) (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	for _, ref := range doc.Components.Schemas {
		tighten(ref.Value)
	}
	return doc, nil
}

// tighten makes a schema say what the vendor's documents leave to be guessed:
// that it is an object with these properties and no others, and that a
// property which is an object of its own may be null.
func tighten(s *openapi3.Schema) {
	s.Type = &openapi3.Types{openapi3.TypeObject}
	none := false
	s.AdditionalProperties = openapi3.AdditionalProperties{Has: &none}
	s.Required = nil // `fields` leaves properties out; complete decides
	for name, p := range s.Properties {
		if p.Ref != "" {
			nullable := *p.Value
			nullable.Nullable = true
			s.Properties[name] = &openapi3.SchemaRef{Ref: p.Ref, Value: &nullable}
		}
	}
}

// add adds the operations of a document that are not there yet.
func (c *Checker) add(doc *openapi3.T) {
	for _, op := range operationsOf(doc) {
		known := slices.ContainsFunc(c.operations, func(o operation) bool { return o.OperationID == op.OperationID })
		if !known {
			c.operations = append(c.operations, op)
		}
	}
}

// Check returns nil if the exchange is allowed, and else everything that is
// wrong with it.
func (c *Checker) Check(x Exchange) error {
	op, found := c.find(x.Method, x.Path)
	name := "no operation"
	if found {
		name = op.OperationID
	}
	if err := c.check(op, x); err != nil {
		return fmt.Errorf("%s %s (%s) answers %d: %w\n%s", x.Method, x.Path, name, x.Status, err, x.Body)
	}
	return nil
}

func (c *Checker) check(op operation, x Exchange) error {
	if x.Method == http.MethodGet && x.Path == "/alive" && x.Status == http.StatusOK {
		return empty(x.Body)
	}
	if slices.Contains(always, x.Status) {
		return c.refusal(c.errorType, x)
	}
	if op.Operation == nil {
		if x.Status != http.StatusNotFound && x.Status != http.StatusMethodNotAllowed {
			return errors.New("what the document has no operation for is 404 or 405")
		}
		return c.refusal(c.errorType, x)
	}
	reply := op.Responses.Value(strconv.Itoa(x.Status))
	if reply == nil {
		return errors.New("the document does not list this status")
	}
	if x.Status == http.StatusNoContent {
		if x.Header.Get("Content-Type") != "" {
			return errors.New("204 has a content type")
		}
		return empty(x.Body)
	}
	schema := reply.Value.Content["application/json"].Schema
	if x.Status >= 400 {
		return c.refusal(schema, x)
	}
	value, err := decode(x)
	if err != nil {
		return err
	}
	if schema.Value.Type.Is("any") || op.OperationID == "api_spec" {
		return nil
	}
	if err := schema.Value.VisitJSON(value, openapi3.MultiErrors()); err != nil {
		return err
	}
	if x.Query.Get("fields") == "" {
		return complete(schema, value, "")
	}
	return nil
}

// always are the statuses that every operation can answer, with schema Error.
var always = []int{
	http.StatusBadRequest, http.StatusUnauthorized, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
	http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable,
}

// find looks for the operation of a path.
func (c *Checker) find(method, path string) (best operation, found bool) {
	return find(c.operations, method, strings.TrimPrefix(canonical(path), lookerBase))
}

// canonical undoes the variants of addresses that clients are known to use.
func canonical(path string) string {
	if path = strings.ReplaceAll(path, "//", "/"); len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	switch path {
	case "/api/login":
		return lookerBase + "/login"
	case "/api/logout":
		return lookerBase + "/logout"
	case "/versions":
		return lookerBase + "/versions"
	case lookerBase + "/swagger.json":
		return lookerBase + "/api_spec/4.0/swagger.json"
	}
	return path
}

func empty(body []byte) error {
	if len(body) != 0 {
		return errors.New("the body is not empty")
	}
	return nil
}

func decode(x Exchange) (any, error) {
	if kind, _, err := mime.ParseMediaType(x.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, fmt.Errorf("the content type is %q", x.Header.Get("Content-Type"))
	}
	var value any
	if err := json.Unmarshal(x.Body, &value); err != nil {
		return nil, fmt.Errorf("the body is no JSON: %w", err)
	}
	return value, nil
}

// refusal checks the body of an error.
func (c *Checker) refusal(schema *openapi3.SchemaRef, x Exchange) error {
	value, err := decode(x)
	if err != nil {
		return err
	}
	if err := schema.Value.VisitJSON(value, openapi3.MultiErrors()); err != nil {
		return err
	}
	if err := complete(schema, value, ""); err != nil {
		return err
	}
	wait := x.Status == http.StatusTooManyRequests || x.Status == http.StatusServiceUnavailable
	if wait && x.Header.Get("Retry-After") == "" {
		return errors.New("Retry-After is missing")
	}
	return documentation(value)
}

// documentation checks the links in an error and its details. Clients require
// them, and fetch them, without a time limit, if they lead to the vendor.
func documentation(value any) error {
	switch v := value.(type) {
	case map[string]any:
		link, _ := v["documentation_url"].(string)
		if link == "" || strings.HasPrefix(link, "https://docs.looker.com/") ||
			strings.HasPrefix(link, "https://cloud.google.com/") {
			return fmt.Errorf("the documentation_url is %q", link)
		}
		return documentation(v["errors"])
	case []any:
		for _, item := range v {
			if err := documentation(item); err != nil {
				return err
			}
		}
	}
	return nil
}

// complete checks that an object has all its properties, as the vendor's
// replies have, null where there is nothing.
func complete(schema *openapi3.SchemaRef, value any, at string) error {
	switch v := value.(type) {
	case []any:
		for i, item := range v {
			if err := complete(schema.Value.Items, item, fmt.Sprintf("%s/%d", at, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		if isPublicUser(schema, v) {
			return nil
		}
		for name, p := range schema.Value.Properties {
			got, there := v[name]
			optional := p.Value.Deprecated || p.Value.Extensions["x-looker-write-only"] != nil
			if !there && !optional {
				return fmt.Errorf("%s/%s is missing", at, name)
			}
			if err := complete(p, got, at+"/"+name); err != nil {
				return err
			}
		}
	}
	return nil
}

// isPublicUser reports whether a user is shown with the few properties that
// callers see of others.
func isPublicUser(schema *openapi3.SchemaRef, user map[string]any) bool {
	public := []string{"avatar_url", "can", "display_name", "first_name", "id", "last_name", "url"}
	if schema.Value.Properties["avatar_url"] == nil {
		return false
	}
	for name := range user {
		if !slices.Contains(public, name) {
			return false
		}
	}
	return true
}
