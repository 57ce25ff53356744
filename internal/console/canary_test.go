package console_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cohort/internal/console"
	"cohort/internal/console/pagekit"
	"cohort/internal/directory"
	"cohort/internal/view"
)

// canary is markup that a browser would run if it were not escaped. Names cannot have the
// character that reverses the direction of text; tame is without it.
const (
	canary = `"><img src=x onerror=alert(1)>'{{.}}<script>x</script>` + "\u202e"
	tame   = `"><img src=x onerror=alert(1)>'{{.}}<script>x</script>`
)

// alive matches markup that no page may have.
func alive() []string {
	return []string{"<img", "<script>x", `<b>"`, "\u202e", `="x" onerror`, "javascript:"}
}

// closedFields lists the fields of edits that take no free text, or whose text no page shows,
// and the reason.
func closedFields() map[string]string {
	return map[string]string{
		"CreateUser.Kind": "one of a list", "CreateUser.Timezone": "a name of the zone database",
		"CreateUser.Language": "a tag",
		"UpdateUser.Timezone": "a name of the zone database", "UpdateUser.Language": "a tag",
		"CreateGroup.Language": "a tag", "UpdateGroup.Language": "a tag",
		"CreateAttribute.Name": "letters, digits and _", "UpdateAttribute.Name": "letters, digits and _",
		"CreateAttribute.Type": "one of a list", "CreateAttribute.Rule": "one of a list",
		"CreateAttribute.UserValueMode": "one of a list",
		"UpdateAttribute.Type":          "one of a list", "UpdateAttribute.Rule": "one of a list",
		"UpdateAttribute.UserValueMode": "one of a list",
		"UpdateAttribute.Misfits":       "one of a list", "Revert.Misfits": "one of a list",
		"CreateAttribute.Constraints.Least":    "a number or a time",
		"CreateAttribute.Constraints.Greatest": "a number or a time",
		"UpdateAttribute.Least":                "a number or a time", "UpdateAttribute.Greatest": "a number or a time",
		"DeleteGroupValue.Language": "a tag", "DeleteUserValue.Language": "a tag",
		"CreateAPICredential.ClientID": "letters, digits, - and _", "CreateAPICredential.Secret": "never kept",
		"CreateAPICredential.Kind": "one of a list",
		"SetIdentity.Kind":         "one of a list", "SetFacet.Dialect": "one of a list", "SetFacet.Kind": "one of a list",
		"SetFacet.Name": "checked by the dialect",
		"SetFacet.Data": "JSON of the dialect", "DeleteFacet.Dialect": "one of a list", "DeleteFacet.Kind": "one of a list",
		"DeleteFacet.Name": "checked by the dialect",
		"Baseline.Job":     "made by the program", "Baseline.Digest": "made by the program",
		"Baseline.Counts.Kind": "made by the program",
		"ForgetFacets.Dialect": "made by the program", "ForgetFacets.Kind": "made by the program",
	}
}

// texts yields the path of each text field of a type, and its value.
func texts(v reflect.Value, path string, yield func(path, text string)) {
	switch v.Kind() {
	case reflect.String:
		yield(path, v.String())
	case reflect.Pointer:
		if v.IsNil() {
			v = reflect.New(v.Type().Elem())
		}
		texts(v.Elem(), path, yield)
	case reflect.Slice:
		if v.Len() == 0 {
			texts(reflect.New(v.Type().Elem()).Elem(), path, yield)
		}
		for i := range v.Len() {
			texts(v.Index(i), path, yield)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[directory.Value]() {
			text, _ := reflect.TypeAssert[directory.Value](v)
			yield(path, text.Text)
			return
		}
		if v.Type() == reflect.TypeFor[directory.Object]() {
			return
		}
		for i := range v.NumField() {
			texts(v.Field(i), path+"."+v.Type().Field(i).Name, yield)
		}
	}
}

// poison sets every text in a value, at any depth, to the canary, and every number and boolean
// to a value that is not zero.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(canary)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		poison(v.Index(0))
	case reflect.Struct:
		for _, field := range v.Fields() {
			poison(field)
		}
	}
}

func poisoned[T any]() (v T) {
	poison(reflect.ValueOf(&v).Elem())
	return v
}

// hostile returns texts that reach the console from outside the directory.
type hostile struct{ cookies }

func (hostile) Providers() []directory.SignInProvider {
	return []directory.SignInProvider{poisoned[directory.SignInProvider]()}
}

func (h hostile) Sessions(context.Context, directory.UserID) ([]directory.SignIn, error) {
	return []directory.SignIn{poisoned[directory.SignIn]()}, nil
}

