package propeller_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"cohort/api"
)

// loadDocument reads the description of this format once for all worlds.
var loadDocument = sync.OnceValues(func() (*openapi3.T, error) {
	return openapi3.NewLoader().LoadFromData([]byte(api.Propeller()))
})

// operationOf finds the operation of a request.
func operationOf(doc *openapi3.T, method, path string) *openapi3.Operation {
	segments := strings.Split(strings.TrimSuffix(path, "/"), "/")
	var found *openapi3.Operation
	best := len(segments) + 1
	for template, item := range doc.Paths.Map() {
		parts, wild := strings.Split(template, "/"), 0
		fits := len(parts) == len(segments)
		for i := 0; fits && i < len(parts); i++ {
			if strings.HasPrefix(parts[i], "{") {
				wild++
			} else {
				fits = parts[i] == segments[i]
			}
		}
		if op := item.GetOperation(method); fits && op != nil && wild < best {
			found, best = op, wild
		}
	}
	return found
}

// check holds an exchange against the description: the reply always, the
// request where it was accepted.
func (w *world) check(method, target, body string, header http.Header, got reply) {
	w.t.Helper()
	doc, err := loadDocument()
	if err != nil {
		w.t.Fatal(err)
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(target, "/propeller"), "?")
	op := operationOf(doc, method, path)
	if header.Get("Cohort-Preview") == "true" && got.status == http.StatusOK || strings.HasPrefix(path, "/docs/") ||
		strings.HasPrefix(path, "/api/") {
		return
	}
	form := doc.Components.Schemas["Error"]
	if op != nil && got.status < 400 {
		if form, err = w.accepted(op, body, got.status); err != nil {
			w.t.Errorf("%s %s %.500s: the request is not what the description says: %v", method, target, body, err)
		}
	}
	if form == nil {
		w.t.Errorf("%s %s: status %d is not in the description", method, target, got.status)
		return
	}
	if err := visit(form, got.body); err != nil {
		w.t.Errorf("%s %s: %d %.1000s: the reply is not what the description says: %v", method, target, got.status, got.body,
			err)
	}
}

// accepted gives the form of a good reply, and says whether the request was
// what is asked for.
func (w *world) accepted(op *openapi3.Operation, body string, status int) (form *openapi3.SchemaRef, err error) {
	if op.RequestBody != nil {
		err = visit(op.RequestBody.Value.Content["application/json"].Schema, body)
	}
	if r := op.Responses.Value(strconv.Itoa(status)); r != nil {
		form = r.Value.Content["application/json"].Schema
	}
	return form, err
}

func visit(form *openapi3.SchemaRef, text string) error {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return err
	}
	return form.Value.VisitJSON(v)
}
