package looker_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker"
	"cohort/internal/store/storetest"
	"cohort/internal/view"
)

// TestAReplyToAWriteIsAboutThatWrite: others delete or change what was written
// before the reply is read.
func TestAReplyToAWriteIsAboutThatWrite(t *testing.T) {
	theirs := "theirs"
	for _, test := range []struct {
		name, method, target, body string
		others                     []directory.Edit
		want                       string
	}{
		{"a deleted group value", "PATCH", "/groups/2/attribute_values/14", `{"value":"mine"}`,
			[]directory.Edit{directory.DeleteGroupValue{Group: 2, Attribute: 14}}, `"value":"mine"`},
		{"another group value", "PATCH", "/groups/2/attribute_values/14", `{"value":"mine"}`,
			[]directory.Edit{directory.SetGroupValue{Group: 2, Attribute: 14, Value: directory.Value{Text: theirs}}},
			`"value":"mine"`},
		{"a deleted group", "PATCH", "/groups/2", `{"name":"mine"}`,
			[]directory.Edit{directory.DeleteGroup{Group: 2}}, `"name":"mine"`},
		{"a renamed group", "PATCH", "/groups/2", `{"name":"mine"}`,
			[]directory.Edit{directory.UpdateGroup{Group: 2, Name: &theirs}}, `"name":"mine"`},
		{"a deleted attribute", "PATCH", "/user_attributes/14", `{"label":"mine"}`,
			[]directory.Edit{directory.DeleteAttribute{Attribute: 14}}, `"label":"mine"`},
		{"a deleted user", "PATCH", "/users/5", `{"first_name":"mine"}`,
			[]directory.Edit{directory.DeleteUser{User: 5}}, `"first_name":"mine"`},
		{"a user that is disabled", "PATCH", "/users/5", `{"first_name":"mine"}`,
			[]directory.Edit{directory.UpdateUser{User: 5, FirstName: &theirs, Disabled: new(bool)}}, `"first_name":"mine"`},
		{"a member who has left", "POST", "/groups/2/users", `{"user_id":"5"}`,
			[]directory.Edit{directory.RemoveMember{Group: 2, User: 5}}, `"group_ids":["1","2"]`},
		{"a user value", "PATCH", "/users/5/attribute_values/14", `{"value":"mine"}`,
			[]directory.Edit{directory.DeleteUserValue{User: 5, Attribute: 14}}, `"value":"mine"`},
		{"values of an attribute", "POST", "/user_attributes/14/group_values", `[{"group_id":"2","value":"mine"}]`,
			[]directory.Edit{directory.DeleteGroupValue{Group: 2, Attribute: 14}}, `"value":"mine"`},
		{"roles of a user", "PUT", "/users/5/roles", `["2"]`,
			[]directory.Edit{directory.SetUserRoles{User: 5}}, `"id":"2"`},
		{"users of a role", "PUT", "/roles/3/users", `["5"]`,
			[]directory.Edit{directory.SetUserRoles{User: 5}}, `"id":"5"`},
		{"a caller who loses its role", "PATCH", "/groups/2/attribute_values/14", `{"value":"mine"}`,
			[]directory.Edit{directory.SetUserRoles{User: 2, Roles: []directory.RoleID{directory.AdminRole}},
				directory.SetUserRoles{User: 1}}, `"value":"mine"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var w *world
			w = newWorld(t, func(cfg *looker.Config) {
				cfg.Committed = func() { w.do(test.others...) }
			})
			w.do(
				directory.CreateGroup{Name: "G"}, directory.CreateAttribute{Name: "a", Type: directory.TypeString,
					UserCanView: true},
				directory.CreateUser{FirstName: "Ada"},
				directory.CreatePermissionSet{Name: "S"},
				directory.CreateRole{Name: "R", PermissionSet: directory.Made[directory.PermissionSetID](3),
					ModelSet: directory.AllModels},
			)
			before := w.core.Head().Revision
			got := w.send("admin", test.method, test.target, test.body, nil)
			if got.status != 200 || !strings.Contains(got.body, test.want) {
				t.Errorf("%d %s, want %s", got.status, got.body, test.want)
			}
			if want, said := fmt.Sprint("1-", before+1), got.header.Get("Cohort-Revision"); said != want {
				t.Errorf("it names revision %s, want %s", said, want)
			}
		})
	}
}

// TestARequestReadsThroughOneView sends everything that reads to a directory of
// which nothing is in memory.
func TestARequestReadsThroughOneView(t *testing.T) {
	like := newFurnishedWorld(t)
	table := probes()
	for _, op := range documentedOperations(t) {
		p, ok := table[op.OperationID]
		if !ok || op.method != "GET" {
			continue
		}
		t.Run(op.OperationID, func(t *testing.T) {
			s := storetest.Count(furnished.data.Clone())
			w := bareWorld(t, s, nil)
			w.tokens, w.keys = like.tokens, like.keys
			direct := w.handler
			w.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				direct.ServeHTTP(httpkit.BeforeReply(rw, func() {
					if n := s.Now(); n != 0 {
						t.Errorf("%d views are open when the reply begins", n)
					}
				}), r)
			})
			s.Opened()
			if got := w.get("admin", w.named(p.target)); got.status != 200 {
				t.Fatalf("%d %s", got.status, got.body)
			}
			most := int64(1)
			if strings.HasSuffix(op.OperationID, "_lockouts") {
				most = 2 // lock-outs are read apart, between two parts of what is read of the directory
			}
			if n := s.Opened(); n > most {
				t.Errorf("it opens %d views of the store", n)
			}
		})
	}
}

// TestRowsOutOfForceAreNotThere: this API does not show them, so it does not
// remove them.
func TestRowsOutOfForceAreNotThere(t *testing.T) {
	w := newFurnishedWorld(t)
	later := &directory.Window{StartsAt: 1 << 50}
	w.do(
		directory.AddMember{Group: 2, User: 5, Window: later},
		directory.SetGroupValue{Group: 2, Attribute: 14, Value: directory.Value{Text: "x"}, Window: later},
		directory.SetUserValue{User: 5, Attribute: 14, Value: directory.Value{Text: "x"}, Window: later},
	)
	before := w.revision()
	for _, target := range []string{"/groups/2/users/5", "/groups/2/attribute_values/14", "/users/5/attribute_values/14"} {
		if got := w.send("admin", "DELETE", target, "", nil); got.status != 404 {
			t.Errorf("DELETE %s: %d %s", target, got.status, got.body)
		}
	}
	if after := w.revision(); after != before {
		t.Errorf("revision %d, was %d", after, before)
	}
}

// TestEveryAnswerIsTrueAtTheRevisionThatItNames has writers, deleters and readers
// at one group value, and holds every answer against the history.
func TestEveryAnswerIsTrueAtTheRevisionThatItNames(t *testing.T) {
	w := newFurnishedWorld(t)
	type answer struct{ value, revision string }
	const callers, each = 4, 40
	answers := make(chan answer, 2*callers*each)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() { // writes
			for j := range each {
				got := w.send("admin", "PATCH", "/groups/2/attribute_values/14", fmt.Sprintf(`{"value":"%d-%d"}`, i, j), nil)
				var body struct{ Value string }
				if err := json.Unmarshal([]byte(got.body), &body); err != nil || got.status != 200 ||
					body.Value != fmt.Sprint(i, "-", j) {
					t.Errorf("%d-%d: %d %s, %v", i, j, got.status, got.body, err)
				}
				answers <- answer{body.Value, got.header.Get("Cohort-Revision")}
			}
		})
		all.Go(func() { // deletes, and reads
			for range each {
				w.send("admin", "DELETE", "/groups/2/attribute_values/14", "", nil)
				got := w.get("admin", "/user_attributes/14/group_values")
				var list []struct {
					GroupID string `json:"group_id"`
					Value   string
				}
				if err := json.Unmarshal([]byte(got.body), &list); err != nil {
					t.Errorf("%d %s, %v", got.status, got.body, err)
				}
				read := answer{"", got.header.Get("Cohort-Revision")}
				for _, v := range list {
					if v.GroupID == "2" {
						read.value = v.Value
					}
				}
				answers <- read
			}
		})
	}
	all.Wait()
	close(answers)
	for a := range answers {
		_, revision, err := directory.ParseRevision("revision", a.revision)
		if err != nil {
			t.Fatal(err)
		}
		then, err := view.New(w.core).As(directory.System("test")).At(t.Context(), directory.Point{Revision: revision})
		if err != nil {
			t.Fatal(err)
		}
		want, err := then.GroupValue(t.Context(), 2, 14)
		if err != nil && directory.KindOf(err) != directory.KindNotFound {
			t.Fatal(err)
		}
		if a.value != want.Value.Text {
			t.Errorf("%q is said to hold at %s; there it was %q", a.value, a.revision, want.Value.Text)
		}
	}
}
