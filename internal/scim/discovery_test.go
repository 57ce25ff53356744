package scim_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"cohort/internal/directory"
)

const (
	enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	values     = "urn:ietf:params:scim:schemas:extension:cohort:2.0:User"
	effective  = "urn:ietf:params:scim:schemas:extension:cohort-effective:2.0:User"
)

// C1, C14, C15, C16, C17; failures 34 and 46: what is served is described, whole,
// with a token and without.
func TestC1C14C15C16C17DiscoveryDescribesWhatIsServed(t *testing.T) {
	w := newWorld(t)
	w.do(directory.CreateAttribute{Name: "region", Type: directory.TypeString},
		directory.CreateAttribute{Name: "limit", Type: directory.TypeInteger},
		directory.CreateAttribute{Name: "pin", Type: directory.TypeString, Hidden: true},
		directory.CreateAttribute{Name: "_odd", Type: directory.TypeString})
	for _, as := range []string{"none", "okta"} {
		config := w.must(as, "GET", "/ServiceProviderConfig?sortBy=x&attributes=y&startIndex=7", "")
		for path, want := range map[string]string{
			"patch|supported": "true", "bulk|supported": "true", "bulk|maxOperations": "1000", "bulk|maxPayloadSize": "1048576",
			"filter|supported":  "true",
			"filter|maxResults": "1000", "changePassword|supported": "false", "sort|supported": "true", "etag|supported": "true",
			"pagination|cursor": "true", "pagination|index": "true", "pagination|defaultPaginationMethod": "index",
			"pagination|defaultPageSize": "100",
			"pagination|maxPageSize":     "1000", "authenticationSchemes|0|type": "oauthbearertoken",
			"authenticationSchemes|0|primary": "true",
			"authenticationSchemes|1|type":    "httpbasic", "authenticationSchemes|2|type": "oauth2",
			"meta|location": "https://cohort.example/scim/v2/ServiceProviderConfig",
		} {
			if got := config.get(path); got != want {
				t.Errorf("as %s, %s is %q, want %q", as, path, got, want)
			}
		}
		if strings.Contains(config.body, `""`) {
			t.Errorf("an empty text: %s", config.body)
		}
		types := w.must(as, "GET", "/ResourceTypes", "")
		if types.get("totalResults") != "2" || types.get("Resources|0|id") != "User" ||
			types.get("Resources|0|schemaExtensions|0|schema") != enterprise || types.get("Resources|1|endpoint") != "/Groups" {
			t.Errorf("%s", types.body)
		}
		w.must(as, "GET", "/ResourceTypes/Group", "")
		for _, target := range []string{"/Schemas/" + enterprise, "/Schemas/" + strings.ReplaceAll(enterprise, ":", "%3A"),
			"/Schemas/" + strings.ToUpper(enterprise)} {
			if got := w.must(as, "GET", target, ""); got.get("id") != enterprise ||
				got.get("attributes|0|mutability") != "readWrite" {
				t.Errorf("%s: %s", target, got.body)
			}
		}
		w.want(404, "", as, "GET", "/Schemas/urn:nothing", "")
		w.want(403, "", as, "GET", "/Schemas?filter=id%20pr", "")
	}
	ours := w.must("okta", "GET", "/Schemas/"+values, "")
	for _, want := range []string{`"name":"region","type":"string"`, `"name":"limit","type":"integer"`,
		`"mutability":"writeOnly","returned":"never"`} {
		if !strings.Contains(ours.body, want) {
			t.Errorf("%s is not in %s", want, ours.body)
		}
	}
	if strings.Contains(ours.body, "_odd") ||
		strings.Contains(w.must("none", "GET", "/Schemas", "").body, `"name":"limit"`) {
		t.Error("an attribute that is no name in SCIM, or any attribute without a token, is shown")
	}
}

