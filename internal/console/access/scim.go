package access

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cohort/internal/console/draft"
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// A scimPage lists the clients, and what the removal guard holds.
type scimPage struct {
	Clients  []scimRow
	New      bool
	Open     string
	Form     pagekit.Form
	Profiles []pagekit.Choice
	Lives    []pagekit.Choice
}

// A scimRow is a client in the list.
type scimRow struct {
	directory.SCIMClient
	Page   sentence.Part
	UsedAt directory.Instant // when one of its tokens was last used; 0 means unknown
	Last   directory.SCIMEvent
	Others int // held requests besides the newest
}

// lives returns the choices for how long a token is valid.
func lives(chosen string) []pagekit.Choice {
	return pagekit.Choices(chosen, "", "forever", "2160h", "for 90 days", "8760h", "for a year")
}

func accessSCIM(q *pagekit.Request) error {
	if err := q.Needs(directory.Administer); err != nil {
		return err
	}
	q.Live.Release()
	list, err := q.SCIM.List(q.Context())
	if err != nil {
		return err
	}
	page := scimPage{Form: q.Form(), Open: q.With("new", "1")}
	page.New = q.Query.Get("new") != "" || page.Form.Problem != ""
	page.Profiles = pagekit.Choices(cmp.Or(page.Form.Typed["profile"], "generic"), "generic", "Other", "okta", "Okta",
		"entra", "Microsoft Entra")
	page.Lives = lives(page.Form.Typed["valid_for"])
	for _, c := range list {
		row := scimRow{SCIMClient: c, Page: sentence.Named(c.Name, pagekit.Link(pagekit.Root, "access", "scim", c.Name)),
			Others: len(c.Held) - 1}
		for _, t := range c.Tokens {
			row.UsedAt = max(row.UsedAt, t.UsedAt)
		}
		if all := eventsOf(&c); len(all) > 0 {
			row.Last = all[0]
		}
		page.Clients = append(page.Clients, row)
	}
	f := accessFrame(q, "SCIM")
	f.Data, f.Calls = page, q.Calls().CLI("scim", "client", "list").Native("scim/clients").List
	return q.Show("access_scim", f)
}

// eventsOf returns the requests of a client, newest first, each once.
func eventsOf(c *directory.SCIMClient) []directory.SCIMEvent {
	list := slices.Concat(c.Requests, c.Refused, c.Held)
	slices.SortStableFunc(list, func(a, b directory.SCIMEvent) int { return cmp.Compare(b.At, a.At) })
	return slices.CompactFunc(list, func(a, b directory.SCIMEvent) bool {
		return a.RequestID == b.RequestID &&
			a.At == b.At
	})
}

// newSCIM creates a client at once. Only the reply has its token.
func newSCIM(q *pagekit.Request) error {
	if err := q.ParseForm(); err != nil {
		return err
	}
	if err := q.Needs(directory.Administer); err != nil {
		return err
	}
	var made directory.MadeSCIMToken
	life, err := typedLife(q, "valid_for")
	if err == nil {
		made, err = q.SCIM.Create(q.Context(), q.Live, directory.NewSCIMClient{
			Name: q.Typed("name"), Profile: q.Typed("profile"), Adopt: q.Typed("adopt"), ValidFor: life,
		})
	}
	if err != nil {
		return drafting.Refused(q, err, accessSCIM)
	}
	return showToken(q, &made)
}

// oldLives returns the choices for how long a replaced secret stays valid.
func oldLives(chosen string) []pagekit.Choice {
	return pagekit.Choices(chosen, "0s", "expires now", "1h", "stays valid for an hour", "24h",
		"stays valid for a day", "168h", "stays valid for a week")
}

// typedLife parses a duration in the form; an empty field is 0.
func typedLife(q *pagekit.Request, field string) (time.Duration, error) {
	text := q.Typed(field)
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, directory.Invalid(field, "must be a duration, such as 24h")
	}
	return d, nil
}

// showToken shows a new token, once.
func showToken(q *pagekit.Request, made *directory.MadeSCIMToken) error {
	page := secretPage{
		Of: sentence.Named(made.Name, pagekit.Link(pagekit.Root, "access", "scim", made.Name)),
		Back: sentence.Named("Go to the client", pagekit.Link(pagekit.Root, "access",
			"scim", made.Name)),
		Rows: []secretRow{
			{"Base URL", httpkit.BaseURL(q.BaseURL, q.R) + "/scim/v2"}, {"Token", made.Token},
			{"Client id", made.ClientID}, {"Client secret", made.Secret},
		},
		Note: "The token is for a provider that sends a bearer token; id and secret are for one that uses HTTP Basic. " +
			"All of them are valid at /scim/v2 only.",
		Ends: made.ExpiresAt, OldUntil: made.OldUntil,
	}
	f := accessFrame(q, "SCIM")
	f.Title, f.Data = "A new token", page
	return q.ShowAs(http.StatusOK, "access_secret", f)
}

// A scimClientPage is one client, with its tokens and requests.
type scimClientPage struct {
	directory.SCIMClient
	Tokens  []scimTokenRow
	Events  []directory.SCIMEvent
	Only    bool // only refused requests
	Toggle  string
	Changes string // the address of its changes
	Others  int    // held requests besides the newest
	Form    pagekit.Form
	Lives   []pagekit.Choice
	OldFor  []pagekit.Choice
	Drafted []sentence.Part // what the draft makes of the client
}

