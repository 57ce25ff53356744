package scim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/inspect"
	"cohort/internal/store/sqlite/sqlitetest"
)

// 6.8, 3.12: mass removals are held, shown and released by a person.
func TestMassRemovalsAreHeld(t *testing.T) {
	w := newWorld(t)
	for i := range 60 {
		w.user("okta", fmt.Sprintf("u%d@x.org", i))
	}
	off := func(id int) reply {
		return w.send("okta", "PATCH", fmt.Sprintf("/Users/%d", id), patch(`{"op":"replace","value":{"active":false}}`), nil)
	}
	for id := 5; id < 30; id++ {
		if got := off(id); got.status != 200 {
			t.Fatalf("%d: %d %s", id, got.status, got.body)
		}
	}
	before := w.revision()
	held := off(30)
	if held.status != 429 || held.header.Get("Retry-After") != "3600" ||
		!strings.Contains(held.get("detail"), "cohort scim client release okta") || w.revision() != before {
		t.Errorf("%d %v %s", held.status, held.header, held.body)
	}
	if got := w.send("okta", "DELETE", "/Users/31", "", nil); got.status != 429 {
		t.Errorf("DELETE: %d", got.status)
	}
	if got := w.send("entra", "DELETE", "/Users/31", "", nil); got.status != 204 {
		t.Errorf("another client is held, too: %d %s", got.status, got.body)
	}
	list, err := w.clients.List(t.Context())
	if err != nil || len(list[2].Held) != 2 || w.clients.Held() != 2 {
		t.Errorf("%+v, %v", list[2], err)
	}
	if _, err := w.clients.Release(t.Context(), "okta", 2); err != nil {
		t.Fatal(err)
	}
	if a, b, c := off(30), off(32), off(33); a.status != 200 || b.status != 200 || c.status != 429 {
		t.Errorf("after a release of 2: %d %d %d", a.status, b.status, c.status)
	}
	w.pass(61 * time.Minute)
	if got := off(33); got.status != 200 {
		t.Errorf("an hour later: %d %s", got.status, got.body)
	}
}

