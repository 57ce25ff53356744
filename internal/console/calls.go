package console

import (
	"strings"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// A call is what a page shows, asked of one of the APIs or on the command line.
type call struct {
	Name string
	Text string // ready to paste: $TOKEN is a token of any of the dialects
}

// calls collects those of a page.
type calls struct {
	q    *request
	list []call
}

func (q *request) calls() *calls { return &calls{q: q} }

// cli adds a line for the command line.
func (c *calls) cli(words ...string) *calls {
	for i, w := range words {
		words[i] = quoted(w)
	}
	c.list = append(c.list, call{"Command line", "cohort " + strings.Join(words, " ")})
	return c
}

// get adds a request of a dialect.
func (c *calls) get(name, path string) *calls {
	base := httpkit.BaseURL(c.q.BaseURL, c.q.r)
	c.list = append(c.list, call{name, `curl -s -H "Authorization: Bearer $TOKEN" ` + quoted(base+path)})
	return c
}

func (c *calls) native(path string) *calls { return c.get("Native", "/v1/"+path) }
func (c *calls) looker(path string) *calls { return c.get("Looker", "/api/4.0/"+path) }
func (c *calls) propeller(path string) *calls {
	return c.get("Propeller", c.q.PropellerPrefix+"/"+path)
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:=@,+", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// asOf is the parameter of the native API that turns a question back in time.
func (q *request) asOfParameter() string {
	if q.past == 0 {
		return ""
	}
	return "?revision=" + itoa(q.past)
}

func (q *request) callsOfUser(id directory.UserID, page string) []call {
	user := directory.FormatID(id)
	switch page {
	case "values":
		return q.calls().cli("effective", user).native("users/" + user + "/effective" + q.asOfParameter()).
			looker("users/" + user + "/attribute_values").propeller("users/id/" + user + "/effective").list
	case "groups":
		return q.calls().cli("user", "show", user).native("users/" + user).
			looker("users/" + user + "?fields=id,group_ids").propeller("users/id/" + user).list
	case "access":
		return q.calls().cli("credential", "list", user).native("users/" + user).looker("users/" + user + "/roles").list
	case "history":
		return q.calls().cli("log", "user:"+user).native("changes?object=user:" + user).list
	}
	return nil
}

func (q *request) callsOfGroup(id directory.GroupID, page string) []call {
	group := directory.FormatID(id)
	switch page {
	case "values":
		return q.calls().cli("group", "show", group).native("groups/" + group + "/effective").
			looker("groups/" + group).propeller("usergroups/id/" + group + "/effective").list
	case "members":
		return q.calls().cli("group", "members", group).native("groups/" + group + "/members").
			looker("groups/" + group + "/users").propeller("usergroups/id/" + group + "/users").list
	case "nesting":
		return q.calls().cli("group", "tree", group).native("groups/" + group + "/children").
			looker("groups/" + group + "/groups").propeller("usergroups/id/" + group + "/children").list
	case "access":
		return q.calls().cli("role", "list").native("groups/" + group).looker("groups/" + group).list
	case "history":
		return q.calls().cli("log", "group:"+group).native("changes?object=group:" + group).list
	}
	return nil
}

func (q *request) callsOfAttribute(a *directory.Attribute, page string) []call {
	id := directory.FormatID(a.ID)
	switch page {
	case "ranking":
		return q.calls().cli("attribute", "show", a.Name).native("attributes/" + a.Name + "/values").
			looker("user_attributes/" + id + "/group_values").propeller("attributes/name/" + strings.ToUpper(a.Name)).list
	case "holders":
		return q.callsOfHolders(a)
	case "definition":
		return q.calls().cli("attribute", "show", a.Name).native("attributes/" + a.Name).
			looker("user_attributes/" + id).propeller("attributes/name/" + strings.ToUpper(a.Name)).list
	case "history":
		return q.calls().cli("log", "attribute:"+a.Name).native("changes?object=attribute:" + id).list
	}
	return nil
}

// callsOfAccess are those of the tabs about who may come in and do what. Providers are in no
// API.
func (q *request) callsOfAccess(tab string) []call {
	switch tab {
	case "Roles":
		return q.calls().cli("role", "list").native("roles").looker("roles").list
	case "Applications":
		return q.calls().cli("user", "list").native("users").looker("users").list
	case "Sessions":
		return q.calls().cli("session", "list").native("sessions").list
	case "SCIM":
		return q.calls().cli("scim", "client", "list").native("scim/clients").list
	case "Lock-outs":
		return q.calls().looker("user_login_lockouts").list
	case "Reveals":
		return q.calls().native("reveals").list
	}
	return nil
}

// callsOfCredentials are those of a user that calls the APIs.
func (q *request) callsOfCredentials(id directory.UserID) []call {
	user := directory.FormatID(id)
	return q.calls().cli("credential", "list", user).native("users/" + user + "/credentials").
		looker("users/" + user + "/credentials_api3").list
}

// preview asks what edits would do.
func (c *calls) preview(edits string) *calls {
	base := httpkit.BaseURL(c.q.BaseURL, c.q.r)
	const post = `curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d `
	c.list = append(c.list, call{"Native", post + quoted(edits) + " " + quoted(base+"/v1/preview")})
	return c
}

// callsOf ask why of a subject.
func (q *request) callsOf(of subject, a *directory.Attribute) []call {
	if of.group != 0 {
		group := directory.FormatID(of.group)
		return q.calls().native("groups/" + group + "/effective/" + a.Name).looker("user_attributes/" +
			directory.FormatID(a.ID) + "/group_values").
			propeller("usergroups/id/" + group + "/effective").list
	}
	user := directory.FormatID(of.user)
	return q.calls().cli("explain", user, a.Name).native("users/" + user + "/effective/" + a.Name + q.asOfParameter()).
		looker("users/" + user + "/attribute_values?user_attribute_ids=" + directory.FormatID(a.ID)).propeller("users/id/" +
		user + "/effective").list
}
