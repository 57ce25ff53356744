package console_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cohort/internal/console/pagekit"
	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/view"
)

// lockouts has one lockout, until it is cleared.
type lockouts struct{ cleared string }

func (l *lockouts) Lockouts(context.Context) ([]directory.Lockout, error) {
	if l.cleared != "" {
		return nil, nil
	}
	return []directory.Lockout{{Key: "k1", ClientID: "<feed>", Address: "192.0.2.7", Failures: 11, At: 1}}, nil
}

func (l *lockouts) Unlock(_ context.Context, key string) error {
	l.cleared = key
	return nil
}

// LastUses returns uses of the first credentials.
func (l *lockouts) LastUses(_ context.Context, ids ...directory.CredentialID) (directory.CredentialUses, error) {
	uses := directory.CredentialUses{}
	for _, id := range ids {
		if id < 3 {
			uses[id] = directory.InstantOf(time.Now())
		}
	}
	return uses, nil
}

func TestWhoSeesWhichPageAboutAccess(t *testing.T) {
	w := newWorld(t)
	for path, c := range map[string]struct {
		admin, ada int
		says       string
	}{
		"/ui/access":       {http.StatusOK, http.StatusOK, "A role is a set of permissions"},
		"/ui/access?new=1": {http.StatusOK, http.StatusOK, "A role is a set of permissions"},
		"/ui/access/roles/2": {http.StatusOK, http.StatusNotFound,
			"All permissions. This role is built in"},
		"/ui/access/roles/999":        {http.StatusNotFound, http.StatusNotFound, ""},
		"/ui/access/roles/x":          {http.StatusNotFound, http.StatusNotFound, ""},
		"/ui/access/applications":     {http.StatusOK, http.StatusForbidden, "Applications are service accounts"},
		"/ui/access/applications/101": {http.StatusOK, http.StatusOK, "Credentials"},
		"/ui/access/applications/999": {http.StatusNotFound, http.StatusNotFound, ""},
		"/ui/access/sessions":         {http.StatusOK, http.StatusOK, "this one"},
		"/ui/access/sign-in":          {http.StatusOK, http.StatusForbidden, "No identity provider is set up"},
		"/ui/access/scim":             {http.StatusOK, http.StatusForbidden, "Identity providers that provision"},
		"/ui/access/scim/okta":        {http.StatusOK, http.StatusForbidden, "Requests"},
		"/ui/access/scim/none":        {http.StatusNotFound, http.StatusForbidden, ""},
		"/ui/access/lockouts":         {http.StatusOK, http.StatusForbidden, "&lt;feed&gt;"},
		"/ui/access/reveals":          {http.StatusOK, http.StatusForbidden, "No hidden value has been revealed"},
		"/ui/system":                  {http.StatusOK, http.StatusForbidden, "Behind by"},
		"/ui/system?all=1":            {http.StatusOK, http.StatusForbidden, "read-timeout"},
	} {
		status, body := w.get(t, asAdmin, path)
		if status != c.admin || !strings.Contains(body, c.says) {
			t.Errorf("%s, an administrator: %d, want %d and %q:\n%s", path, status, c.admin, c.says, text(body))
		}
		if status, body := w.get(t, asAda, path); status != c.ada {
			t.Errorf("%s, somebody without permissions: %d, want %d:\n%s", path, status, c.ada, text(body))
		}
		if status, to := w.get(t, "", path); status != http.StatusSeeOther || !strings.HasPrefix(to, "/ui/sign-in") {
			t.Errorf("%s, nobody: %d %s", path, status, to)
		}
	}
	if _, body := w.get(t, asAda, "/ui/access/sessions"); strings.Contains(body, "Lock-outs") ||
		strings.Contains(body, `href="/ui/system"`) || strings.Count(body, "Firefox") != 1 {
		t.Errorf("somebody without permissions is shown:\n%s", text(body))
	}
	if _, body := w.get(t, asAdmin, "/ui/system"); strings.Contains(body, "read-timeout") {
		t.Error("settings as by default are shown before they are asked for")
	}
}

func TestTheSystemPageHasEveryNode(t *testing.T) {
	w := newWorld(t)
	contains(t, w.page(t, asAdmin, "/ui/system"), "4 servers on one database",
		"one:8080 this one up to date within a second 12",
		"two:8080 1 revision behind within a second 11 2 another version", "three:8080 no report",
		"four:8080 disconnected 1m0s ago")
}

