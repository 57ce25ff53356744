package apidocs_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"cohort/api"
	"cohort/internal/apidocs"
)

func handler(t *testing.T) http.Handler {
	t.Helper()
	h, err := apidocs.New([]apidocs.Document{
		{Name: "native", Title: "Cohort API", About: "ours", Source: "/v1/openapi.yaml", Text: api.Native()},
		{Name: "looker", Title: "Looker API 4.0", About: "theirs", Source: "/api/4.0/swagger.json", Text: api.Looker()},
		{Name: "propeller", Title: "Propeller", About: "theirs", Source: "/docs/propeller.yaml", Text: api.Propeller()},
		{Name: "scim", Title: "SCIM 2.0", About: "theirs", Source: "/scim/v2/openapi.yaml", Text: api.SCIM()},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

var (
	hrefs = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	ids   = regexp.MustCompile(`id="([^"]*)"`)
)

// TestEveryLinkOfThePagesLeadsSomewhere walks all pages, and finds what they link to.
// No page asks another host for anything, or has a style or script of its own.
func TestEveryLinkOfThePagesLeadsSomewhere(t *testing.T) {
	h := handler(t)
	pages := map[string]string{}
	var walk func(path string)
	walk = func(path string) {
		path, _, _ = strings.Cut(path, "#")
		if _, seen := pages[path]; seen || !strings.HasPrefix(path, "/docs") || strings.HasSuffix(path, ".yaml") {
			return
		}
		w := get(h, path)
		body := w.Body.String()
		pages[path] = body
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
		if strings.HasSuffix(path, ".css") {
			return
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'self'") {
			t.Errorf("%s: Content-Security-Policy %q", path, csp)
		}
		if strings.Contains(body, "<script") || strings.Contains(body, " style=") || strings.Contains(body, "<style") {
			t.Errorf("%s has a script or a style of its own", path)
		}
		for _, link := range hrefs.FindAllStringSubmatch(body, -1) {
			if strings.HasPrefix(link[1], "#") {
				continue
			}
			if !strings.HasPrefix(link[1], "/") || strings.HasPrefix(link[1], "//") {
				t.Errorf("%s links to %s", path, link[1])
			}
			walk(link[1])
		}
	}
	walk("/docs")
	if len(pages) < 20 {
		t.Errorf("only %d pages were found", len(pages))
	}
	for path, body := range pages {
		for _, link := range hrefs.FindAllStringSubmatch(body, -1) {
			to, anchor, ok := strings.Cut(link[1], "#")
			if !ok || anchor == "main" {
				continue
			}
			if to == "" {
				to = path
			}
			if !contains(ids.FindAllStringSubmatch(pages[to], -1), anchor) {
				t.Errorf("%s links to %s, where nothing has this id", path, link[1])
			}
		}
	}
}

func contains(found [][]string, want string) bool {
	for _, f := range found {
		if f[1] == want {
			return true
		}
	}
	return false
}

// TestAnOperationIsShownWithAllThatItTakes: parameters, body and replies.
func TestAnOperationIsShownWithAllThatItTakes(t *testing.T) {
	body := get(handler(t), "/docs/api/native/users").Body.String()
	for _, want := range []string{
		`<code>/v1/users/{user}</code>`, `Make a user.`, `<code>Idempotency-Key</code>`, `/docs/api/native/schemas#UserEdit`,
		`&#34;first_name&#34;: &#34;Grace&#34;`, `<strong>201</strong>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page of users lacks %q", want)
		}
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	h := handler(t)
	for _, path := range []string{"/docs/api/nothing", "/docs/api/native/nothing", "/docs/api/native/users/1"} {
		if w := get(h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/docs", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
		t.Errorf("POST: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}
