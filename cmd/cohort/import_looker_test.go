package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cohort/cmd/cohort/internal/cli"
)

// has returns the values of an attribute by the first names of users.
func (s served) has(t *testing.T, attribute string) string {
	t.Helper()
	var list []string
	for i := range 12 {
		reply := s.get(t, fmt.Sprintf("/users/%d?fields=first_name,is_disabled,role_ids,email", i+1))
		if strings.Contains(reply, "Not found") || strings.Contains(reply, `"Admin"`) {
			continue
		}
		values := s.get(t, fmt.Sprintf("/users/%d/attribute_values?include_unset=false&fields=name,value", i+1))
		_, value, _ := strings.Cut(values, `"name":"`+attribute+`","value":"`)
		value, _, _ = strings.Cut(value, `"`)
		list = append(list, reply+" "+value)
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// Groups whose names differ by case only stay two groups in every copy, and their members keep
// their own values.
func TestGroupsThatDifferByCaseAreNotOne(t *testing.T) {
	from, to := serveSeed(t, `{"version": 1, "edits": [
	  {"edit": "create_group", "name": "Sales"}, {"edit": "create_group", "name": "sales"},
	  {"edit": "create_attribute", "name": "region", "type": "string"},
	  {"edit": "set_group_value", "group": "$0", "attribute": "$2", "value": "upper"},
	  {"edit": "set_group_value", "group": "$1", "attribute": "$2", "value": "lower"},
	  {"edit": "create_user", "first_name": "Ada"}, {"edit": "add_member", "group": "$0", "user": "$5"},
	  {"edit": "create_user", "first_name": "Bob"}, {"edit": "add_member", "group": "$1", "user": "$7"}
	]}`), serveSeed(t, "")
	want := from.has(t, "region")
	for range 3 {
		to.copyFrom(t, from)
		if got := to.has(t, "region"); names(got) != names(want) {
			t.Fatalf("the source has\n%s\nand the copy\n%s", want, got)
		}
	}
	if report := to.copyFrom(t, from, "--check"); len(report.Plan) > 0 {
		t.Errorf("there is something to do: %+v", report.Plan)
	}
}

// A copy gives no user more permissions than the source does.
func TestACopyGivesNobodyMoreThanTheSource(t *testing.T) {
	from, to := serveSeed(t, `{"version": 1, "edits": [
	  {"edit": "create_permission_set", "name": "Powers", "permissions": ["explore"]},
	  {"edit": "create_group", "name": "Staff"},
	  {"edit": "create_user", "id": "100", "first_name": "Ada"}, {"edit": "set_login_email", "user": "100", "email": "ada@example.com"},
	  {"edit": "create_user", "id": "101", "first_name": "Bob"}, {"edit": "set_login_email", "user": "101", "email": "bob@example.com"},
	  {"edit": "create_role", "name": "Power", "permission_set": "$0", "model_set": "1"},
	  {"edit": "set_user_roles", "user": "100", "roles": ["$6"]},
	  {"edit": "add_member", "group": "$1", "user": "100"}
	]}`), serveSeed(t, `{"version": 1, "edits": [
	  {"edit": "create_user", "first_name": "Local"}, {"edit": "set_login_email", "user": "$0", "email": "ada@example.com"},
	  {"edit": "set_user_roles", "user": "$0", "roles": ["2"]},
	  {"edit": "create_user", "first_name": "Plain"}, {"edit": "set_login_email", "user": "$3", "email": "Bob@example.com"},
	  {"edit": "create_group", "name": "Staff"}, {"edit": "set_group_roles", "group": "$5", "roles": ["2"]},
	  {"edit": "create_permission_set", "name": "Powers", "permissions": ["administer"]},
	  {"edit": "create_role", "name": "Power", "permission_set": "$7", "model_set": "1"}
	]}`)
	status, report := to.tryCopy(t, from)
	if status != cli.ExitRefused {
		t.Errorf("the status is %d, and things were refused: %+v", status, report)
	}
	refused := fmt.Sprint(report.Refused)
	for _, want := range []string{"ada@example.com", "{role Power "} {
		if !strings.Contains(refused, want) {
			t.Errorf("%q is not refused: %s", want, refused)
		}
	}
	if adopted := fmt.Sprint(report.Adopted); !strings.Contains(adopted, "bob@example.com") ||
		strings.Contains(adopted, "Staff") {
		t.Errorf("adopted %s", adopted)
	}
	users := to.has(t, "region")
	if !strings.Contains(users, `"first_name":"Local"`) || !strings.Contains(users, `"first_name":"Bob"`) ||
		strings.Contains(users, "Plain") {
		t.Errorf("the users are now\n%s", users)
	}
	groups := to.get(t, "/groups?fields=name,user_count&sorts=id")
	if strings.Count(groups, `"Staff"`) != 2 || strings.Contains(groups, `"name":"Staff","user_count":1`) {
		t.Errorf("the groups are now %s", groups)
	}
}

// A copy follows the source: it identifies users by their ids there, whatever else of them
// changes.
func TestACopyFollowsTheSource(t *testing.T) {
	from, to := serveSeed(t, `{"version": 1, "edits": [
	  {"edit": "create_user", "id": "100", "first_name": "Ada"}, {"edit": "set_login_email", "user": "100", "email": "ada@example.com"},
	  {"edit": "create_user", "id": "101", "first_name": "Bob"}, {"edit": "set_login_email", "user": "101", "email": "bob@example.com"}
	]}`), serveSeed(t, "")
	to.copyFrom(t, from)
	from.apply(t, `[{"edit":"set_login_email","user":"100","email":"ada.lovelace@example.com"},{"edit":"update_user","user":"101","disabled":true},
	  {"edit":"create_group","name":"New"},{"edit":"add_member","group":"$2","user":"100"}]`)
	if status, _ := to.tryCopy(t, from, "--check"); status != cli.ExitDiffers {
		t.Errorf("a check of what differs ends with %d", status)
	}
	to.copyFrom(t, from)
	users := to.has(t, "region")
	for _, want := range []string{`"email":"ada.lovelace@example.com"`, `"is_disabled":true`} {
		if strings.Count(users, want) != 1 {
			t.Errorf("%s is not there once:\n%s", want, users)
		}
	}
	if n := strings.Count(users, "first_name"); n != 2 {
		t.Errorf("there are %d users:\n%s", n, users)
	}
	if status, report := to.tryCopy(t, from, "--check"); status != cli.ExitDone {
		t.Errorf("a check of what is the same ends with %d: %+v", status, report)
	}
}

// A user who is disabled at the source is disabled here, even if another field cannot be
// copied, which is reported.
func TestWhoIsDisabledAtTheSourceIsDisabled(t *testing.T) {
	from, to := serveSeed(t, `{"version": 1, "edits": [
	  {"edit": "create_user", "id": "100", "first_name": "Ada"}, {"edit": "set_login_email", "user": "100", "email": "ada@example.com"}
	]}`), serveSeed(t, `{"version": 1, "edits": [
	  {"edit": "create_user", "first_name": "Local"}, {"edit": "set_login_email", "user": "$0", "email": "local@example.com"}
	]}`)
	to.copyFrom(t, from)
	from.apply(t, `[{"edit":"set_login_email","user":"100","email":"local@example.com"},
	  {"edit":"update_user","user":"100","disabled":true}]`)
	status, report := to.tryCopy(t, from)
	refused := fmt.Sprint(report.Refused)
	if status != cli.ExitRefused || !strings.Contains(refused, "keeps its login e-mail: local@example.com is that of "+
		"user") {
		t.Errorf("%d: %+v", status, report)
	}
	users := to.get(t, "/users?fields=first_name,email,is_disabled&sorts=id")
	if strings.Count(users, `"is_disabled":true`) != 1 || strings.Count(users, `"email":"ada@example.com"`) != 1 ||
		strings.Count(users, `"email":"local@example.com"`) != 1 {
		t.Errorf("the users are %s", users)
	}
}

// Finding many users without an e-mail again takes as few requests as finding others.
func TestUsersWithoutEmailAreFoundAgain(t *testing.T) {
	edits := []string{}
	for i := range 600 {
		edits = append(edits, fmt.Sprintf(`{"edit": "create_user", "first_name": "U%d"}`, i))
	}
	from, to := serveSeed(t, `{"version": 1, "edits": [`+strings.Join(edits, ",")+`]}`), serveSeed(t, "")
	to.copyFrom(t, from, "--no-values")
	if again := to.copyFrom(t, from, "--no-values"); *again.Changes != 0 || len(again.Plan) > 0 {
		t.Errorf("the second time %+v", again)
	}
}

// names are the lines without the ids of roles.
func names(s string) string { return strings.ReplaceAll(s, `"role_ids":["3"]`, `"role_ids":[]`) }
