package native_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"cohort/api"
	"cohort/internal/directory"
	"cohort/internal/native"
	"cohort/internal/view"
)

// described are the operations of the document, read once.
var described = sync.OnceValue(func() map[string]*openapi3.Operation {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(api.Native()))
	if err != nil {
		panic(err)
	}
	return operations(doc)
})

// operations are those of the document, by pattern.
func operations(doc *openapi3.T) map[string]*openapi3.Operation {
	all := map[string]*openapi3.Operation{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			all[method+" "+path] = op
		}
	}
	return all
}

func TestTheDocumentHasEveryRouteAndNoOther(t *testing.T) {
	want := native.Patterns()
	slices.Sort(want)
	got := slices.Sorted(maps.Keys(described()))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-routes +document):\n%s", diff)
	}
}

// TestTheDocumentHasEveryParameterAndNoOther: what a route does not have is
// refused, so the document must not promise it.
func TestTheDocumentHasEveryParameterAndNoOther(t *testing.T) {
	for pattern, op := range described() {
		var want []string
		for _, p := range op.Parameters {
			if p.Value.In == openapi3.ParameterInQuery {
				want = append(want, p.Value.Name)
			}
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, native.Parameters(pattern), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-document +route):\n%s", pattern, diff)
		}
	}
	for _, pattern := range native.ListedParameters() {
		if described()[pattern] == nil {
			t.Errorf("%s has parameters and is no route", pattern)
		}
	}
}

// TestUnknownParametersAreRefused on every route, before anything is done.
func TestUnknownParametersAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, pattern := range native.Patterns() {
		method, path, _ := strings.Cut(pattern, " ")
		got := w.send("admin", method, path+"?role=2", "", nil)
		if got.status != 400 || !strings.Contains(got.body, `"field":"role"`) {
			t.Errorf("%s: %d %s", pattern, got.status, got.body)
		}
		for _, known := range native.Parameters(pattern) {
			if !strings.Contains(got.body, known) {
				t.Errorf("%s does not name %s: %s", pattern, known, got.body)
			}
		}
	}
}

// furnish adds what examples ask for.
func (w *world) furnish() {
	w.t.Helper()
	_, err := view.New(w.core).As(directory.Caller{User: 1, Dialect: "test", RequestID: "sample"}).Commit(w.t.Context(),
		directory.Change{Edits: []directory.Edit{
			directory.SetUserValue{User: 3, Attribute: 15, Value: directory.Value{Text: "9"}},
			directory.SetUserValue{User: 3, Attribute: 18, Value: directory.Value{Text: "4321"}},
			directory.SetSource{Object: directory.GroupID(2).Object(), Source: "erp", SourceID: "G-7"},
			directory.SetSource{Object: directory.AttributeID(14).Object(), Source: "erp", SourceID: "A-7"},
			directory.UpdateAttribute{Attribute: 18, Default: &directory.Value{Text: "0000"}},
		}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestTheExamplesOfTheDocumentAreTrue sends the example of every operation to a
// directory of its own, and compares the answer with the example of the answer.
func TestTheExamplesOfTheDocumentAreTrue(t *testing.T) {
	t.Parallel()
	for pattern, op := range described() {
		if strings.HasSuffix(pattern, "/stream") {
			continue // it has no end; a test of its own follows one
		}
		t.Run(op.OperationID, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.furnish()
			method, path, _ := strings.Cut(pattern, " ")
			query := url.Values{}
			for _, p := range op.Parameters {
				switch {
				case p.Value.In == "path":
					path = strings.ReplaceAll(path, "{"+p.Value.Name+"}", url.PathEscape(fmt.Sprint(p.Value.Example)))
				case p.Value.In == "query" && p.Value.Example != nil:
					query.Set(p.Value.Name, fmt.Sprint(p.Value.Example))
				}
			}
			body, header := "", http.Header{}
			if op.RequestBody != nil {
				if text := op.RequestBody.Value.Content["text/csv"]; text != nil {
					body = fmt.Sprint(text.Example)
					header.Set("Content-Type", "text/csv")
				} else {
					body = encode(t, op.RequestBody.Value.Content.Get("application/json").Example)
				}
			}
			if strings.HasPrefix(pattern, "GET /v1/imports") || strings.Contains(pattern, "{import}") {
				w.sendSample()
			}
			if len(query) > 0 {
				path += "?" + query.Encode()
			}
			got := w.send("admin", method, path, body, header)
			if err := conforms(op, got); err != nil {
				t.Error(err)
			}
			response := op.Responses.Value(strconv.Itoa(got.status))
			if response == nil {
				t.Fatalf("answered %d %s", got.status, got.body)
			}
			if text := response.Value.Content["text/csv"]; text != nil || response.Value.Content == nil {
				if text != nil && got.body != fmt.Sprint(text.Example) {
					t.Errorf("answered %q", got.body)
				}
				return
			}
			want := encode(t, response.Value.Content.Get("application/json").Example)
			if diff := cmp.Diff(steady(pretty(want)), steady(pretty(got.body))); diff != "" {
				t.Errorf("(-example +answer):\n%s", diff)
			}
		})
	}
}

// sendSample sends the file that the examples are about.
func (w *world) sendSample() {
	text := described()["POST /v1/imports"].RequestBody.Value.Content["text/csv"].Example
	got := w.send("admin", http.MethodPost, "/v1/imports", fmt.Sprint(text), http.Header{"Content-Type": {"text/csv"}})
	if got.status != http.StatusAccepted {
		w.t.Fatalf("the sample: %d %s", got.status, got.body)
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// pretty indents JSON with its members in order.
func pretty(s string) string {
	var v any
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return s
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return s
	}
	return string(b)
}

// conforms checks a reply against what the document says of it.
func conforms(op *openapi3.Operation, got reply) error {
	response := op.Responses.Value(strconv.Itoa(got.status))
	kind := "application/json"
	if got.status >= 400 {
		response, kind = op.Responses.Default(), "application/problem+json"
	}
	if response == nil {
		return fmt.Errorf("status %d is not in the document", got.status)
	}
	switch {
	case response.Value.Content == nil && got.body == "":
		return nil
	case response.Value.Content["text/csv"] != nil:
		kind = "text/csv; charset=utf-8"
	}
	if have := got.header.Get("Content-Type"); have != kind {
		return fmt.Errorf("the content type is %q, want %q", have, kind)
	}
	if response.Value.Content["text/csv"] != nil {
		return nil
	}
	var v any
	if err := json.NewDecoder(bytes.NewReader([]byte(got.body))).Decode(&v); err != nil {
		return err
	}
	return response.Value.Content.Get(kind).Schema.Value.VisitJSON(v)
}

// check compares a reply with the document, by the route it came from.
func check(method, target string, header http.Header, got reply) error {
	if got.status == http.StatusNotModified || header.Get("Cohort-Preview") == "true" ||
		strings.HasPrefix(target, "/v1/problems") {
		return nil
	}
	path, _, _ := strings.Cut(target, "?")
	for pattern, op := range described() {
		m, p, _ := strings.Cut(pattern, " ")
		if m == method && matches(strings.Split(p, "/"), strings.Split(path, "/")) {
			return conforms(op, got)
		}
	}
	return nil // there is no such route
}

func matches(pattern, path []string) bool {
	return slices.EqualFunc(pattern, path, func(p, s string) bool {
		return p == s || strings.HasPrefix(p, "{") &&
			s != ""
	})
}
