package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cohort/internal/console/draft"
	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// SCIM are the identity providers that feed the directory.
type SCIM interface {
	// List describes them, by name.
	List(ctx context.Context) ([]directory.SCIMClient, error)
	// Findings are what lint says of them.
	Findings(ctx context.Context) ([]directory.Finding, error)
	// Create makes a client, and Rotate another token of one: as dir may.
	Create(ctx context.Context, dir dialect.Committer, in directory.NewSCIMClient) (directory.MadeSCIMToken, error)
	Rotate(ctx context.Context, dir dialect.Committer, name string, oldFor,
		validFor time.Duration) (directory.MadeSCIMToken, error)
	// Release lets a client remove so many objects, for a while.
	Release(ctx context.Context, name string, removals int64) (until directory.Instant, err error)
}

// A scimPage lists the clients, and what the removal guard has held.
type scimPage struct {
	Clients  []scimRow
	New      bool
	Open     string
	Form     form
	Profiles []choice
	Lives    []choice
}

// A scimRow is a client in the list.
type scimRow struct {
	directory.SCIMClient
	Page   part
	UsedAt directory.Instant // the last time that a token of it was; 0 is not known
	Last   directory.SCIMEvent
	Others int // requests that are held beside the newest
}

// lives are how long a token may be good.
func lives(chosen string) []choice {
	return choices(chosen, "", "without an end", "2160h", "for 90 days", "8760h", "for a year")
}

func accessSCIM(q *request) error {
	if err := q.needs(directory.Administer); err != nil {
		return err
	}
	q.live.Release()
	list, err := q.SCIM.List(q.ctx())
	if err != nil {
		return err
	}
	page := scimPage{Form: q.form(), Open: q.with("new", "1")}
	page.New = q.query.Get("new") != "" || page.Form.Problem != ""
	page.Profiles = choices(cmp.Or(page.Form.Typed["profile"], "generic"), "generic", "another", "okta", "Okta",
		"entra", "Microsoft Entra")
	page.Lives = lives(page.Form.Typed["valid_for"])
	for _, c := range list {
		row := scimRow{SCIMClient: c, Page: named(c.Name, link(Root, "access", "scim", c.Name)), Others: len(c.Held) - 1}
		for _, t := range c.Tokens {
			row.UsedAt = max(row.UsedAt, t.UsedAt)
		}
		if all := eventsOf(&c); len(all) > 0 {
			row.Last = all[0]
		}
		page.Clients = append(page.Clients, row)
	}
	f := q.accessFrame("SCIM")
	f.Data, f.Calls = page, q.calls().cli("scim", "client", "list").native("scim/clients").list
	return q.show("access_scim", f)
}

// eventsOf are what a client did and was refused, the newest first, each once.
func eventsOf(c *directory.SCIMClient) []directory.SCIMEvent {
	list := slices.Concat(c.Requests, c.Refused, c.Held)
	slices.SortStableFunc(list, func(a, b directory.SCIMEvent) int { return cmp.Compare(b.At, a.At) })
	return slices.CompactFunc(list, func(a, b directory.SCIMEvent) bool {
		return a.RequestID == b.RequestID &&
			a.At == b.At
	})
}

// newSCIM makes a client at once, with a token that is on the reply alone.
func newSCIM(q *request) error {
	if err := q.parseForm(); err != nil {
		return err
	}
	if err := q.needs(directory.Administer); err != nil {
		return err
	}
	var made directory.MadeSCIMToken
	life, err := q.typedLife("valid_for")
	if err == nil {
		made, err = q.SCIM.Create(q.ctx(), q.live, directory.NewSCIMClient{
			Name: q.typed("name"), Profile: q.typed("profile"), Adopt: q.typed("adopt"), ValidFor: life,
		})
	}
	if err != nil {
		return q.refused(err, accessSCIM)
	}
	return q.showToken(&made)
}

// oldLives are for how long what is replaced can stay good.
func oldLives(chosen string) []choice {
	return choices(chosen, "0s", "ends now", "1h", "stays good for an hour", "24h", "stays good for a day", "168h",
		"stays good for a week")
}

// typedLife is a time that the form holds; nothing is 0.
func (q *request) typedLife(field string) (time.Duration, error) {
	text := q.typed(field)
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, directory.Invalid(field, "must be a time, such as 24h")
	}
	return d, nil
}

// showToken shows a new token, once.
func (q *request) showToken(made *directory.MadeSCIMToken) error {
	page := secretPage{
		Of: named(made.Name, link(Root, "access", "scim", made.Name)), Back: named("To the client", link(Root, "access",
			"scim", made.Name)),
		Rows: []secretRow{
			{"Base URL", httpkit.BaseURL(q.BaseURL, q.r) + "/scim/v2"}, {"Token", made.Token},
			{"Client id", made.ClientID}, {"Client secret", made.Secret},
		},
		Note: "The token is for a provider that sends a bearer token; id and secret are for one that uses HTTP Basic. " +
			"They are good at /scim/v2 only.",
		Ends: made.ExpiresAt, OldUntil: made.OldUntil,
	}
	f := q.accessFrame("SCIM")
	f.Title, f.Data = "A new token", page
	return q.showAs(http.StatusOK, "access_secret", f)
}