func (hostile) SignsOut(string) (title string, ok bool) { return canary, true }

func (hostile) LastUses(context.Context, ...directory.CredentialID) (directory.CredentialUses, error) {
	return nil, nil
}

func (hostile) Lockouts(context.Context) ([]directory.Lockout, error) {
	return []directory.Lockout{poisoned[directory.Lockout]()}, nil
}

func (hostile) Unlock(context.Context, string) error { return directory.Invalid("key", "%s", canary) }

type hostileClients struct{ scimClients }

func (*hostileClients) List(context.Context) ([]directory.SCIMClient, error) {
	return []directory.SCIMClient{poisoned[directory.SCIMClient]()}, nil
}

// poisonedEdits returns edits with the canary in every field that accepts it.
func poisonedEdits() []directory.Edit {
	text, list := new(tame), []string{"see_users", tame}
	value := directory.Value{Text: canary}
	allowed := []directory.AllowedValue{{Value: canary, Label: tame}}
	user, group := directory.UserID(900), directory.GroupID(901)
	set, models := directory.Made[directory.PermissionSetID](12), directory.Made[directory.ModelSetID](14)
	return []directory.Edit{
		directory.CreateUser{ID: user, FirstName: tame, LastName: tame, ContactEmail: `<b>"'@x.example`},
		directory.UpdateUser{User: user, FirstName: text, LastName: text, ContactEmail: new(`<b>"'@y.example`)},
		directory.CreateGroup{ID: group, Name: tame, Description: tame},
		directory.UpdateGroup{Group: group, Name: text, Description: new(tame + "2")},
		directory.AddMember{Group: group, User: user},
		directory.CreateAttribute{
			ID: 902, Name: "canary", Label: tame, Type: directory.TypeString, Default: &value, Description: tame,
			Constraints: directory.Constraints{Allowed: allowed, Pattern: regexp.QuoteMeta(tame) + ".*"},
		},
		directory.UpdateAttribute{
			Attribute: 902, Label: text, Default: &value, Description: new(tame + "2"), Allowed: &allowed,
			Pattern: new("(?s)" + regexp.QuoteMeta(tame) + ".*"),
		},
		directory.SetGroupValue{Group: group, Attribute: 902, Value: value},
		directory.SetGroupValues{Attribute: 902, Items: []directory.GroupValueItem{{Group: group, Value: value}}},
		directory.SetUserValue{User: user, Attribute: 902, Value: value},
		directory.SetSource{Object: user.Object(), Source: canary, SourceID: canary},
		directory.SetSource{Object: group.Object(), Source: canary, SourceID: canary},
		directory.CreatePermissionSet{Name: tame, Permissions: list},
		directory.UpdatePermissionSet{PermissionSet: set, Name: text, Permissions: &list},
		directory.CreateModelSet{Name: tame, Models: list},
		directory.UpdateModelSet{ModelSet: models, Name: new(tame + "2"), Models: &list},
		directory.CreateRole{Name: tame, PermissionSet: set, ModelSet: models},
		directory.UpdateRole{Role: directory.Made[directory.RoleID](16), Name: text},
		directory.SetUserRoles{User: user, Roles: []directory.RoleID{directory.Made[directory.RoleID](16)}},
		directory.SetLoginEmail{User: user, Email: `<b>"'@z.example`},
		directory.SetIdentity{User: user, Kind: directory.CredentialSSO, Identifier: "okta/" + tame},
		directory.SetSource{Object: directory.GroupID(12).Object(), Source: tame, SourceID: tame},
		directory.DeleteSource{Object: directory.GroupID(12).Object(), Source: tame},
	}
}

// TestTheCanaryIsInEveryField fails when an edit gains a text field without the canary.
func TestTheCanaryIsInEveryField(t *testing.T) {
	closed, held := closedFields(), map[string]bool{}
	for _, e := range poisonedEdits() {
		texts(reflect.ValueOf(e), reflect.TypeOf(e).Name(), func(path, text string) {
			held[path] = held[path] ||
				strings.Contains(text, "<")
		})
	}
	for _, e := range directory.Edits() {
		texts(reflect.ValueOf(e), reflect.TypeOf(e).Name(), func(path, _ string) {
			if !held[path] && closed[path] == "" {
				t.Errorf("%s holds text, and the canary is not in it", path)
			}
			if held[path] && closed[path] != "" {
				t.Errorf("%s holds the canary, though it %s", path, closed[path])
			}
			delete(closed, path)
		})
	}
	if len(closed) > 0 {
		t.Errorf("there are no such fields: %v", slices.Collect(maps.Keys(closed)))
	}
}

