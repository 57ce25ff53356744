package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A canary is a directory with secrets wherever they can go.
type canary struct {
	t                 *testing.T
	s                 *server
	admin, ada, sudo  string // tokens
	scim              string // the token of a SCIM client
	group, user       string
	pin, salary, late string // attributes: hidden, hidden and a number, hidden later
	plain             string // never hidden
	credential        string
	keys              string // that seal
	stored            stored
	secrets           *scanner // what must be nowhere
	sealed            *scanner // of the secrets, what was sealed, or hashed, from the start
	values            *scanner // what must not be in the log, but may be shown
}

// secret makes up a secret. It is of letters and digits, so that no way of
// writing it changes it.
func (c *canary) secret(what string) string {
	text := c.secretLater(what)
	c.sealed.add(what, text)
	return text
}

// secretLater is secret for what is not hidden at first.
func (c *canary) secretLater(what string) string {
	text := fmt.Sprintf("CANARY%dx%s", len(c.secrets.forms), strings.Repeat("Zq7", 6))
	c.secrets.add(what, text)
	return text
}

// put sends a write that must be done, and looks for secrets in the reply.
func (c *canary) put(method, path, body string) string {
	c.t.Helper()
	reply := c.s.mustAsk(method, path, c.admin, body)
	c.secrets.clean(c.t, "the reply to "+method+" "+path, []byte(reply))
	return reply
}

func (c *canary) attribute(name, kind, more string) string {
	c.t.Helper()
	body := fmt.Sprintf(`{"name":%q,"label":%q,"type":%q,"user_can_view":true%s}`, name, name, kind, more)
	return idIn(c.t, c.put("POST", "/api/4.0/user_attributes", body))
}

const whitelist = `,"hidden_value_domain_whitelist":"example.com/*"`

// newCanary fills a server with secrets.
func newCanary(t *testing.T, s *server, at stored) *canary {
	t.Helper()
	c := &canary{t: t, s: s, stored: at, secrets: newScanner(), sealed: newScanner(), values: newScanner(),
		keys: sharedKey}
	if s.database == "" {
		text, err := os.ReadFile(filepath.Join(s.data, "keys"))
		if err != nil {
			t.Fatal(err)
		}
		c.keys = string(text)
	}
	c.secrets.add("the administrator's client secret", clientSecret)
	c.admin = s.login()
	c.secrets.add("the administrator's token", c.admin)
	c.group = s.createGroup(c.admin, "Canaries")
	c.user = idIn(t, c.put("POST", "/api/4.0/users", `{"first_name":"Ada","last_name":"Lovelace"}`))
	c.put("POST", "/api/4.0/groups/"+c.group+"/users", fmt.Sprintf(`{"user_id":%q}`, c.user))
	c.put("POST", "/api/4.0/users/"+c.user+"/credentials_email", `{"email":"ada@example.com"}`)
	c.hidden()
	c.hiddenLater()
	c.credentials()
	c.native()
	c.plain = c.attribute("plain", "string", "")
	c.values.add("a plain value", "PLAINx"+strings.Repeat("Zq7", 6))
	c.put("PATCH", c.valueOf(c.plain), `{"value":"PLAINx`+strings.Repeat("Zq7", 6)+`"}`)
	var made struct{ Token string }
	if err := json.Unmarshal([]byte(c.put("POST", "/v1/scim/clients", `{"name":"okta"}`)), &made); err != nil {
		t.Fatal(err)
	}
	c.scim = made.Token
	c.secrets.add("a SCIM client's token", c.scim)
	return c
}

func (c *canary) valueOf(attribute string) string {
	return "/api/4.0/groups/" + c.group + "/attribute_values/" + attribute
}

func (c *canary) valueOfUser(attribute string) string {
	return "/api/4.0/users/" + c.user + "/attribute_values/" + attribute
}

// hidden gives values to attributes that are hidden from the start, in every
// way there is.
func (c *canary) hidden() {
	value := func(what string) string { return fmt.Sprintf(`{"value":%q}`, c.secret(what)) }
	c.pin = c.attribute("pin", "string", fmt.Sprintf(`,"value_is_hidden":true,"default_value":%q`,
		c.secret("a hidden default"))+whitelist)
	c.put("PATCH", "/api/4.0/user_attributes/"+c.pin,
		fmt.Sprintf(`{"default_value":%q}`, c.secret("a new hidden default")))
	c.put("PATCH", c.valueOf(c.pin), value("a hidden group value"))
	c.put("PATCH", c.valueOf(c.pin), value("a new hidden group value"))
	c.put("POST", "/api/4.0/user_attributes/"+c.pin+"/group_values", fmt.Sprintf(`[{"group_id":%q,"value":%q}]`, c.group,
		c.secret("a hidden value in a list")))
	c.put("PATCH", c.valueOfUser(c.pin), value("a hidden user value"))
	c.putElsewhere("usergroups", c.group, c.pin, c.secret("a hidden group value from another dialect"))
	c.putElsewhere("users", c.user, c.pin, c.secret("a hidden user value from another dialect"))
	c.salary = c.attribute("salary", "number", `,"value_is_hidden":true`+whitelist)
	number := "73519284650173"
	c.secrets.add("a hidden number", number)
	c.put("PATCH", c.valueOf(c.salary), `{"value":"`+number+`"}`)
}

