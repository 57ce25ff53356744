package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/imports"
)

// A served is a directory in memory, served by this process.
type served struct {
	url, id, secret string
	home            string // home of the user who runs commands
}

// serveSeed serves a new directory with a seed, if there is one.
func serveSeed(t *testing.T, seed string) served {
	t.Helper()
	args := []string{"serve", "--ephemeral", "--addr=127.0.0.1:0"}
	if seed != "" {
		path := filepath.Join(t.TempDir(), "seed.json")
		if err := os.WriteFile(path, []byte(seed), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--seed="+path)
	}
	s := startServer(args)
	t.Cleanup(func() { s.stop() })
	if _, ok := s.out.wait(`(?m)^listening on (\S+)$`, s.status); !ok {
		t.Fatalf("serve did not come up:\n%s", s.out)
	}
	var made struct {
		URL         string
		Credentials []cli.Credential
	}
	line, _, _ := strings.Cut(s.out.String(), "\n")
	if err := json.Unmarshal([]byte(line), &made); err != nil {
		t.Fatal(err)
	}
	return served{made.URL, made.Credentials[0].ClientID, made.Credentials[0].Secret, t.TempDir()}
}

// get asks the Looker API as the administrator.
func (s served) get(t *testing.T, path string) string {
	t.Helper()
	var login, out, errs bytes.Buffer
	curl([]string{"-s", "-d", "client_id=" + s.id + "&client_secret=" + s.secret, s.url + "/api/4.0/login"}, &login, &errs)
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(login.Bytes(), &token); err != nil {
		t.Fatalf("%v %s", err, &errs)
	}
	curl([]string{"-s", "-H", "Authorization: Bearer " + token.AccessToken, s.url + "/api/4.0" + path}, &out, &errs)
	return out.String()
}

// copyFrom runs the import and returns its output.
func (s served) copyFrom(t *testing.T, from served, args ...string) imports.ImportReport {
	t.Helper()
	status, report := s.tryCopy(t, from, args...)
	if status != 0 {
		t.Fatalf("import: %d\n%+v", status, report)
	}
	return report
}

// tryCopy is copyFrom with any exit status.
func (s served) tryCopy(t *testing.T, from served, args ...string) (int, imports.ImportReport) {
	t.Helper()
	var out, errs bytes.Buffer
	status := run(t.Context(), append([]string{"import", "looker", "--json", "--from", from.url}, args...), []string{
		"COHORT_URL=" + s.url, "COHORT_CLIENT_ID=" + s.id, "COHORT_CLIENT_SECRET=" + s.secret,
		"COHORT_FROM_CLIENT_ID=" + from.id, "COHORT_FROM_CLIENT_SECRET=" + from.secret,
	}, cli.Terminal{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs})
	var report imports.ImportReport
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatalf("%v: %s%s", err, &out, &errs)
	}
	return status, report
}

// apply commits edits through the native API.
func (s served) apply(t *testing.T, edits string) {
	t.Helper()
	var out, errs bytes.Buffer
	status := run(t.Context(), []string{"apply", "-"}, []string{
		"COHORT_URL=" + s.url, "COHORT_CLIENT_ID=" + s.id, "COHORT_CLIENT_SECRET=" + s.secret,
	}, cli.Terminal{Stdin: strings.NewReader(edits), Stdout: &out, Stderr: &errs})
	if status != 0 {
		t.Fatalf("apply: %d\n%s%s", status, &out, &errs)
	}
}

