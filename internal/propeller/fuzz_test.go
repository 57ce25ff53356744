package propeller_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cohort/internal/propeller"
)

func withPrefix(cfg *propeller.Config) {
	cfg.Prefix, cfg.DocsURL, cfg.OpenAPI = "/propeller/", "", []byte("openapi")
}

// seeds are the requests of the golden files.
func seeds(f *testing.F) (calls [][3]string) {
	files, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, exchange := range strings.Split(string(text), "\n== ")[1:] {
			request, _, _ := strings.Cut(exchange, "\n--\n")
			head, body, _ := strings.Cut(request, "\n\n")
			lines := strings.Split(head, "\n")
			if call := strings.Fields(lines[1]); len(call) == 3 && strings.HasPrefix(call[2], "/") {
				calls = append(calls, [3]string{call[1], call[2], body})
			}
		}
	}
	return calls
}

// FuzzRequests sends anything anywhere: no reply is our fault, every reply is
// the envelope, and a refusal changes nothing.
func FuzzRequests(f *testing.F) {
	w := newWorld(f)
	w.must("POST", "/usergroups/bulk/id",
		`{"usergroups":[{"id":10,"name":"Top"},{"id":11,"name":"Low","parent":{"id":10},"sourceId":"L1","source":"erp"}]}`)
	w.must("POST", "/attributes/bulk/name",
		`[{"name":"REGION","class":"user","type":"enum"},{"name":"SLOGAN","class":"user","type":"text"},{"name":"LIMIT","class":"user","type":"decimal"}]`)
	for _, call := range seeds(f) {
		f.Add(call[0], call[1], call[2])
	}
	f.Fuzz(func(t *testing.T, method, target, body string) {
		if !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "/api") || strings.HasPrefix(target, "/docs") ||
			strings.ContainsAny(target, " #\x7f") ||
			strings.ContainsFunc(target+method, func(r rune) bool { return r < ' ' || r > '~' }) {
			return
		}
		switch method {
		case "GET", "POST", "PATCH", "DELETE", "PUT":
		default:
			return
		}
		r := httptest.NewRequest(method, "http://localhost/x", strings.NewReader(body))
		u, err := r.URL.Parse(target)
		if err != nil || u.Host != "localhost" {
			return
		}
		r.URL = u
		r.Header.Set("Authorization", "Bearer "+w.tokens["admin"])
		before := w.revision()
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, r)
		if rec.Code == 301 || rec.Code == 307 || strings.HasPrefix(rec.Body.String(), "404 page not found") ||
			strings.HasPrefix(u.Path, "/docs") {
			return // the server before this handler
		}
		var reply struct {
			Data  *json.RawMessage
			Error *struct {
				Code, Status int
				Messages     []string
				Type         string
			}
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &reply); err != nil || (reply.Data == nil) == (reply.Error == nil) {
			t.Fatalf("%s %s %q: %d %s", method, target, body, rec.Code, rec.Body)
		}
		switch {
		case rec.Code >= 500:
			t.Fatalf("%s %s %q: %d %s", method, target, body, rec.Code, rec.Body)
		case reply.Error != nil && (reply.Error.Status != rec.Code || len(reply.Error.Messages) == 0 ||
			w.revision() != before):
			t.Fatalf("%s %s %q: %d %s", method, target, body, rec.Code, rec.Body)
		case strings.Contains(rec.Body.String(), `"error":"Internal error"`):
			t.Fatalf("%s %s %q: %s", method, target, body, rec.Body)
		}
	})
}