// putElsewhere sets a value through the Propeller dialect.
func (c *canary) putElsewhere(kind, owner, attribute, value string) {
	c.t.Helper()
	path := "/" + kind + "/id/" + owner + "/attributes"
	reply := c.s.mustAsk("POST", path, c.admin,
		fmt.Sprintf(`[{"id":%s,"type":"text","value":[{"language":"EN","value":%q}]}]`, attribute, value))
	if !strings.Contains(reply, `"success":true`) {
		c.t.Errorf("POST %s: %s", path, reply)
	}
	c.secrets.clean(c.t, "the reply to POST "+path, []byte(reply))
}

// hiddenLater gives values to an attribute, replaces and removes some, and then
// hides it.
func (c *canary) hiddenLater() {
	later := newScanner()
	value := func(what string) string {
		text := c.secretLater(what + " that was hidden later")
		later.add(what, text)
		return text
	}
	send := func(method, path, body string) { c.s.mustAsk(method, path, c.admin, body) } // it is not hidden yet
	c.late = idIn(c.t, c.s.mustAsk("POST", "/api/4.0/user_attributes", c.admin,
		fmt.Sprintf(`{"name":"late","label":"Late","type":"string","user_can_view":true,"default_value":%q}`,
			value("a default"))))
	send("PATCH", "/api/4.0/user_attributes/"+c.late, fmt.Sprintf(`{"default_value":%q}`, value("a new default")))
	send("PATCH", c.valueOf(c.late), fmt.Sprintf(`{"value":%q}`, value("a group value")))
	send("POST", "/api/4.0/user_attributes/"+c.late+"/group_values", fmt.Sprintf(`[{"group_id":%q,"value":%q}]`, c.group,
		value("a value in a list")))
	send("PATCH", c.valueOfUser(c.late), fmt.Sprintf(`{"value":%q}`, value("a user value")))
	c.s.mustDelete(c.valueOfUser(c.late), c.admin)
	send("PATCH", c.valueOfUser(c.late), fmt.Sprintf(`{"value":%q}`, value("a new user value")))
	c.putElsewhere("usergroups", c.group, c.late, value("a value from another dialect"))
	// The scanner would find them if they were there.
	for where, text := range map[string][]byte{
		"a reply":      []byte(c.s.mustAsk("GET", "/api/4.0/user_attributes/"+c.late+"/group_values", c.admin, "")),
		"the database": c.stored.cells(c.t),
		"the files":    slices.Concat(slices.Collect(maps.Values(c.stored.files(c.t)))...),
	} {
		if len(later.in(text)) == 0 {
			c.t.Errorf("the scanner finds nothing in %s", where)
		}
	}
	c.put("PATCH", "/api/4.0/user_attributes/"+c.late, `{"value_is_hidden":true`+whitelist+`}`)
}

// mustDelete deletes what is there.
func (s *server) mustDelete(path, token string) {
	s.t.Helper()
	if r, err := s.ask(http.MethodDelete, path, token, ""); err != nil || r.status/100 != 2 {
		s.t.Errorf("DELETE %s: %v, %+v", path, err, r)
	}
}

// credentials makes secrets and tokens. Each is in the reply that makes it, and
// nowhere else.
func (c *canary) credentials() {
	made := c.s.mustAsk("POST", "/api/4.0/users/"+c.user+"/credentials_api3", c.admin, "")
	c.credential = idIn(c.t, made)
	id, secret := field(made, "client_id"), field(made, "client_secret")
	c.secrets.add("a client secret", secret)
	c.ada = c.s.loginAs(id, secret)
	c.secrets.add("a user's token", c.ada)
	c.sudo = field(c.s.mustAsk("POST", "/api/4.0/login/"+c.user, c.admin, ""), "access_token")
	c.secrets.add("a token of a sudo", c.sudo)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	resp, err := http.PostForm(c.s.direct.Load().String()+"/oauth2/token", form)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	c.secrets.add("a token of OAuth", field(readAll(c.t, resp.Body), "access_token"))
	for word := range strings.FieldsSeq(regexp.MustCompile(`(?m)^#.*$`).ReplaceAllString(c.keys, "")) {
		c.secrets.add("a key", word)
	}
}

// field is a text in a reply, which must be there.
func field(body, name string) string {
	m := regexp.MustCompile(`"` + name + `":\s*"([^"]+)"`).FindStringSubmatch(body)
	if m == nil {
		return "no " + name + " in " + body
	}
	return m[1]
}