// company is the directory that is copied.
const company = `{"version": 1, "edits": [
  {"edit": "create_group", "id": "10", "name": "Sales"},
  {"edit": "create_group", "id": "11", "name": "EMEA"},
  {"edit": "create_group", "id": "12", "name": "Netherlands"},
  {"edit": "add_parent", "group": "11", "parent": "10"},
  {"edit": "add_parent", "group": "12", "parent": "11"},
  {"edit": "create_attribute", "id": "20", "name": "region", "label": "Region", "type": "string", "default": "world"},
  {"edit": "create_attribute", "id": "21", "name": "limit", "label": "Limit", "type": "number", "user_can_view": true},
  {"edit": "create_attribute", "id": "22", "name": "token", "label": "Token", "type": "string", "hidden": true},
  {"edit": "set_facet", "object": "attribute:22", "dialect": "looker", "kind": "hidden_value_domain_whitelist", "data": "\"a/*\""},
  {"edit": "set_group_value", "group": "12", "attribute": "20", "value": "nl"},
  {"edit": "set_group_value", "group": "10", "attribute": "20", "value": "sales"},
  {"edit": "set_group_value", "group": "10", "attribute": "21", "value": "025"},
  {"edit": "set_group_value", "group": "10", "attribute": "22", "value": "s3cret"},
  {"edit": "create_permission_set", "name": "Analysts", "permissions": ["explore", "see_users"]},
  {"edit": "create_model_set", "name": "Sales models", "models": ["sales"]},
  {"edit": "create_role", "name": "Analyst", "permission_set": "$13", "model_set": "$14"},
  {"edit": "set_group_roles", "group": "11", "roles": ["$15"]},
  {"edit": "create_user", "id": "100", "kind": "person", "first_name": "Ada", "last_name": "Okafor"},
  {"edit": "set_login_email", "user": "100", "email": "Ada@example.com"},
  {"edit": "create_user", "id": "101", "kind": "person", "first_name": "Bram", "last_name": "de Wit", "contact_email": "bram@example.com", "disabled": true},
  {"edit": "create_user", "id": "102", "kind": "person", "first_name": "No", "last_name": "Mail"},
  {"edit": "add_member", "group": "12", "user": "100"},
  {"edit": "add_member", "group": "10", "user": "102"},
  {"edit": "set_user_value", "user": "102", "attribute": "21", "value": "7"},
  {"edit": "set_user_roles", "user": "100", "roles": ["$15"]},
  {"edit": "set_identity", "user": "100", "kind": "saml", "identifier": "ada-at-idp"},
  {"edit": "create_api_credential", "user": "102"}
]}`

// shapes are replies without ids.
func (s served) shapes(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, path := range []string{
		"/groups?fields=name,user_count&sorts=name",
		"/user_attributes?fields=name,label,type,default_value,value_is_hidden," +
			"user_can_view,user_can_edit,hidden_value_domain_whitelist&sorts=name",
		"/permission_sets?fields=name,permissions&sorts=name", "/model_sets?fields=name,models&sorts=name",
		"/roles/search/with_user_count?fields=name,permission_set(name),model_set(name),user_count&sorts=name",
		"/groups/search/with_roles?fields=name,roles(name)&sorts=name",
		"/users?fields=first_name,last_name,email,is_disabled,credentials_email(email)," +
			"credentials_saml(saml_user_id)&sorts=last_name,first_name",
	} {
		list = append(list, path+"\n"+s.get(t, path))
	}
	for _, group := range []string{"EMEA", "Netherlands"} {
		list = append(list, s.get(t, "/groups/search/with_hierarchy?fields=parent_group_ids&name="+group))
	}
	var users []struct{ ID, Email string }
	if err := json.Unmarshal([]byte(s.get(t, "/users/search?first_name=_%25&fields=id,email&sorts=last_name,first_name")),
		&users); err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		values := s.get(t, "/users/"+u.ID+"/attribute_values?include_unset=true&fields=name,value,source")
		if !strings.Contains(values, `"Admin"`) { // without the first administrators
			list = append(list, values)
		}
	}
	return list
}

func TestAnInstanceIsCopied(t *testing.T) {
	from, to := serveSeed(t, company), serveSeed(t, "")
	if dry := to.copyFrom(t, from, "--dry-run"); dry.Changes != nil || len(dry.Plan) == 0 {
		t.Errorf("a dry run reports %+v", dry)
	}
	if got := to.get(t, "/groups?fields=name"); got != `[{"name":"All Users"}]` {
		t.Errorf("a dry run made %s", got)
	}
	report := to.copyFrom(t, from)
	missed := fmt.Sprint(report.Missed)
	for _, want := range []string{"token", "hidden", "No Mail", "secrets cannot be read"} {
		if !strings.Contains(missed, want) {
			t.Errorf("%q is not among what could not be copied: %s", want, missed)
		}
	}
	want, got := from.shapes(t), to.shapes(t)
	for i := range want {
		if strings.Contains(want[i], "parent_group_ids") {
			continue // ids differ; see below
		}
		if diff := cmp.Diff(comparable(want[i]), comparable(got[i])); diff != "" {
			t.Errorf("(-from +to):\n%s", diff)
		}
	}
	if got := to.get(t, "/groups/search/with_hierarchy?fields=name,parent_group_ids&name=Netherlands"); !strings.Contains(got, `["1",`) {
		t.Errorf("the nesting is not there: %s", got)
	}

	// A second copy changes nothing.
	before := to.get(t, "/users?fields=id,email")
	again := to.copyFrom(t, from)
	if *again.Changes != 0 {
		t.Errorf("a second run makes %d changes: %+v", *again.Changes, again)
	}
	if after := to.get(t, "/users?fields=id,email"); after != before {
		t.Errorf("a second run makes users of %s: %s", before, after)
	}
	// Objects that only the target has stay.
	third := to.copyFrom(t, serveSeed(t, ""))
	if *third.Changes != 0 || cmp.Diff(got, to.shapes(t)) != "" {
		t.Errorf("copying from an empty instance makes %d changes", *third.Changes)
	}
}