// TestMarkupInEveryFieldStaysText crawls the console of a directory that has the canary in
// every field. It follows every link, sends every form filled with the canary, and checks the
// replies.
func TestMarkupInEveryFieldStaysText(t *testing.T) {
	w := newWorld(t)
	_, err := view.New(w.core).As(directory.System("test")).Commit(t.Context(), directory.Change{Comment: tame,
		Edits: poisonedEdits()})
	if err != nil {
		t.Fatal(err)
	}
	w.adjust = func(c *pagekit.Config) {
		c.Lockouts, c.SCIM, c.Version = hostile{}, &hostileClients{}, canary
		c.Status = func(context.Context) pagekit.Status { return poisoned[pagekit.Status]() }
	}
	w.serveFor(t, hostile{w.people})
	c := crawler{t: t, world: w, visits: map[string]int{}, sent: map[string]bool{}}
	q := url.QueryEscape(canary)
	c.queue = []string{
		"/ui/", "/ui/users/900", "/ui/groups/901", "/ui/attributes/canary", "/ui/users/900/why/canary",
		"/ui/sign-in?back=" + q, "/ui/link?back=" + q,
		"/ui/search?q=" + q, "/ui/users?q=" + q, "/ui/why?user=" + q + "&attribute=" + q, "/ui/search?fragment=hits&q=img",
		"/ui/attributes/canary/holders?value=" + q, "/ui/changes?request=" + q, "/ui/users/" + url.PathEscape(canary),
		"/ui/attributes/" + url.PathEscape(canary),
		"/ui/compare?a=" + q + "&b=" + q, "/ui/groups?q=" + q, "/ui/as-of?back=" + q + "&when=" + q,
		"/ui/" + url.PathEscape(canary), "/ui/access/applications/900", "/ui/import/" + w.imported(t),
	}
	c.run()
	if pages, forms := len(c.visits), len(c.sent); pages < 60 || forms < 30 {
		t.Errorf("only %d kinds of pages and %d forms were found", pages, forms)
	}
	for _, route := range console.Routes() {
		if route[0] == http.MethodGet && !slices.Contains([]string{"/ui/events", "/ui/import/{import}/refused.csv"},
			route[1]) && !c.saw(route[1]) {
			t.Errorf("no link leads to %s", route[1])
		}
	}
}

// A crawler follows links and sends forms.
type crawler struct {
	*world
	t      *testing.T
	queue  []string
	visits map[string]int // by the shape of the address
	paths  []string
	sent   map[string]bool // by the shape of the form
}

const visitsOfAKind = 2

func (c *crawler) run() {
	for len(c.queue) > 0 {
		path := c.queue[0]
		c.queue = c.queue[1:]
		kind := kindOfAddress(path)
		if c.visits[kind] >= visitsOfAKind || len(c.paths) > 600 {
			continue
		}
		c.visits[kind]++
		c.look(path)
	}
}

var (
	linkOf   = regexp.MustCompile(`(?:href|data-open|data-preview|data-combobox)="(/ui/[^"]*)"`)
	formOf   = regexp.MustCompile(`(?s)<form([^>]*)>(.*?)</form>`)
	fieldOf  = regexp.MustCompile(`(?s)<(input|textarea|select|button)([^>]*)>`)
	attrOf   = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
	digitsOf = regexp.MustCompile(`[0-9]+`)
	typedOf  = regexp.MustCompile(`(?s) (?:value|name)="[^"]*"|<textarea[^>]*>.*?</textarea>`)
	nameOf   = regexp.MustCompile(`/(attributes|why|scim|tables|users|groups)/[^/]+`)
)

// kindOfAddress returns an address without the parts that differ between objects of a kind.
func kindOfAddress(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	path = nameOf.ReplaceAllString(u.EscapedPath(), "/$1/#")
	return digitsOf.ReplaceAllString(path, "#") + fmt.Sprint(slices.Sorted(maps.Keys(u.Query())))
}

func (c *crawler) saw(route string) bool {
	pattern := regexp.MustCompile("^" +
		regexp.MustCompile(`\\{[^}]*\\}`).ReplaceAllString(regexp.QuoteMeta(strings.Replace(route, "{$}", "", 1)),
			"[^/?]+") + `(\?|$)`)
	return slices.ContainsFunc(c.paths, pattern.MatchString)
}

