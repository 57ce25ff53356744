package native_test

import (
	"net/http"
	"testing"

	"cohort/internal/httpkit"
	"cohort/internal/store/memstore"
	"cohort/internal/store/storetest"
)

// TestARequestReadsThroughOneView: whatever a request reads is read in one
// transaction, which is over when the reply begins.
func TestARequestReadsThroughOneView(t *testing.T) {
	s := storetest.Count(memstore.New())
	w := newWorldIn(t, s)
	direct := w.handler
	w.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		direct.ServeHTTP(httpkit.BeforeReply(rw, func() {
			if n := s.Now(); n != 0 {
				t.Errorf("%s: %d views are open when the reply begins", r.URL, n)
			}
		}), r)
	})
	for _, target := range []string{
		"/v1/users", "/v1/users/2", "/v1/users/email:ada@example.com", "/v1/users/2/effective",
		"/v1/users/2/effective/region", "/v1/groups", "/v1/groups/3", "/v1/groups/2/effective",
		"/v1/attributes", "/v1/attributes/region", "/v1/attributes/region/holders", "/v1/attributes/region/values", "/v1/lint", "/v1/changes",
		"/v1/users/2/effective?revision=8",
	} {
		s.Opened()
		got := w.send("admin", "GET", target, "", nil)
		if got.status != 200 {
			t.Errorf("%s: %d %s", target, got.status, got.body)
		}
		if n := s.Opened(); n > 1 {
			t.Errorf("%s opens %d views of the store", target, n)
		}
	}
}