// A full copy removes what the source no longer has, and nothing that exists only here.
func TestAFullCopyTakesAwayWhatTheSourceNoLongerHas(t *testing.T) {
	from, to := serveSeed(t, company), serveSeed(t, "")
	to.copyFrom(t, from)
	to.apply(t, `{"edits": [
	  {"edit": "create_group", "name": "Local"},
	  {"edit": "add_member", "group": "$0", "user": "email:ada@example.com"},
	  {"edit": "add_parent", "group": "name:EMEA", "parent": "$0"},
	  {"edit": "create_attribute", "name": "local", "label": "Local", "type": "string"},
	  {"edit": "set_group_value", "group": "name:Sales", "attribute": "$3", "value": "x"}
	]}`)
	before := to.shapes(t)
	from.apply(t, `{"edits": [
	  {"edit": "remove_member", "group": "12", "user": "100"},
	  {"edit": "remove_parent", "group": "11", "parent": "10"},
	  {"edit": "delete_user", "user": "101"},
	  {"edit": "delete_user_value", "user": "102", "attribute": "21"},
	  {"edit": "delete_group_value", "group": "10", "attribute": "20"},
	  {"edit": "set_user_roles", "user": "100", "roles": []}
	]}`)
	if update := to.copyFrom(t, from); *update.Changes != 0 || cmp.Diff(before, to.shapes(t)) != "" {
		t.Errorf("without --mode full %d changes are made", *update.Changes)
	}
	full := to.copyFrom(t, from, "--mode=full")
	if len(full.Refused) != 0 || *full.Changes == 0 {
		t.Errorf("a full copy: %+v", full)
	}
	if got := to.get(t, "/groups?fields=name,user_count&sorts=name"); !strings.Contains(got,
		`{"name":"Local","user_count":1}`) {
		t.Errorf("what is only here is gone: %s", got)
	}
	if got := to.get(t, "/groups/search/with_hierarchy?fields=parent_group_ids&name=EMEA"); strings.Count(got, ",") != 1 {
		t.Errorf("EMEA is not in Local and All Users: %s", got)
	}
	if again := to.copyFrom(t, from, "--mode=full"); *again.Changes != 0 {
		t.Errorf("once more makes %d changes: %+v", *again.Changes, again)
	}
	to.apply(t, `{"edits": [{"edit": "delete_group", "group": "name:Local"}, {"edit": "delete_attribute", "attribute": "local"}]}`)
	want, got := from.shapes(t), to.shapes(t)
	for i := range want {
		if diff := cmp.Diff(comparable(want[i]), comparable(got[i])); diff != "" && !strings.Contains(want[i], "_ids") {
			t.Errorf("(-from +to):\n%s", diff)
		}
	}
}

// comparable removes what differs between instances: values of the attribute id, hidden
// values, the first administrators, and counts of all users.
func comparable(reply string) string {
	path, reply, found := strings.Cut(reply, "\n")
	if !found {
		path, reply = "", path
	}
	var rows []map[string]any
	if json.Unmarshal([]byte(reply), &rows) != nil {
		return reply
	}
	rows = slices.DeleteFunc(rows, func(row map[string]any) bool {
		switch row["name"] {
		case "id", "token", "Admin", "All Users":
			return row["label"] == nil
		}
		return row["first_name"] == "Admin"
	})
	b, err := json.Marshal(rows)
	if err != nil {
		return err.Error()
	}
	return path + string(b)
}
