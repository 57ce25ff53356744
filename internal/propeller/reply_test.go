package propeller_test

import (
	"fmt"
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/propeller"
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
		{"a deleted usergroup", "PATCH", "/usergroups/id/2", `{"name":"mine"}`,
			[]directory.Edit{directory.DeleteGroup{Group: 2}}, `"name":"mine"`},
		{"a renamed usergroup", "PATCH", "/usergroups/id/2", `{"name":"mine"}`,
			[]directory.Edit{directory.UpdateGroup{Group: 2, Name: &theirs}}, `"name":"mine"`},
		{"a new usergroup", "POST", "/usergroups", `{"name":"mine"}`,
			[]directory.Edit{directory.DeleteGroup{Group: 3}}, `"name":"mine"`},
		{"a deleted user", "PATCH", "/users/id/4", `{"firstName":"mine"}`,
			[]directory.Edit{directory.DeleteUser{User: 4}}, `"firstName":"mine"`},
		{"a renamed user", "PATCH", "/users/id/4", `{"firstName":"mine"}`,
			[]directory.Edit{directory.UpdateUser{User: 4, FirstName: &theirs}}, `"firstName":"mine"`},
		{"a facet", "PATCH", "/usergroups/id/2", `{"notes":"mine"}`,
			[]directory.Edit{directory.DeleteFacet{Object: directory.GroupID(2).Object(), Dialect: "propeller",
				Kind: "usergroup"}}, `"notes":"mine"`},
		{"a deleted attribute", "PATCH", "/attributes/id/14", `{"group":"mine"}`,
			[]directory.Edit{directory.DeleteAttribute{Attribute: 14}}, `"group":"mine"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var w *world
			w = newWorld(t, func(cfg *propeller.Config) {
				cfg.Committed = func() { w.do(test.others...) }
			})
			w.do(
				directory.CreateGroup{Name: "G"}, directory.CreateAttribute{Name: "a", Type: directory.TypeString,
					UserCanView: true},
				directory.CreateUser{FirstName: "Ada"},
			)
			before := w.core.Head().Revision
			got := w.send("admin", test.method, test.target, test.body, nil)
			if got.status/100 != 2 || !strings.Contains(got.body, test.want) {
				t.Errorf("%d %s, want %s", got.status, got.body, test.want)
			}
			if want, said := fmt.Sprint("1-", before+1), got.header.Get("Cohort-Revision"); said != want {
				t.Errorf("it names revision %s, want %s", said, want)
			}
		})
	}
}
