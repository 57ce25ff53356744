package e2e

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"cohort/internal/store/postgres/pgtest"
)

// TestSecretsAreNowhere puts secrets everywhere they can go, reads everything
// that can be read, and finds none of them.
func TestSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	options := []option{with("--log-level", "debug"), unlimited()}
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, options...)
		testSecretsAreNowhere(t, newCanary(t, s, onDisk{s.data}))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		pg := pgtest.Start(t, pgtest.Options{})
		s := newServer(t, slices.Concat(options, []option{in(pg.URL("postgres"))})...)
		testSecretsAreNowhere(t, newCanary(t, s, inPostgres{pg}))
	})
}

func testSecretsAreNowhere(t *testing.T, c *canary) {
	s := c.s
	plain := 0
	for who, token := range map[string]string{"the administrator": c.admin, "a user": c.ada, "a sudo": c.sudo,
		"a SCIM client": c.scim, "nobody": ""} {
		for _, path := range c.reads() {
			reader := "the administrator"
			if strings.HasPrefix(path, "/scim/") {
				reader = "a SCIM client"
			}
			for _, query := range queries(path) {
				r, err := s.ask(http.MethodGet, path+query, token, "")
				if err != nil {
					t.Fatalf("GET %s: %v", path+query, err)
				}
				if who == reader && query == "" && r.status != http.StatusOK && !mayBeMissing(path) {
					t.Errorf("GET %s reads nothing: status %d: %s", path, r.status, r.body)
				}
				text := fmt.Append(nil, r.header, r.body)
				c.secrets.clean(t, fmt.Sprintf("what %s gets from GET %s%s", who, path, query), text)
				plain += len(c.values.in(text))
			}
		}
	}
	if plain == 0 {
		t.Error("no reply had the plain value: the test does not read what it should")
	}
	c.mistakes()
	c.elsewhere()
	s.stop()
	c.disk("after the end")
}

// queries are what to ask with a path: as of every revision, where that can be.
func queries(path string) []string {
	list := []string{"", "?include_unset=true&all_values=true&fields=", "?sorts=id&limit=100&filter_or=true"}
	if strings.HasPrefix(path, "/v1/") && strings.HasSuffix(path, "/effective") {
		for n := 1; n <= 40; n++ {
			list = append(list, fmt.Sprint("?revision=", n))
		}
	}
	return list
}