// A scimClientPage is one client: its tokens, what it did and what was refused.
type scimClientPage struct {
	directory.SCIMClient
	Tokens  []scimTokenRow
	Events  []directory.SCIMEvent
	Only    bool // what was refused
	Toggle  string
	Changes string // the address of the changes that it made
	Others  int    // requests that are held beside the newest
	Form    form
	Lives   []choice
	OldFor  []choice
	Drafted []part // its end
}

// A scimTokenRow is a token, and what the draft makes of it.
type scimTokenRow struct {
	directory.SCIMToken
	Ended   bool // its time is over
	Drafted []part
}

func accessSCIMClient(q *request) error {
	if err := q.needs(directory.Administer); err != nil {
		return err
	}
	c, err := q.scimClient()
	if err != nil {
		return err
	}
	page := scimClientPage{
		SCIMClient: c, Only: q.query.Get("only") != "", Toggle: q.with("only", "refused"), Others: len(c.Held) - 1,
		Form:    q.form(),
		Changes: Root + "/changes?" + url.Values{"by": {directory.FormatID(c.User)}}.Encode(),
		Lives:   lives(""), OldFor: oldLives("24h"),
		Drafted: q.draftedAs(draft.KeyOf(directory.DeleteUser{User: c.User})),
	}
	now := directory.InstantOf(q.Now())
	for _, t := range c.Tokens {
		page.Tokens = append(page.Tokens, scimTokenRow{
			t, t.ExpiresAt != 0 && t.ExpiresAt <= now, q.draftedAs(draft.KeyOf(directory.DeleteCredential{Credential: t.ID})),
		})
	}
	page.Events = eventsOf(&c)
	if page.Only {
		page.Toggle = q.with("only", "")
		page.Events = slices.DeleteFunc(page.Events,
			func(e directory.SCIMEvent) bool { return e.Status < http.StatusBadRequest })
	}
	f := q.accessFrame("SCIM")
	f.Title, f.Kind, f.Path = c.Name, "SCIM client", parts(named("Access", link(Root, "access", "scim")))
	f.Facts = []fact{
		{Label: "base URL", Copy: httpkit.BaseURL(q.BaseURL, q.r) + "/scim/v2"}, {Label: "source", Copy: c.Name},
		{Label: "kind", Parts: parts(say(c.Profile))},
		{Label: "account", Parts: parts(named(q.names.user(c.User).Text, link(Root, "users", directory.FormatID(c.User))))},
	}
	f.Data = page
	f.Calls = q.calls().cli("scim", "client", "list").native("scim/clients").list
	return q.show("access_scim_client", f)
}

// scimClient is the client of the path.
func (q *request) scimClient() (directory.SCIMClient, error) {
	name := q.r.PathValue("name")
	q.live.Release()
	list, err := q.SCIM.List(q.ctx())
	if err != nil {
		return directory.SCIMClient{}, err
	}
	i := slices.IndexFunc(list, func(c directory.SCIMClient) bool { return c.Name == name })
	if i < 0 {
		return directory.SCIMClient{}, directory.NotFound("SCIM client", name)
	}
	return list[i], nil
}

// editSCIMClient makes another token or releases what the guard holds, both at
// once, or puts the end of a token, or of the client, into the draft.
func editSCIMClient(q *request) error {
	if err := q.parseForm(); err != nil {
		return err
	}
	if err := q.needs(directory.Administer); err != nil {
		return err
	}
	c, err := q.scimClient()
	if err != nil {
		return err
	}
	switch q.typed("do") {
	case "rotate":
		return q.rotateSCIM(c.Name)
	case "release":
		return q.releaseSCIM(c.Name)
	case "end":
		return act(accessSCIMClient, func(*request) ([]directory.Edit, error) {
			return []directory.Edit{directory.DeleteUser{User: c.User}}, nil
		})(q)
	}
	return act(accessSCIMClient, func(q *request) ([]directory.Edit, error) {
		id, err := directory.ParseID[directory.CredentialID]("credential", q.typed("credential"))
		if err == nil && !slices.ContainsFunc(c.Tokens, func(t directory.SCIMToken) bool { return t.ID == id }) {
			err = directory.NotFound("token", id)
		}
		return []directory.Edit{directory.DeleteCredential{User: c.User, Credential: id}}, err
	})(q)
}

func (q *request) rotateSCIM(name string) error {
	var made directory.MadeSCIMToken
	oldFor, err := q.typedLife("old_for")
	life, bad := q.typedLife("valid_for")
	if err == nil {
		err = bad
	}
	if err == nil {
		made, err = q.SCIM.Rotate(q.ctx(), q.live, name, oldFor, life)
	}
	if err != nil {
		return q.refused(err, accessSCIMClient)
	}
	return q.showToken(&made)
}

// releaseSCIM lets a client remove what the guard has held.
func (q *request) releaseSCIM(name string) error {
	n, err := strconv.ParseInt(q.typed("removals"), 10, 64)
	if err != nil || n < 1 {
		return q.refused(directory.Invalid("removals", "must be a whole number above 0"), accessSCIMClient)
	}
	if _, err := q.SCIM.Release(q.ctx(), name, n); err != nil {
		return q.refused(err, accessSCIMClient)
	}
	q.Log.Info("removals of a SCIM client released", "client", name, "removals", n, "by", int64(q.caller.User))
	return q.see(link(Root, "access", "scim", name))
}
