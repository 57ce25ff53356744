package apicheck

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

type operation struct {
	method string
	path   []string // segments; those in braces match anything
	*openapi3.Operation
}

func operationsOf(doc *openapi3.T) (list []operation) {
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			list = append(list, operation{method, strings.Split(path, "/"), op})
		}
	}
	return list
}

// find looks for the operation of a path. Where a literal and a parameter both
// match, the literal wins.
func find(list []operation, method, path string) (best operation, found bool) {
	got := strings.Split(path, "/")
	score := -1
	for _, op := range list {
		if op.method != method || len(op.path) != len(got) {
			continue
		}
		literals := 0
		for i, want := range op.path {
			if strings.HasPrefix(want, "{") && got[i] != "" {
				continue
			}
			if want != got[i] {
				literals = -1
				break
			}
			literals++
		}
		if literals > score {
			score, best = literals, op
		}
	}
	return best, score >= 0
}

// A Document is one of our own, whose operations list every good status and have
// a default for the others.
type Document struct{ operations []operation }

// Read reads a document.
func Read(text string) (*Document, error) {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(text))
	if err != nil {
		return nil, err
	}
	return &Document{operationsOf(doc)}, nil
}

// Operations are those of the document, as "METHOD path".
func (d *Document) Operations() (list []string) {
	for _, op := range d.operations {
		list = append(list, op.method+" "+strings.Join(op.path, "/"))
	}
	return list
}

// Check returns nil if the reply to a request is one that the document allows. What
// it has no operation for must be refused.
func (d *Document) Check(x Exchange) error {
	op, found := find(d.operations, x.Method, x.Path)
	if !found {
		if x.Status < http.StatusBadRequest {
			return fmt.Errorf("%s %s answers %d and is not in the document", x.Method, x.Path, x.Status)
		}
		return nil
	}
	if err := op.allows(x); err != nil {
		return fmt.Errorf("%s %s (%s) answers %d: %w\n%.2000s", x.Method, x.Path, op.OperationID, x.Status, err, x.Body)
	}
	return nil
}

func (op operation) allows(x Exchange) error {
	reply := op.Responses.Value(strconv.Itoa(x.Status))
	if x.Status >= http.StatusBadRequest {
		reply = op.Responses.Default()
	}
	if reply == nil {
		return errors.New("the document does not list this status")
	}
	for name := range reply.Value.Headers {
		if x.Header.Get(name) == "" {
			return fmt.Errorf("the header %s is missing", name)
		}
	}
	if reply.Value.Content == nil {
		return empty(x.Body)
	}
	media := reply.Value.Content[x.Header.Get("Content-Type")]
	if media == nil {
		return fmt.Errorf("the content type is %q", x.Header.Get("Content-Type"))
	}
	var value any
	if err := json.NewDecoder(bytes.NewReader(x.Body)).Decode(&value); err != nil {
		return err
	}
	return media.Schema.Value.VisitJSON(value, openapi3.MultiErrors())
}
