package scim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"cohort/api"
	"cohort/api/apicheck"
	"cohort/internal/scim"
	"cohort/internal/scim/protocol"
)

// readDocument reads the description of this dialect once for all worlds.
var readDocument = sync.OnceValues(func() (*apicheck.Document, error) { return apicheck.Read(api.SCIM()) })

// checkDocument holds every reply of every test against the description.
func (w *world) checkDocument(r *http.Request, got reply) {
	w.Helper()
	doc, err := readDocument()
	if err != nil {
		w.Fatal(err)
	}
	if r.Header.Get("Cohort-Preview") == "true" {
		return
	}
	path := strings.TrimSuffix(strings.ReplaceAll(r.URL.Path, "//", "/"), "/")
	if err := doc.Check(apicheck.Exchange{Method: r.Method, Path: path, Status: got.status, Header: got.header,
		Body: []byte(got.body)}); err != nil {
		w.Error(err)
	}
}

// unlisted are the routes that the description leaves out, as they are never
// answered but with an error.
func unlisted(route string) bool {
	return strings.HasSuffix(route, "/Me") || strings.HasSuffix(route, " "+protocol.Root) || strings.HasSuffix(route,
		" "+protocol.Root+"/.search")
}

func TestTheDocumentHasEveryRouteAndNoOther(t *testing.T) {
	doc, err := readDocument()
	if err != nil {
		t.Fatal(err)
	}
	want, got := slices.DeleteFunc(scim.Routes(), unlisted), doc.Operations()
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-routes +document):\n%s", diff)
	}
}

// C17: the document, and /Schemas, have the same attributes.
func TestC17TheDocumentHasTheAttributesOfTheSchemas(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(api.SCIM()))
	if err != nil {
		t.Fatal(err)
	}
	type attribute struct {
		Name          string
		SubAttributes []attribute
	}
	var listed struct {
		Resources []struct {
			ID         string
			Attributes []attribute
		}
	}
	if err := json.Unmarshal([]byte(newWorld(t).must("none", "GET", "/Schemas", "").body), &listed); err != nil {
		t.Fatal(err)
	}
	var compare func(at string, list []attribute, s *openapi3.Schema)
	compare = func(at string, list []attribute, s *openapi3.Schema) {
		want := []string{}
		for _, a := range list {
			want = append(want, a.Name)
			property := s.Properties[a.Name]
			if property == nil {
				continue
			}
			if property.Value.Items != nil {
				property = property.Value.Items
			}
			if len(a.SubAttributes) > 0 {
				compare(at+"."+a.Name, a.SubAttributes, property.Value)
			}
		}
		got := []string{}
		for name := range s.Properties {
			if !slices.Contains([]string{"schemas", "id", "externalId", "meta"}, name) && !strings.HasPrefix(name, "urn:") {
				got = append(got, name)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-schemas +document):\n%s", at, diff)
		}
	}
	for _, s := range listed.Resources {
		if name := map[string]string{"User": "User", "Group": "Group"}[s.ID[strings.LastIndexByte(s.ID,
			':')+1:]]; strings.Contains(s.ID, ":core:") {
			compare(name, s.Attributes, doc.Components.Schemas[name].Value)
		} else if strings.Contains(s.ID, ":enterprise:") {
			compare("Enterprise", s.Attributes, doc.Components.Schemas["Enterprise"].Value)
		}
	}
}

func TestTheDocumentIsServedToEverybody(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]struct{ kind, text string }{
		"/openapi.yaml": {"application/yaml", api.SCIM()}, "/openapi.json": {"application/json", api.SCIMJSON()},
	} {
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, protocol.Root+path, nil))
		if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != want.kind || rec.Body.String() != want.text {
			t.Errorf("%s: %d %s", path, rec.Code, rec.Header().Get("Content-Type"))
		}
	}
}