func (c *crawler) look(path string) {
	c.paths = append(c.paths, path)
	if strings.HasPrefix(path, "/ui/draft/files/") { // browsers do not show it
		c.isFile(path)
		return
	}
	_, body := c.get(c.t, asAdmin, path)
	c.check("GET "+path, body)
	for _, m := range linkOf.FindAllStringSubmatch(body, -1) {
		to, _, _ := strings.Cut(html.UnescapeString(m[1]), "#")
		if !strings.HasPrefix(to, "/ui/static/") && !strings.HasPrefix(to, "/ui/login/") {
			c.queue = append(c.queue, to)
		}
	}
	for _, m := range formOf.FindAllStringSubmatch(body, -1) {
		c.fill(path, attributesOf(m[1]), m[2])
	}
}

// isFile checks that browsers save a reply instead of showing it.
func (c *crawler) isFile(path string) {
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.server.URL+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: pagekit.CookieName(false), Value: asAdmin})
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	h := res.Header
	if !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") || h.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(h.Get("Content-Type"), "text/plain") {
		c.t.Errorf("%s is shown: %v", path, h)
	}
}

func attributesOf(tag string) map[string]string {
	attrs := map[string]string{}
	for _, m := range attrOf.FindAllStringSubmatch(tag, -1) {
		attrs[m[1]] = html.UnescapeString(m[2])
	}
	return attrs
}

// fill fills in a form with the canary, and sends it once for each of its buttons.
func (c *crawler) fill(page string, form map[string]string, inside string) {
	fields, buttons, file := url.Values{}, [][2]string{}, ""
	for _, m := range fieldOf.FindAllStringSubmatch(inside, -1) {
		f := attributesOf(m[2])
		switch {
		case f["name"] == "":
		case m[1] == "button":
			buttons = append(buttons, [2]string{f["name"], f["value"]})
		case f["type"] == "file":
			file = f["name"]
		case f["type"] == "hidden" || f["type"] == "checkbox":
			fields.Add(f["name"], f["value"])
		default:
			fields.Set(f["name"], canary)
		}
	}
	action := form["action"]
	if action == "" {
		action = page
	}
	if len(buttons) == 0 {
		buttons = append(buttons, [2]string{})
	}
	for _, b := range buttons {
		key := fmt.Sprint(form["method"], kindOfAddress(action), slices.Sorted(maps.Keys(fields)), b)
		if c.sent[key] {
			continue
		}
		c.sent[key] = true
		v := maps.Clone(fields)
		if b[0] != "" {
			v[b[0]] = []string{b[1]}
		}
		if form["method"] != "post" {
			u, _, _ := strings.Cut(action, "?")
			c.look(u + "?" + v.Encode())
			continue
		}
		for _, hidden := range []bool{false, true} {
			c.submitAll(action, v, file, hidden)
		}
	}
}

// submitAll sends a form twice: with its hidden fields unchanged, and with the canary in them.
func (c *crawler) submitAll(action string, v url.Values, file string, hidden bool) {
	v = maps.Clone(v)
	if hidden {
		for name := range v {
			v[name] = []string{canary}
		}
	}
	var body bytes.Buffer
	kind := "application/x-www-form-urlencoded"
	if file == "" {
		body.WriteString(v.Encode())
	} else {
		m := multipart.NewWriter(&body)
		for name := range v {
			_ = m.WriteField(name, v.Get(name))
		}
		part, _ := m.CreateFormFile(file, strings.ReplaceAll(tame, `"`, "")+".csv")
		_, _ = part.Write([]byte(canary + ",email\n" + canary + ",a@b.example\n"))
		_ = m.Close()
		kind = m.FormDataContentType()
	}
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.server.URL+action, &body)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.AddCookie(&http.Cookie{Name: pagekit.CookieName(false), Value: asAdmin})
	status, reply := c.answer(c.t, r)
	c.check(fmt.Sprintf("POST %s %v", action, slices.Sorted(maps.Keys(v))), reply)
	c.people.of.Store(asAdmin, directory.UserID(1)) // some forms end the session
	if status == http.StatusSeeOther && strings.HasPrefix(reply, "/ui/") {
		c.look(reply)
	}
}

// check checks a reply. Fields of forms keep what was typed, because it cannot affect the text
// around them.
func (c *crawler) check(of, body string) {
	body = typedOf.ReplaceAllStringFunc(body, func(field string) string { return strings.ReplaceAll(field, "\u202e", "") })
	for _, a := range alive() {
		if i := strings.Index(body, a); i >= 0 {
			c.t.Errorf("%s: %q is alive: …%s…", of, a, body[max(0, i-80):min(len(body), i+80)])
		}
	}
}