func TestARoleIsMadeChangedAndDeletedThroughTheDraft(t *testing.T) {
	w := newWorld(t)
	if status, to := w.submit(t, asAdmin, "/ui/access",
		url.Values{"name": {"Help desk"}, "permission": {"see_users", "see_history"}}); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, to)
	}
	w.post(t, asAdmin, "/ui/draft/commit", http.StatusSeeOther, "version", "1")
	_, list := w.get(t, asAdmin, "/ui/access")
	id := regexp.MustCompile(`/ui/access/roles/(\d+)">Help desk`).FindStringSubmatch(list)
	if id == nil {
		t.Fatalf("there is no such role:\n%s", text(list))
	}
	page := "/ui/access/roles/" + id[1]
	w.post(t, asAdmin, page, http.StatusSeeOther, "permission", "sudo")
	w.post(t, asAdmin, "/ui/draft/commit", http.StatusSeeOther, "version", "3")
	if _, body := w.get(t, asAdmin, page); !strings.Contains(body, `value="sudo" checked`) ||
		strings.Contains(body, `value="see_users" checked`) {
		t.Errorf("the role gives:\n%s", text(body))
	}
	w.post(t, asAdmin, page, http.StatusSeeOther, "do", "delete")
	w.post(t, asAdmin, "/ui/draft/commit", http.StatusSeeOther, "version", "5")
	if status, _ := w.get(t, asAdmin, page); status != http.StatusNotFound {
		t.Errorf("the role is still there: %d", status)
	}
	sets, err := view.New(w.core).As(directory.System("test")).PermissionSets(t.Context())
	if err != nil || len(sets) != 1 {
		t.Errorf("sets of permissions are left: %+v, %v", sets, err)
	}
	for form, want := range map[string]int{"name=&permission=sudo": 422, "name=X&permission=fly": 422} {
		v, _ := url.ParseQuery(form)
		if status, body := w.submit(t, asAdmin, "/ui/access", v); status != want || !strings.Contains(body, "A new role") {
			t.Errorf("%s: %d, want %d", form, status, want)
		}
	}
	if status, _ := w.submit(t, asAda, page, url.Values{"permission": {"administer"}}); status != http.StatusNotFound {
		t.Errorf("somebody without permissions: %d", status)
	}
}

var secretOf = regexp.MustCompile(`Client secret</dt><dd><code class="copy" data-copy>([^<]{20,})</code>`)