// 6.8, failures 15 and 39: half of a group is held; nobody can take what it has not.
func TestAGroupIsNotEmptiedAndTheLastAdministratorStays(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for i := range 20 {
		ids = append(ids, w.user("okta", fmt.Sprintf("u%d@x.org", i)))
	}
	g := w.group("okta", "G", ids...)
	for name, body := range map[string]string{
		"remove all":  patch(`{"op":"remove","path":"members"}`),
		"replace all": patch(`{"op":"replace","path":"members","value":[{"value":"5"}]}`),
	} {
		if got := w.send("okta", "PATCH", "/Groups/"+g, body, nil); got.status != 429 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := w.send("okta", "PUT", "/Groups/"+g, `{"displayName":"G","members":[]}`, nil); got.status != 429 {
		t.Errorf("PUT: %d", got.status)
	}
	w.must("okta", "PATCH", "/Groups/"+g, patch(`{"op":"remove","path":"members","value":[{"value":"5"},{"value":"6"}]}`))
	w.do(directory.SetLoginEmail{User: 1, Email: "root@x.org"})
	w.do(directory.CreateGroup{Name: "Admins"}, directory.SetGroupRoles{Group: directory.Made[directory.GroupID](0),
		Roles: []directory.RoleID{directory.AdminRole}})
	for _, call := range [][2]string{
		{"DELETE /Users/1", ""}, {"PATCH /Users/1", patch(`{"op":"replace","value":{"active":false}}`)},
		{"PATCH /Users/1", patch(`{"op":"replace","path":"userName","value":"evil@x.org"}`)},
		{"PUT /Users/1", `{"userName":"root@x.org","externalId":"evil"}`},
		{"PATCH /Groups/g3", patch(`{"op":"add","path":"members","value":[{"value":"7"}]}`)}, {"DELETE /Groups/g3", ""},
		{"PATCH /Groups/g3", patch(`{"op":"add","path":"members","value":[{"value":"` + g + `"}]}`)},
	} {
		method, target, _ := strings.Cut(call[0], " ")
		w.want(http.StatusForbidden, "", "okta", method, target, call[1])
	}
}

// 6.8: the memberships of a client are those of the groups that it made, also of
// those without an externalId: a tenth of 6,000 is more than the least, 500.
func TestTheGuardCountsAgainstAllGroupsOfTheClient(t *testing.T) {
	s := sqlitetest.Open(t)
	w := newWorldOn(t, s)
	const users, groups, atOnce = 30, 200, 9
	var ids []string
	for i := range users {
		ids = append(ids, w.user("okta", fmt.Sprintf("u%d@x.org", i)))
	}
	var leave []string
	for _, id := range ids[:atOnce] {
		leave = append(leave, `{"value":"`+id+`"}`)
	}
	body, removed := patch(`{"op":"remove","path":"members","value":[`+strings.Join(leave, ",")+`]}`), 0
	for i := range groups {
		w.group("okta", fmt.Sprintf("G%d", i), ids...)
	}
	w.must("okta", "PUT", "/Groups/g2", `{"displayName":" renamed "}`)
	for i := range groups {
		got := w.send("okta", "PATCH", fmt.Sprintf("/Groups/g%d", i+2), body, nil)
		if got.status == http.StatusTooManyRequests {
			if !strings.Contains(got.get("detail"), "603 of 6000") {
				t.Errorf("%s", got.body)
			}
			break
		}
		removed += atOnce
	}
	if removed != 594 {
		t.Errorf("%d memberships were removed before the client was held", removed)
	}
}

// 6.8, C71: lint says who is held, with samples, until somebody releases it, and
// whose push named members who are not there.
func TestLintSaysWhoIsHeldAndWhatWasSkipped(t *testing.T) {
	w := newWorld(t)
	lint := func() (found []string) {
		t.Helper()
		page, err := inspect.Lint(t.Context(), w.admin(), w.clients.Findings,
			directory.LintQuery{Codes: []directory.FindingCode{directory.LintHeld, directory.LintSkipped}})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page.Findings {
			found = append(found, string(f.Code)+" "+f.Msg)
		}
		return found
	}
	for i := range 20 {
		w.user("okta", fmt.Sprintf("u%d@x.org", i))
	}
	g := w.group("okta", "G", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16")
	if got := lint(); got != nil {
		t.Errorf("before anything happened: %v", got)
	}
	w.must("okta", "PATCH", "/Groups/"+g,
		patch(`{"op":"add","path":"members","value":[{"value":"17"},{"value":"4711"},{"value":"4712"}]}`))
	w.want(429, "", "okta", "PUT", "/Groups/"+g, `{"displayName":"G","members":[]}`)
	got := lint()
	if len(got) != 2 || !strings.HasPrefix(got[0],
		"held_removals The SCIM client okta was held 1 times within a day, at PUT /scim/v2/Groups/g2. "+
			"Held, and nothing was changed") ||
		!strings.HasPrefix(got[1], "skipped_members The SCIM client okta, at PATCH /scim/v2/Groups/g2 (request ") ||
		!strings.Contains(got[1], `2 members who are not there, such as "4711"`) {
		t.Errorf("%q", got)
	}
	ordinary, err := inspect.Lint(t.Context(), w.views.As(directory.Caller{User: w.tokens["okta"].User}),
		w.clients.Findings, directory.LintQuery{})
	for _, f := range ordinary.Findings {
		if f.Code == directory.LintHeld || f.Code == directory.LintSkipped || err != nil {
			t.Errorf("shown to others: %+v, %v", f, err)
		}
	}
	w.pass(time.Minute)
	if _, err := w.clients.Release(t.Context(), "okta", 100); err != nil {
		t.Fatal(err)
	}
	if got := lint(); len(got) != 1 || !strings.HasPrefix(got[0], "skipped") {
		t.Errorf("released: %q", got)
	}
	w.pass(25 * time.Hour)
	if got := lint(); got != nil {
		t.Errorf("a day later: %q", got)
	}
}

// 6.2: lint says who is perhaps there twice, where a provider feeds the directory.
func TestLintSaysWhoIsThereTwice(t *testing.T) {
	w := newWorld(t)
	email := "Ada@x.org"
	w.do(directory.CreateUser{FirstName: "Ada", ContactEmail: email}, directory.CreateUser{FirstName: "Bob",
		ContactEmail: "bob@x.org"})
	twice := w.user("entra", "ada@X.org")
	page, err := inspect.Lint(t.Context(), w.admin(), nil,
		directory.LintQuery{Codes: []directory.FindingCode{directory.LintSamePerson}})
	if err != nil || len(page.Findings) != 1 || page.Findings[0].User != 5 || !strings.Contains(page.Findings[0].Msg,
		"The contact e-mail of Ada (user 5) is the login e-mail of ") || !strings.Contains(page.Findings[0].Msg,
		"user "+twice) {
		t.Errorf("%+v, %v", page, err)
	}
}