// A scimTokenRow is a token, with its edit in the draft.
type scimTokenRow struct {
	directory.SCIMToken
	Ended   bool // whether it has expired
	Drafted []sentence.Part
}

func accessSCIMClient(q *pagekit.Request) error {
	if err := q.Needs(directory.Administer); err != nil {
		return err
	}
	c, err := scimClient(q)
	if err != nil {
		return err
	}
	page := scimClientPage{
		SCIMClient: c, Only: q.Query.Get("only") != "", Toggle: q.With("only", "refused"), Others: len(c.Held) - 1,
		Form:    q.Form(),
		Changes: pagekit.Root + "/changes?" + url.Values{"by": {directory.FormatID(c.User)}}.Encode(),
		Lives:   lives(""), OldFor: oldLives("24h"),
		Drafted: drafting.As(q, draft.KeyOf(directory.DeleteUser{User: c.User})),
	}
	now := directory.InstantOf(q.Now())
	for _, t := range c.Tokens {
		page.Tokens = append(page.Tokens, scimTokenRow{
			t, t.ExpiresAt != 0 && t.ExpiresAt <= now, drafting.As(q, draft.KeyOf(directory.DeleteCredential{Credential: t.ID})),
		})
	}
	page.Events = eventsOf(&c)
	if page.Only {
		page.Toggle = q.With("only", "")
		page.Events = slices.DeleteFunc(page.Events,
			func(e directory.SCIMEvent) bool { return e.Status < http.StatusBadRequest })
	}
	f := accessFrame(q, "SCIM")
	f.Title, f.Kind, f.Path = c.Name, "SCIM client", sentence.Parts(sentence.Named("Access", pagekit.Link(pagekit.Root,
		"access", "scim")))
	f.Facts = []pagekit.Fact{
		{Label: "base URL", Copy: httpkit.BaseURL(q.BaseURL, q.R) + "/scim/v2"}, {Label: "source", Copy: c.Name},
		{Label: "kind", Parts: sentence.Parts(sentence.Say(c.Profile))},
		{Label: "account", Parts: sentence.Parts(sentence.Named(q.Names.User(c.User).Text, pagekit.Link(pagekit.Root, "users",
			directory.FormatID(c.User))))},
	}
	f.Data = page
	f.Calls = q.Calls().CLI("scim", "client", "list").Native("scim/clients").List
	return q.Show("access_scim_client", f)
}

// scimClient returns the client in the path.
func scimClient(q *pagekit.Request) (directory.SCIMClient, error) {
	name := q.R.PathValue("name")
	q.Live.Release()
	list, err := q.SCIM.List(q.Context())
	if err != nil {
		return directory.SCIMClient{}, err
	}
	i := slices.IndexFunc(list, func(c directory.SCIMClient) bool { return c.Name == name })
	if i < 0 {
		return directory.SCIMClient{}, directory.NotFound("SCIM client", name)
	}
	return list[i], nil
}

// editSCIMClient creates another token or releases what the guard holds, both immediately; or
// it puts the deletion of a token or of the client into the draft.
func editSCIMClient(q *pagekit.Request) error {
	if err := q.ParseForm(); err != nil {
		return err
	}
	if err := q.Needs(directory.Administer); err != nil {
		return err
	}
	c, err := scimClient(q)
	if err != nil {
		return err
	}
	switch q.Typed("do") {
	case "rotate":
		return rotateSCIM(q, c.Name)
	case "release":
		return releaseSCIM(q, c.Name)
	case "end":
		return drafting.Act(accessSCIMClient, func(*pagekit.Request) ([]directory.Edit, error) {
			return []directory.Edit{directory.DeleteUser{User: c.User}}, nil
		})(q)
	}
	return drafting.Act(accessSCIMClient, func(q *pagekit.Request) ([]directory.Edit, error) {
		id, err := directory.ParseID[directory.CredentialID]("credential", q.Typed("credential"))
		if err == nil && !slices.ContainsFunc(c.Tokens, func(t directory.SCIMToken) bool { return t.ID == id }) {
			err = directory.NotFound("token", id)
		}
		return []directory.Edit{directory.DeleteCredential{User: c.User, Credential: id}}, err
	})(q)
}

func rotateSCIM(q *pagekit.Request, name string) error {
	var made directory.MadeSCIMToken
	oldFor, err := typedLife(q, "old_for")
	life, bad := typedLife(q, "valid_for")
	if err == nil {
		err = bad
	}
	if err == nil {
		made, err = q.SCIM.Rotate(q.Context(), q.Live, name, oldFor, life)
	}
	if err != nil {
		return drafting.Refused(q, err, accessSCIMClient)
	}
	return showToken(q, &made)
}

// releaseSCIM allows a client the removals that the guard holds.
func releaseSCIM(q *pagekit.Request, name string) error {
	n, err := strconv.ParseInt(q.Typed("removals"), 10, 64)
	if err != nil || n < 1 {
		return drafting.Refused(q, directory.Invalid("removals", "must be a whole number above 0"), accessSCIMClient)
	}
	if _, err := q.SCIM.Release(q.Context(), name, n); err != nil {
		return drafting.Refused(q, err, accessSCIMClient)
	}
	q.Log.Info("removals of a SCIM client released", "client", name, "removals", n, "by", int64(q.Caller.User))
	return q.Redirect(pagekit.Link(pagekit.Root, "access", "scim", name))
}