func TestASecretIsShownOnceOnTheReply(t *testing.T) {
	w := newWorld(t)
	status, body := w.submit(t, asAdmin, "/ui/access/applications", url.Values{"name": {"Price feed"}, "role": {"new"}})
	secret := secretOf.FindStringSubmatch(body)
	if status != http.StatusOK || secret == nil {
		t.Fatalf("%d:\n%s", status, text(body))
	}
	_, list := w.get(t, asAdmin, "/ui/access/applications")
	id := regexp.MustCompile(`/ui/access/applications/(\d+)">Price feed`).FindStringSubmatch(list)
	if id == nil || !strings.Contains(list, "Reads effective values") {
		t.Fatalf("the list:\n%s", text(list))
	}
	page := "/ui/access/applications/" + id[1]
	status, body = w.submit(t, asAdmin, page, url.Values{"do": {"secret"}})
	again := secretOf.FindStringSubmatch(body)
	if status != http.StatusOK || again == nil || again[1] == secret[1] ||
		!strings.Contains(body, "1 other credential is still valid") {
		t.Errorf("another secret: %d:\n%s", status, text(body))
	}
	_, body = w.get(t, asAdmin, page)
	credential := regexp.MustCompile(`name="credential" value="(\d+)"`).FindStringSubmatch(body)
	if credential == nil {
		t.Fatalf("no credential:\n%s", text(body))
	}
	w.post(t, asAdmin, page, http.StatusSeeOther, "do", "disable", "credential", credential[1])
	w.post(t, asAdmin, "/ui/draft/commit", http.StatusSeeOther, "version", "1")
	pages := list + body
	for _, path := range []string{page, "/ui/access/applications", "/ui/draft", "/ui/changes", "/ui/users/" + id[1] +
		"/access"} {
		_, body := w.get(t, asAdmin, path)
		pages += body
	}
	if strings.Contains(pages, secret[1]) || strings.Contains(pages, again[1]) {
		t.Error("a secret is on another page")
	}
	if _, body := w.get(t, asAdmin, page); !strings.Contains(body, "Enable") {
		t.Errorf("the credential is not disabled:\n%s", text(body))
	}
	for path, form := range map[string]url.Values{"/ui/access/applications": {"name": {"x"}}, page: {"do": {"secret"}}} {
		if status, body := w.submit(t, asAda, path, form); status != http.StatusForbidden && status != http.StatusNotFound {
			t.Errorf("%s, by somebody without permissions: %d\n%s", path, status, text(body))
		}
	}
	if status, body := w.submit(t, asAdmin, "/ui/access/applications",
		url.Values{"name": {""}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "A new application") {
		t.Errorf("without a name: %d", status)
	}
}

func TestASecretNeedsProof(t *testing.T) {
	w, _ := newPeople(t, true, okta())
	before := w.core.Head().Revision
	for path, form := range map[string]url.Values{"/ui/access/applications": {"name": {"x"}},
		"/ui/access/applications/101": {"do": {"secret"}}} {
		status, body := w.submit(t, asAdmin, path, form)
		if status != http.StatusForbidden || !strings.Contains(body, "back="+url.QueryEscape(path)) {
			t.Errorf("%s: %d\n%s", path, status, text(body))
		}
	}
	if after := w.core.Head().Revision; after != before {
		t.Errorf("%d changes were made", after-before)
	}
}

func TestSessionsAreEndedByWhoMay(t *testing.T) {
	w := newWorld(t)
	w.post(t, asAda, "/ui/access/sessions", http.StatusForbidden, "user", "1", "session", "1")
	if status, _ := w.get(t, asAdmin, "/ui/"); status != http.StatusOK {
		t.Error("an administrator was signed out by somebody else")
	}
	w.post(t, asAdmin, "/ui/access/sessions", http.StatusSeeOther, "user", "101", "session", "1")
	if status, to := w.get(t, asAda, "/ui/"); status != http.StatusSeeOther || to != "/ui/sign-in" {
		t.Errorf("Ada is still signed in: %d %s", status, to)
	}
	w.post(t, asAdmin, "/ui/access/sessions", http.StatusBadRequest, "user", "x")
}

func TestALockoutIsCleared(t *testing.T) {
	w := newWorld(t)
	w.post(t, asAda, "/ui/access/lockouts", http.StatusForbidden, "key", "k1")
	if w.lockouts.cleared != "" {
		t.Error("somebody without permissions cleared it")
	}
	w.post(t, asAdmin, "/ui/access/lockouts", http.StatusSeeOther, "key", "k1")
	if _, body := w.get(t, asAdmin, "/ui/access/lockouts"); w.lockouts.cleared != "k1" ||
		!strings.Contains(body, "Nothing is slowed down") {
		t.Errorf("cleared %q:\n%s", w.lockouts.cleared, text(body))
	}
}

// scimClients has one client, whose removals are held until they are released, and those that
// a test creates.
type scimClients struct {
	released int64
	made     []string
	oldFor   time.Duration
}

func (s *scimClients) Findings(context.Context) ([]directory.Finding, error) {
	return []directory.Finding{{Code: directory.LintHeld, User: 101, Msg: "The SCIM client okta was held."}}, nil
}

func (s *scimClients) List(context.Context) ([]directory.SCIMClient, error) {
	c := directory.SCIMClient{
		Name: "okta", User: 101, Profile: "okta", Tokens: []directory.SCIMToken{{ID: 7, ClientID: "<token>"}},
		Refused: []directory.SCIMEvent{{At: 2, Method: "DELETE", Path: "/Users/{id}", Status: 409,
			Detail: "<b>too much</b>", RequestID: "r2"}},
		Requests: []directory.SCIMEvent{{At: 3, Method: "GET", Path: "/Users", Status: 200, RequestID: "r3"}, {At: 2,
			Method: "DELETE", Path: "/Users/{id}", Status: 409, Detail: "<b>too much</b>", RequestID: "r2"}},
		Released: s.released,
	}
	if s.released == 0 {
		c.Held = []directory.SCIMEvent{{At: 1, Method: "PATCH", Path: "/Groups/{id}", Status: 429,
			Detail: "30 of 100 users would be removed", RequestID: "r1"}}
	}
	list := []directory.SCIMClient{c}
	for _, name := range s.made {
		list = append(list, directory.SCIMClient{Name: name, User: 102, Profile: "generic"})
	}
	return list, nil
}

// scimAccount is a change that creates a secret.
func scimAccount() directory.Change {
	return directory.Change{Edits: []directory.Edit{
		directory.CreateUser{Kind: directory.KindService, FirstName: "client"},
		directory.CreateAPICredential{User: directory.Made[directory.UserID](0), Kind: directory.CredentialSCIM},
	}}
}

func (s *scimClients) Create(ctx context.Context, dir dialect.Committer,
	in directory.NewSCIMClient) (directory.MadeSCIMToken, error) {
	if in.Name == "" {
		return directory.MadeSCIMToken{}, directory.Missing("name")
	}
	_, err := dir.Commit(ctx, scimAccount())
	if err != nil {
		return directory.MadeSCIMToken{}, err
	}
	s.made = append(s.made, in.Name)
	return directory.MadeSCIMToken{Name: in.Name, Token: "the-token-of-" + in.Name, ClientID: "id",
		Secret: "the-secret", ExpiresAt: directory.Instant(in.ValidFor.Milliseconds())}, nil
}

func (s *scimClients) Rotate(ctx context.Context, dir dialect.Committer, name string, oldFor,
	_ time.Duration) (directory.MadeSCIMToken, error) {
	_, err := dir.Commit(ctx, scimAccount())
	s.oldFor = oldFor
	return directory.MadeSCIMToken{Name: name, Token: "another-token", ClientID: "id2", Secret: "another-secret",
		OldUntil: directory.Instant(oldFor.Milliseconds())}, err
}

func (s *scimClients) Release(_ context.Context, name string, removals int64) (directory.Instant, error) {
	if name != "okta" {
		return 0, directory.NotFound("client", name)
	}
	s.released = removals
	return 1, nil
}

func TestWhatTheGuardHasHeldIsReleased(t *testing.T) {
	w := newWorld(t)
	contains(t, w.page(t, asAdmin, "/ui/access/scim"), "okta is held: 30 of 100 users would be removed", "GET /Users done")
	const page = "/ui/access/scim/okta"
	contains(t, w.page(t, asAdmin, page), "30 of 100 users would be removed", "&lt;token&gt;",
		"&lt;b&gt;too much&lt;/b&gt;", "Release okta",
		"GET /Users 200", "DELETE /Users/{id} 409", "PATCH /Groups/{id} 429")
	if refused := w.page(t, asAdmin, page+"?only=refused"); strings.Contains(refused, "GET /Users 200") ||
		strings.Count(refused, "DELETE /Users/{id}") != 1 {
		t.Errorf("what was refused: %s", refused)
	}
	w.post(t, asAda, page, http.StatusForbidden, "do", "release", "removals", "30")
	w.post(t, asAdmin, page, http.StatusUnprocessableEntity, "do", "release", "removals", "0")
	w.post(t, asAdmin, "/ui/access/scim/none", http.StatusNotFound, "do", "release", "removals", "1")
	if w.scim.released != 0 {
		t.Error("it was released by whoever may not, or badly")
	}
	w.post(t, asAdmin, page, http.StatusSeeOther, "do", "release", "removals", "30")
	if _, body := w.get(t, asAdmin, page); w.scim.released != 30 || strings.Contains(body, "Release okta") {
		t.Errorf("released %d:\n%s", w.scim.released, text(body))
	}
}

func TestAProvidersTokenIsShownOnceOnTheReply(t *testing.T) {
	w := newWorld(t)
	const list, page = "/ui/access/scim", "/ui/access/scim/okta"
	w.post(t, asAda, list, http.StatusForbidden, "name", "entra")
	w.post(t, asAda, page, http.StatusForbidden, "do", "rotate")
	body := w.post(t, asAdmin, list, http.StatusUnprocessableEntity, "name", "", "valid_for", "2160h")
	contains(t, text(body), "A new client", "Name is required")
	if !strings.Contains(body, `value="2160h" selected`) {
		t.Error("what was chosen is gone")
	}
	w.post(t, asAdmin, list, http.StatusUnprocessableEntity, "name", "entra", "valid_for", "long")
	body = w.post(t, asAdmin, list, http.StatusOK, "name", "entra", "profile", "entra", "valid_for", "2160h")
	contains(t, text(body), "Token the-token-of-entra", "Client secret the-secret",
		"Base URL "+w.server.URL+"/scim/v2", "Valid until")
	body = w.post(t, asAdmin, page, http.StatusOK, "do", "rotate", "old_for", "1h")
	contains(t, text(body), "Token another-token", "The previous one is valid until")
	if w.scim.oldFor != time.Hour {
		t.Errorf("the old token stays good for %v", w.scim.oldFor)
	}
	for _, path := range []string{list, page, "/ui/draft", "/ui/changes"} {
		if _, body := w.get(t, asAdmin, path); strings.Contains(body, "the-token") || strings.Contains(body, "another-") {
			t.Errorf("%s shows a token", path)
		}
	}
	w.post(t, asAdmin, page, http.StatusNotFound, "credential", "99")
	w.post(t, asAdmin, page, http.StatusSeeOther, "credential", "7")
	if to := w.post(t, asAdmin, page, http.StatusSeeOther, "do", "end"); to != "/ui/draft?preview=1" {
		t.Errorf("the end of a client leads to %s", to)
	}
	contains(t, w.page(t, asAdmin, page), "changed")
	contains(t, w.page(t, asAdmin, "/ui/draft"), "2 edits in the draft")
}

func status(context.Context) pagekit.Status {
	return pagekit.Status{
		Ready: "ready", Writable: true,
		Nodes: []pagekit.Node{
			{Name: "one:8080", Version: "1", This: true, Revision: 12, SeenAt: 1, StartedAt: 1},
			{Name: "two:8080", Version: "2", Revision: 11, Behind: 1, Other: true, SeenAt: 1, StartedAt: 1},
			{Name: "three:8080", Version: "1", Late: true, SeenAt: 1, StartedAt: 1}, {Name: "four:8080", Version: "1",
				LevelFor: time.Minute, SeenAt: 1, StartedAt: 1},
		},
		Facts: []pagekit.StatusGroup{{Title: "This node", Figures: []pagekit.Figure{{Name: "Behind by", Value: "3",
			Warning: true}, {Name: "Started", At: 1}}}},
		Settings: []pagekit.Setting{{Name: "addr", Value: "127.0.0.1:1", Origin: "flag"}, {Name: "read-timeout",
			Value: "30s", Origin: "default"}},
	}
}

func TestASecretTakesThePlaceOfAnother(t *testing.T) {
	w := newWorld(t)
	w.submit(t, asAdmin, "/ui/access/applications", url.Values{"name": {"Price feed"}, "role": {"new"}})
	_, list := w.get(t, asAdmin, "/ui/access/applications")
	page := "/ui/access/applications/" +
		regexp.MustCompile(`/ui/access/applications/(\d+)">Price feed`).FindStringSubmatch(list)[1]
	option := regexp.MustCompile(`<option value="(\d+)">`)
	ids := func() []string {
		_, body := w.get(t, asAdmin, page)
		var list []string
		for _, m := range option.FindAllStringSubmatch(body, -1) {
			list = append(list, m[1])
		}
		return list
	}
	first := ids()
	if len(first) != 1 {
		t.Fatalf("credentials to replace: %v", first)
	}
	_, body := w.submit(t, asAdmin, page, url.Values{"do": {"secret"}, "old": {first[0]}, "old_for": {"24h"}})
	contains(t, text(body), "The previous one is valid until")
	second := ids()
	if len(second) != 2 {
		t.Fatalf("credentials after one was replaced: %v", second)
	}
	_, body = w.get(t, asAdmin, page)
	contains(t, text(body), "valid until", "Last used", "never")
	w.submit(t, asAdmin, page, url.Values{"do": {"secret"}, "old": {second[1]}, "old_for": {"0s"}})
	if third := ids(); len(third) != 1 || slices.Contains(second, third[0]) {
		t.Errorf("credentials after another was replaced at once: %v, before %v", third, second)
	}
	for _, form := range []url.Values{
		{"do": {"secret"}, "old": {second[0]}, "old_for": {"24h"}},
		{"do": {"secret"}, "old": {ids()[0]}, "old_for": {"soon"}},
	} {
		if status, body := w.submit(t, asAdmin, page, form); status != http.StatusUnprocessableEntity ||
			!strings.Contains(body, `role="alert"`) {
			t.Errorf("%v: %d", form, status)
		}
	}
	if len(ids()) != 1 {
		t.Errorf("refused forms made credentials: %v", ids())
	}
}
