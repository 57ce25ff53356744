package looker_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cohort/internal/looker"
)

// FuzzAnyRequest sends anything to any operation, as an administrator: nothing
// may panic, be our fault, or be answered in a way that the description does
// not have.
func FuzzAnyRequest(f *testing.F) {
	operations, open := looker.Operations()
	operations = append(operations, open...)
	for i, op := range operations {
		f.Add(i, "5", "14", "fields=id,can(show)&limit=2&sorts=id desc&ids=1,2", `{"value":"x","name":"y","group_id":2}`)
		f.Add(i, probes()[op[0]].target, "%", "id=1&name=%25&filter_or=true&is_disabled=true&email=IS NULL",
			probes()[op[0]].body)
	}
	f.Add(3, "\xff", "a/b", "%zz", "\x00")
	f.Fuzz(func(t *testing.T, i int, first, second, query, body string) {
		if i < 0 || i >= len(operations) || len(body) > 1<<16 {
			return
		}
		w := newFurnishedWorld(t)
		method, path, _ := strings.Cut(operations[i][1], " ")
		segments := strings.Split(path, "/")
		values := []string{first, second}
		for i, s := range segments {
			if strings.HasPrefix(s, "{") {
				segments[i], values = url.PathEscape(values[0]), values[1:]
			}
		}
		target := strings.Join(segments, "/") + "?" + url.PathEscape(query)
		if q, err := url.ParseQuery(query); err == nil {
			target = strings.Join(segments, "/") + "?" + q.Encode()
		}
		r := w.send("admin", method, target, body, http.Header{"Cohort-Comment": nil})
		if r.status >= 500 {
			t.Errorf("%s %s %q: %d %s", method, target, body, r.status, r.body)
		}
	})
}