// reads lists the paths of everything that can be read, with ids that exist.
func (c *canary) reads() []string {
	documents, err := filepath.Glob("../api/*.yaml")
	if err != nil || len(documents) == 0 {
		c.t.Fatalf("there are no descriptions of APIs: %v", err)
	}
	list := []string{"/", "/healthz", "/readyz", "/metrics", "/api/4.0/swagger.json"}
	for _, file := range documents {
		text, err := os.ReadFile(file)
		if err != nil {
			c.t.Fatal(err)
		}
		var api struct {
			Servers []struct {
				URL string `yaml:"url"`
			} `yaml:"servers"`
			Paths map[string]map[string]any `yaml:"paths"`
		}
		if err := yaml.Unmarshal(text, &api); err != nil {
			c.t.Fatalf("%s: %v", file, err)
		}
		prefix := ""
		if len(api.Servers) > 0 {
			if base, err := url.Parse(api.Servers[0].URL); err == nil {
				prefix = strings.TrimSuffix(base.Path, "/")
			}
		}
		for path, item := range api.Paths {
			if item["get"] != nil && !strings.HasSuffix(path, "/stream") { // see stream
				list = append(list, c.expand(prefix+path)...)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

var placeholder = regexp.MustCompile(`\{[^}]+\}`)

// expand puts ids that exist into a path, in all ways.
func (c *canary) expand(path string) []string {
	at := placeholder.FindStringIndex(path)
	if at == nil {
		return []string{path}
	}
	var list []string
	for _, id := range c.idsFor(path, path[at[0]+1:at[1]-1]) {
		list = append(list, c.expand(path[:at[0]]+id+path[at[1]:])...)
	}
	return list
}

// idsFor are the ids to put in the place of a parameter.
func (c *canary) idsFor(path, parameter string) []string {
	attributes := []string{c.pin, c.salary, c.late, c.plain}
	switch strings.TrimPrefix(parameter, "+") {
	case "group_id", "group", "parent":
		return []string{c.group, "1"}
	case "user_id", "user":
		return []string{c.user, "1"}
	case "user_attribute_id", "attribute":
		return attributes
	case "lookupKey":
		return []string{"id"}
	case "lookupValue":
		switch {
		case strings.HasPrefix(path, "/users/"):
			return []string{c.user}
		case strings.HasPrefix(path, "/attributes/"):
			return attributes
		}
		return []string{c.group}
	case "credentials_api3_id", "credential":
		return []string{c.credential}
	case "revision":
		revisions := []string{}
		for n := 1; n <= 40; n++ {
			revisions = append(revisions, fmt.Sprint(n))
		}
		return revisions
	case "id":
		return map[string][]string{
			"/scim/v2/Users/{id}": {c.user}, "/scim/v2/Groups/{id}": {"g" + c.group},
			"/scim/v2/ResourceTypes/{id}": {"User", "Group"},
			"/scim/v2/Schemas/{id}":       {"urn:ietf:params:scim:schemas:core:2.0:User"},
		}[path]
	case "import":
		return []string{"none"} // there is none here
	case "api_version":
		return []string{"4.0"}
	case "specification":
		return []string{"swagger.json", "openapi.json"}
	case "credential_type":
		return []string{"email"}
	case "credential_id":
		return []string{"ada@example.com"}
	case "pattern":
		return []string{"%25", "CANARY%25"}
	case "role_id", "role", "permission_set_id", "model_set_id":
		return []string{"1", "2"}
	case "name", "key", "source", "kind", "addressId", "session_id", "credentials_embed_id", "folder_id",
		"content_metadata_id":
		return []string{"1"}
	}
	c.t.Errorf("GET %s: what is a %s? add it to idsFor", path, parameter)
	return nil
}

// mayBeMissing tells the paths of which there is nothing in the directory.
func mayBeMissing(path string) bool {
	return regexp.MustCompile(`/credentials_(totp|ldap|google|saml|oidc|embed|looker_openid)|/sessions/|/roles/1|/(permission|model)_sets/2|/users/1/credentials_(email|api3)|/addresses/1$|/scim/v2/(Users|Groups)/|/v1/(problems|changes|imports)/|/effective/|^/v1/.*/values/`).MatchString(path)
}

// mistakes sends secrets where they do not fit.
func (c *canary) mistakes() {
	secret := func(what string) string { return c.secret(what + " by mistake") }
	list := "/api/4.0/user_attributes/" + c.salary + "/group_values"
	for _, m := range []struct{ method, path, body string }{
		{"PATCH", c.valueOf(c.salary), `{"value":"` + secret("no number") + `"}`},
		{"PATCH", c.valueOfUser(c.salary), `{"value":"` + secret("no number for a user") + `"}`},
		{"POST", list, `[{"group_id":"` + c.group + `","value":"` + secret("no number in a list") + `"}]`},
		{"PATCH", "/api/4.0/user_attributes/" + c.salary, `{"default_value":"` + secret("no number as a default") + `"}`},
		{"PATCH", c.valueOf(c.pin), `{"value":"` + secret("too long") + strings.Repeat("x", 1<<16) + `"}`},
		{"PATCH", c.valueOf(c.pin), `{"value":"` + secret("broken JSON") + `"`},
		{"PATCH", c.valueOf(c.pin), `{"value":"` + secret("a control character") + "\\u0000" + `"}`},
		{"PATCH", c.valueOf(c.pin), `{"value":{"x":"` + secret("an object") + `"}}`},
		{"PATCH", c.valueOf(c.pin), `{"worth":"` + secret("another field") + `"}`},
		{"PATCH", c.valueOf("9999"), `{"value":"` + secret("no such attribute") + `"}`},
		{"PATCH", "/api/4.0/groups/9999/attribute_values/" + c.pin, `{"value":"` + secret("no such group") + `"}`},
		{"POST", "/api/4.0/user_attributes",
			`{"name":"pin","label":"PIN","type":"string","value_is_hidden":true,"default_value":"` +
				secret("a name that is taken") + `"}`},
		{"POST", "/usergroups/id/" + c.group + "/attributes", `[{"id":` + c.salary + `,"type":"decimal","value":"` +
			secret("no decimal") + `"}]`},
		{"POST", "/usergroups/id/" + c.group + "/attributes", `[{"id":` + c.pin + `,"type":"integer","value":"` +
			secret("another type") + `"}]`},
		{"POST", "/usergroups/id/" + c.group + "/attributes", `{"id":` + c.pin + `,"type":"text","value":"` +
			secret("no list") + `"}`},
		{"POST", "/api/4.0/login", `{"client_id":"` + clientID + `","client_secret":"` + secret("a wrong client secret") +
			`"}`},
		{"POST", "/api/4.0/login?client_id=" + clientID + "&client_secret=" + secret("a client secret in a URL"), ""},
		{"GET", "/api/4.0/user?access_token=" + secret("a token in a URL"), ""},
		{"GET", "/api/4.0/groups/search?password=" + secret("a password in a URL"), ""},
		{"GET", "/v1/attributes/" + c.pin + "/holders?value=" + secret("a value to look for"), ""},
		{"GET", "/v1/attributes/" + c.salary + "/holders?value=" + secret("a value to look for that is no number"), ""},
		{"PUT", "/v1/groups/" + c.group + "/values/" + c.salary, `{"value":"` + secret("no number for the native API") +
			`"}`},
		{"PUT", "/v1/groups/" + c.group + "/values/" + c.pin, `{"value":{"` + secret("a strange value") + `":1}}`},
		{"PATCH", c.valueOf(c.pin), `{"value":{"` + secret("a strange value for the other format") + `":1}}`},
		{"POST", "/usergroups/id/" + c.group + "/attributes", `[{"id":` + c.pin + `,"type":"text","value":{"` +
			secret("a strange value for a third") + `":1}}]`},
		{"POST", "/v1/changes", `{"edits":[{"edit":"set_group_value","group":"` + c.group + `","attribute":"` + c.pin +
			`","value":{"texts":{"` + secret("a strange language") + `":"x"}}}]}`},
		{"POST", "/v1/changes", `{"edits":[{"edit":"set_user_value","user":"9999","attribute":"pin","value":"` +
			secret("no such user") + `"}]}`},
		{"POST", "/v1/changes", `{"edits":[{"edit":"set_user_value","user":"1","attribute":"pin","value":"` +
			secret("an unknown member") + `","x":1}]}`},
		{"POST", "/v1/changes", `{"edits":[{"edit":"set_user_value","user":"1","attribute":"pin","value":"` +
			secret("broken JSON in a change") + `"`},
		{"POST", "/oauth2/token?client_secret=" + secret("a client secret in a URL of OAuth"),
			"grant_type=client_credentials"},
	} {
		for _, more := range []http.Header{{}, {"Cohort-Preview": {"true"}}} {
			c.mistake(m.method, m.path, m.body, more)
		}
	}
	for _, scheme := range []string{"Bearer ", "token ", "Basic "} {
		c.mistake("GET", "/api/4.0/user", "", http.Header{"Authorization": {scheme + secret("credentials of "+scheme)}})
		c.mistake("GET", "/usergroups", "", http.Header{"Authorization": {scheme + secret("other credentials of "+scheme)}})
	}
	c.mistake("PATCH", c.valueOf(c.pin), `{"value":"`+c.secret("a value that was previewed")+`"}`,
		http.Header{"Cohort-Preview": {"true"}})
}

// mistake sends a request and looks for secrets in the reply.
func (c *canary) mistake(method, path, body string, header http.Header) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.s.direct.Load().String()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.admin)
	maps.Copy(req.Header, header)
	r, err := send(req)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	c.secrets.clean(c.t, fmt.Sprintf("the reply to %s %s: %d", method, path, r.status), fmt.Append(nil, r.header, r.body))
}

// elsewhere looks at everything but replies.
func (c *canary) elsewhere() {
	change := filepath.Join(c.t.TempDir(), "change.json")
	edits := fmt.Sprintf(`{"edits":[{"edit":"set_user_value","user":%q,"attribute":"pin","value":%q}]}`, c.user,
		c.secret("a value in a file"))
	if err := os.WriteFile(change, []byte(edits), 0o600); err != nil {
		c.t.Fatal(err)
	}
	place := []string{"--data", c.s.data}
	if c.s.database != "" {
		place = []string{"--database", c.s.database}
	}
	for _, args := range [][]string{
		{"effective", c.user}, {"effective", "--json", c.user}, {"effective", c.user, "pin"}, {"explain", c.user, "pin"},
		{"explain", "--json", c.user, "late"},
		{"preview", change}, {"preview", "--json", change}, {"apply", change}, {"apply", "--json", change}, {"log"},
		{"log", "--json"}, {"log", "user:" + c.user},
		slices.Concat([]string{"verify"}, place), slices.Concat([]string{"verify", "--json"}, place),
		slices.Concat([]string{"export"}, place),
		{"config", "print"}, {"config", "print", "--json"},
		{"config", "print", "--public-url", "http://user:" + c.secret("a password in a setting") + "@example.com"},
		{"demo"}, {"demo", "--json"},
		slices.Concat([]string{"serve", "--addr", strings.TrimPrefix(c.s.url, "http://")}, place), // which is in use
	} {
		cmd := exec.CommandContext(c.t.Context(), binary, args...)
		cmd.Env = []string{"HOME=" + c.t.TempDir(), "COHORT_CLIENT_ID=" + clientID, "COHORT_CLIENT_SECRET=" + clientSecret,
			"COHORT_KEY=" + c.keys, "COHORT_URL=" + c.s.direct.Load().String()}
		out, err := cmd.CombinedOutput()
		if mayFail := args[0] == "serve" || slices.Contains(args, "--public-url"); len(out) == 0 || err != nil && !mayFail {
			c.t.Errorf("%v: %v\n%s", args, err, out)
		}
		c.secrets.clean(c.t, fmt.Sprintf("what %v says", args), out)
	}
	if c.s.database == "" {
		c.backup()
	}
	c.disk("while it serves")
	c.secrets.clean(c.t, "the log", []byte(c.s.log.String()))
	c.values.clean(c.t, "the log", []byte(c.s.log.String()))
	c.secrets.clean(c.t, "what the program prints", []byte(c.s.out.String()))
}

// backup looks at what a backup has.
func (c *canary) backup() {
	path := filepath.Join(c.t.TempDir(), "backup.db")
	for _, args := range [][]string{
		{"backup", "--data", c.s.data, path}, {"restore", "--data", filepath.Join(c.t.TempDir(), "restored"), path},
	} {
		c.secrets.clean(c.t, fmt.Sprintf("what %v says", args), []byte(mustCohort(c.t, args...)))
	}
	for name, content := range files(c.t, filepath.Dir(path)) {
		c.secrets.clean(c.t, "the backup, "+name, content)
	}
	c.secrets.clean(c.t, "the cells of the backup", cells(c.t, "sqlite", "file:"+path+"?mode=ro"))
}

// disk looks at what is stored.
func (c *canary) disk(when string) {
	never := c.secrets
	if !c.stored.forgets() {
		never = c.sealed
	}
	for name, content := range c.stored.files(c.t) {
		never.clean(c.t, name+", "+when, content)
	}
	all := c.stored.cells(c.t)
	c.secrets.clean(c.t, "the cells of the database, "+when, all)
	if len(c.values.in(all)) == 0 {
		c.t.Errorf("the plain value is not found in the database, %s", when)
	}
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
