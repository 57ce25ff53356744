package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A dialectClient is a client of a running server with one token for every format.
type dialectClient struct {
	t     *testing.T
	base  string
	token string
	http  *http.Client
}

func newDialectClient(t *testing.T, environ ...string) *dialectClient {
	t.Helper()
	const id, secret = "dialects", "a-secret-for-the-dialects-only"
	s := startServer([]string{"serve", "--addr=127.0.0.1:0", "--data=" + t.TempDir()},
		append(environ, "COHORT_CLIENT_ID="+id, "COHORT_CLIENT_SECRET="+secret)...)
	t.Cleanup(func() { s.stop() })
	addr, ok := s.out.wait(`(?m)^listening on (\S+)$`, s.status)
	if !ok {
		t.Fatalf("serve did not come up:\n%s", s.out)
	}
	c := &dialectClient{t: t, base: "http://" + addr,
		http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	resp, err := c.http.PostForm(c.base+"/oauth2/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var body struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || body.Token == "" {
		t.Fatalf("no token: %d, %v", resp.StatusCode, err)
	}
	c.token = body.Token
	return c
}

// call sends a request that must succeed, and returns the body and the revision of the reply.
func (c *dialectClient) call(method, path, body string) (reply, revision string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 || strings.Contains(string(b), `"success":false`) {
		c.t.Fatalf("%s %s %s: %d %s, %v", method, path, body, resp.StatusCode, b, err)
	}
	return string(b), resp.Header.Get("Cohort-Revision")
}

// get reads JSON.
func (c *dialectClient) get(path string, into any) {
	c.t.Helper()
	body, _ := c.call(http.MethodGet, path, "")
	if err := json.Unmarshal([]byte(body), into); err != nil {
		c.t.Fatalf("GET %s: %s: %v", path, body, err)
	}
}

// A seen is a user's value as each dialect shows it: the value, whether the user has it
// itself, and in the native dialect the explanation.
type seen struct{ Looker, Propeller, Native, Explained string }

// look reads the value of attribute 14 of user 50 in every format.
func (c *dialectClient) look() (s seen) {
	var looker []struct{ Value, Source string }
	c.get("/api/4.0/users/50/attribute_values?user_attribute_ids=14", &looker)
	var propeller struct {
		Data []struct {
			Name, Value string
			Inherited   bool
		}
	}
	c.get("/users/id/50/attributes", &propeller)
	var native struct {
		Values []struct{ Value, Origin string }
	}
	c.get("/v1/users/50/effective?attributes=region", &native)
	var explained struct {
		Origin string
		Groups []struct{ Name string }
	}
	c.get("/v1/users/50/effective/region", &explained)
	s.Looker = looker[0].Value
	if len(propeller.Data) == 1 {
		s.Propeller = fmt.Sprintf("%s inherited %v", propeller.Data[0].Value, propeller.Data[0].Inherited)
	}
	s.Native = native.Values[0].Value + " from " + native.Values[0].Origin
	s.Explained = explained.Origin
	for _, g := range explained.Groups {
		s.Explained += " " + g.Name
	}
	return s
}

// A value that is set through one format is visible through every other, as an effective value
// and in explanations, with one token.
func TestAValueSetThroughOneDialectIsSeenThroughEveryOther(t *testing.T) {
	c := newDialectClient(t)
	c.call("POST", "/usergroups/bulk/id",
		`{"usergroups":[{"id":10,"name":"Top"},{"id":11,"name":"Low","parent":{"id":10}}]}`)
	c.call("POST", "/users/bulk/id", `{"users":[{"id":50,"firstName":"Ada","parent":{"id":11}}]}`)
	c.call("POST", "/attributes/", `{"name":"REGION","class":"user","type":"enum"}`)
	for _, step := range []struct {
		name, method, path, body string
		want                     seen
	}{
		{
			"Propeller, on the parent", "POST", "/usergroups/id/10/attributes", `[{"id":14,"type":"enum","value":"p"}]`,
			seen{"p", "p inherited true", "p from group", "group Top"},
		},
		{
			"Looker, on the parent", "PATCH", "/api/4.0/groups/10/attribute_values/14", `{"value":"l"}`,
			seen{"l", "l inherited true", "l from group", "group Top"},
		},
		{
			"native, on the nearer group", "PUT", "/v1/groups/11/values/region", `{"value":"n"}`,
			seen{"n", "n inherited true", "n from group", "group Low"},
		},
		{
			"Looker, on the user", "PATCH", "/api/4.0/users/50/attribute_values/14", `{"value":"lu"}`,
			seen{"lu", "lu inherited false", "lu from user", "user"},
		},
		{
			"native, on the user", "PUT", "/v1/users/50/values/region", `{"value":"nu"}`,
			seen{"nu", "nu inherited false", "nu from user", "user"},
		},
		{
			"Propeller, away from the user", "POST", "/users/id/50/attributes", `[{"id":14,"type":"enum"}]`,
			seen{"n", "n inherited true", "n from group", "group Low"},
		},
		{
			"native, away from the group", "DELETE", "/v1/groups/11/values/region", "",
			seen{"l", "l inherited true", "l from group", "group Top"},
		},
	} {
		c.call(step.method, step.path, step.body)
		if diff := cmp.Diff(step.want, c.look()); diff != "" {
			t.Errorf("set through %s (-want +got):\n%s", step.name, diff)
		}
	}
}

// Reading an object in one format and writing it back changes nothing, not even what only
// other formats have.
func TestWritingBackThroughAnyDialectChangesNothing(t *testing.T) {
	c := newDialectClient(t)
	c.call("POST", "/usergroups/bulk/id",
		`{"usergroups":[{"id":10,"name":"Top","budget":"Y"},{"id":11,"name":"Low","parent":{"id":10},"language":"NL","sourceId":"L1","source":"erp","notes":"n"}]}`)
	c.call("POST", "/users/bulk/id",
		`{"users":[{"id":50,"firstName":"Ada","email":"ada@example.com","parent":{"id":11},"dateOfBirth":"28/08/1993","primaryLanguage":"NL"}]}`)
	c.call("POST", "/api/4.0/users/50/credentials_email", `{"email":"login@example.com"}`)
	c.call("PATCH", "/api/4.0/users/50", `{"ui_state":{"theme":"dark"}}`)
	c.call("POST", "/attributes/bulk/name",
		`[{"name":"REGION","class":"user","type":"enum","descriptions":[{"language":"NL","value":"Gebied"}]},{"name":"SLOGAN","class":"user","type":"text"},{"name":"LIMIT","class":"user","type":"decimal","value":5}]`)
	c.call("PATCH", "/api/4.0/groups/11/attribute_values/16", `{"value":"007.50"}`)
	c.call("POST", "/usergroups/id/11/attributes",
		`[{"id":14,"type":"enum","value":"a"},{"id":15,"type":"text","value":[{"language":"EN","value":"x"},{"language":"NL","value":"y"}]}]`)
	whole := func(body string) string { return body }
	data := func(body string) string {
		var reply struct{ Data json.RawMessage }
		if err := json.Unmarshal([]byte(body), &reply); err != nil {
			t.Fatal(err)
		}
		return string(reply.Data)
	}
	only := func(names ...string) func(string) string {
		return func(body string) string {
			var all, some map[string]json.RawMessage
			if err := json.Unmarshal([]byte(body), &all); err != nil {
				t.Fatal(err)
			}
			some = map[string]json.RawMessage{}
			for _, name := range names {
				some[name] = all[name]
			}
			b, err := json.Marshal(some)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
	}
	for _, test := range []struct {
		show, method, path string
		write              func(string) string
	}{
		{"/api/4.0/groups/11", "PATCH", "/api/4.0/groups/11", whole},
		// The locale is a default here: writing it sets a value of the user.
		{"/api/4.0/users/50?fields=first_name,last_name,ui_state,is_disabled,credentials_email", "PATCH", "/api/4.0/users/50",
			whole},
		{"/api/4.0/user_attributes/14", "PATCH", "/api/4.0/user_attributes/14", whole},
		{"/api/4.0/user_attributes/15/group_values", "POST", "/api/4.0/user_attributes/15/group_values", whole},
		{"/api/4.0/user_attributes/16/group_values", "POST", "/api/4.0/user_attributes/16/group_values", whole},
		{"/usergroups/id/11?expands=sources", "PATCH", "/usergroups/id/11", data},
		{"/users/id/50?expands=sources", "PATCH", "/users/id/50", data},
		{"/attributes/id/14", "PATCH", "/attributes/id/14", data},
		{"/attributes/id/16", "PATCH", "/attributes/id/16", data},
		{"/usergroups/id/11/attributes", "POST", "/usergroups/id/11/attributes", data},
		{"/v1/groups/11", "PATCH", "/v1/groups/11", only("name", "language")},
		{"/v1/users/50", "PATCH", "/v1/users/50", only("first_name", "last_name", "contact_email", "language")},
		{"/v1/groups/11/values/region", "PUT", "/v1/groups/11/values/region", only("value")},
		{"/v1/groups/11/values/slogan", "PUT", "/v1/groups/11/values/slogan", only("value")},
	} {
		shown, before := c.call(http.MethodGet, test.show, "")
		sent := test.write(shown)
		c.call(test.method, test.path, sent)
		if again, after := c.call(http.MethodGet, test.show, ""); after != before || again != shown {
			t.Errorf("%s %s with %s: revision %s, was %s; %s, was %s", test.method, test.path, sent, after, before, again, shown)
		}
	}
}

// The two settings of the Propeller dialect: a path prefix, and the vendor's pages about
// errors.
func TestThePropellerDialectBelowAPrefixWithTheVendorsPages(t *testing.T) {
	c := newDialectClient(t, "COHORT_PROPELLER_PREFIX=/sonar/rest",
		"COHORT_PROPELLER_DOCS_URL=https://www.propel.us/docs/errors/")
	c.call("POST", "/sonar/rest/usergroups/", `{"name":"a"}`)
	body, _ := c.call("GET", "/usergroups/id/2", "")
	if !strings.Contains(body, `"name":"a"`) {
		t.Errorf("without the prefix: %s", body)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+"/sonar/rest/usergroups/id/3", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	reply, err := io.ReadAll(resp.Body)
	const want = `{"error":{"code":20006,"messages":["Usergroup with id [3] not found"],"moreInfo":"https://www.propel.us/docs/errors/20006","status":404,"type":"UsergroupNotFound"}}`
	if err != nil || string(reply) != want {
		t.Errorf("%s, %v, want %s", reply, err, want)
	}
	for _, name := range []string{"Date", "Content-Length", "Return-Format", "X-Request-Id"} {
		if resp.Header.Get(name) == "" {
			t.Errorf("the reply has no %s: %v", name, resp.Header)
		}
	}
}