// C6, C7, C8, C9, C13: paths, formats and errors.
func TestC6C7C8C9C13PathsFormatsAndErrors(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"/Users/", "//Users", "/Users?x=y&aadOptscim062020"} {
		w.must("entra", "GET", target, "")
	}
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		w.want(501, "", "okta", method, "/Me", "")
	}
	w.want(400, "tooMany", "okta", "GET", "", "")
	w.want(400, "tooMany", "okta", "GET", "/", "")
	w.want(404, "", "okta", "GET", "/Nothing", "")
	if got := w.want(405, "", "okta", "DELETE", "/Users", ""); got.header.Get("Allow") == "" {
		t.Error("405 without Allow")
	}
	if got := w.send("none", "GET", "/Users", "", nil); got.status != 401 ||
		got.header.Get("WWW-Authenticate") != "Bearer" || got.get("status") != "401" {
		t.Errorf("without a token: %d %v %s", got.status, got.header, got.body)
	}
	if got := w.send("none", "GET", "/Users", "", http.Header{"Authorization": {"non-token"}}); got.status != 401 ||
		got.get("status") != "401" {
		t.Errorf("with another text: %d %s", got.status, got.body)
	}
	body := `{"userName":"a@x.org"}`
	for sent, want := range map[string]int{
		"application/json": 201, "application/scim+json; charset=utf-8": 409, "APPLICATION/JSON": 409, "text/plain": 415,
		"application/xml": 415,
	} {
		if sent == "application/json" {
			continue
		}
		if want == 409 {
			w.send("okta", "POST", "/Users", body, http.Header{"Content-Type": {"application/json"}})
		}
		if got := w.send("okta", "POST", "/Users", body, http.Header{"Content-Type": {sent}}); got.status != want {
			t.Errorf("Content-Type %s: %d %s", sent, got.status, got.body)
		}
	}
	for accept, want := range map[string]int{"*/*": 200, "application/json": 200,
		"application/scim+json, text/html;q=0.1": 200, "text/html": 406} {
		if got := w.send("okta", "GET", "/Users", "", http.Header{"Accept": {accept}}); got.status != want {
			t.Errorf("Accept %s: %d", accept, got.status)
		}
	}
	for body, want := range map[string]string{`{`: "invalidSyntax", `[]`: "invalidSyntax", `"x"`: "invalidSyntax",
		`{}`: "invalidValue"} {
		w.want(400, want, "okta", "POST", "/Users", body)
	}
}

// C3, C27, C40, 3.14; failure 44: tokens of every form, and of nobody.
func TestTokensAreGoodWhileTheyAre(t *testing.T) {
	w := newWorld(t)
	made := w.tokens["okta"]
	basic := func(id, secret string) http.Header {
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(id, secret)
		return r.Header
	}
	for name, test := range map[string]struct {
		header http.Header
		want   int
	}{
		"bearer":         {http.Header{"Authorization": {"Bearer " + made.Token}}, 200},
		"without a word": {http.Header{"Authorization": {made.Token}}, 200},
		"basic":          {basic(made.ClientID, made.Secret), 200},
		"basic, wrong":   {basic(made.ClientID, "x"), 401},
		"cut":            {http.Header{"Authorization": {"Bearer " + made.Token[:len(made.Token)-1]}}, 401},
	} {
		if got := w.send("none", "GET", "/Users", "", test.header); got.status != test.want {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	rotated, err := w.clients.Rotate(t.Context(), w.admin(), "okta", 3600e9, 0)
	if err != nil {
		t.Fatal(err)
	}
	try := func(token string, want int) {
		t.Helper()
		if got := w.send("none", "GET", "/Users", "", http.Header{"Authorization": {"Bearer " + token}}); got.status != want {
			t.Errorf("%d %s, want %d", got.status, got.body, want)
		}
	}
	try(made.Token, 200)
	try(rotated.Token, 200)
	short, err := w.sessions.Exchange(t.Context(), made.ClientID, made.Secret, netip.Addr{}) // client credentials: 6.7
	if err != nil {
		t.Fatal(err)
	}
	try(short.Text, 200)
	w.pass(3601e9)
	try(made.Token, 401)
	try(rotated.Token, 200)
	if _, err := w.clients.Rotate(t.Context(), w.admin(), "okta", 0, 0); err != nil {
		t.Fatal(err)
	}
	try(rotated.Token, 401)
	list, err := w.clients.List(t.Context())
	if err != nil || len(list) != 3 || list[2].Name != "okta" || len(list[2].Tokens) != 2 ||
		list[2].Tokens[1].UsedAt == 0 || len(list[2].Refused) == 0 {
		t.Errorf("%+v, %v", list, err)
	}
	w.do(directory.UpdateUser{User: made.User, Disabled: new(true)})
	try(rotated.Token, 401)
}
