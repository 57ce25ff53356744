package native_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cohort/internal/directory"
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
		"/v1/attributes", "/v1/attributes/region", "/v1/attributes/region/holders", "/v1/attributes/region/values",
		"/v1/lint", "/v1/changes",
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

// TestThePastIsToldInItsOwnWords: an attribute has the type, rule and name that
// it had, a group its name, and what was deleted since can be asked for.
func TestThePastIsToldInItsOwnWords(t *testing.T) {
	w := newWorld(t)
	then := w.core.Head().Revision
	name, yes, kind := "area", "Ada the Elder", directory.TypeYesNo
	w.do(directory.UpdateAttribute{Attribute: 14, Name: &name}, directory.UpdateUser{User: 2, FirstName: &yes})
	w.do(directory.UpdateAttribute{Attribute: 14, Type: &kind, Misfits: directory.DropMisfits})
	group := "Europe"
	w.do(directory.UpdateGroup{Group: 2, Name: &group})
	past := fmt.Sprint("?revision=", then)
	for round := range 2 {
		got := w.send("admin", "GET", "/v1/users/2/effective"+past+"&attributes=region", "", nil)
		if got.status != 200 || !strings.Contains(got.body, `"attribute":"region","value":"emea"`) ||
			!strings.Contains(got.body, `"name":"EMEA"`) ||
			!strings.Contains(got.body, `"name":"Ada Lovelace"`) {
			t.Errorf("round %d: %d %s", round, got.status, got.body)
		}
		got = w.send("admin", "GET", "/v1/users/2/effective/region"+past, "", nil)
		if got.status != 200 || !strings.Contains(got.body, `"type":"string"`) ||
			!strings.Contains(got.body, `Ada Lovelace has \"emea\" for region from EMEA`) {
			t.Errorf("round %d: %d %s", round, got.status, got.body)
		}
		if got := w.send("admin", "GET", "/v1/users/2/effective/area"+past, "", nil); got.status != 404 {
			t.Errorf("round %d, by the name of now: %d %s", round, got.status, got.body)
		}
		if round == 0 {
			w.do(directory.DeleteAttribute{Attribute: 14})
			w.do(directory.DeleteGroup{Group: 2})
		}
	}
	if got := w.send("admin", "GET", "/v1/users/2/effective/region", "", nil); got.status != 404 {
		t.Errorf("now: %d %s", got.status, got.body)
	}
}
