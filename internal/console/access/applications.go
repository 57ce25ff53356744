package access

import (
	"errors"
	"net/http"
	"slices"

	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/console/users"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// An applicationsPage lists service accounts.
type applicationsPage struct {
	Rows  []applicationRow
	Next  string
	First string
	May   bool
	New   bool
	Open  string
	Form  pagekit.Form
	Roles []pagekit.Choice // empty if the person may not assign roles
}

// An applicationRow is a service account, with a summary of its credentials.
type applicationRow struct {
	Name        sentence.Part
	Disabled    bool
	Roles       []sentence.Part
	Credentials int
	Off         int               // of the above
	UsedAt      directory.Instant // when any of them was last used; 0 means never
}

func accessApplications(q *pagekit.Request) error {
	if !q.May(directory.SeeUsers) && !q.May(directory.ManageUsers) {
		return q.Needs(directory.SeeUsers)
	}
	page := applicationsPage{May: q.May(directory.ManageUsers), Form: q.Form(), Open: q.With("new", "1")}
	page.New = page.May && (q.Query.Get("new") != "" || page.Form.Problem != "")
	list, first, next, err := users.Page(q, directory.UsersOfKind(directory.KindService))
	if err != nil {
		return err
	}
	page.First, page.Next = first, next
	var ids []directory.CredentialID
	for i := range list {
		for _, c := range list[i].Credentials {
			ids = append(ids, c.ID)
		}
	}
	uses, err := lastUses(q, ids...)
	if err != nil {
		return err
	}
	for i := range list {
		page.Rows = append(page.Rows, newApplicationRow(q, &list[i], uses))
	}
	if page.New && q.May(directory.Administer) {
		if page.Roles, err = applicationRoles(q); err != nil {
			return err
		}
	}
	f := accessFrame(q, "Applications")
	f.Data = page
	return q.Show("access_applications", f)
}

// lastUses returns when credentials were last used. A page of the past has none, because uses
// have no revision.
func lastUses(q *pagekit.Request, ids ...directory.CredentialID) (directory.CredentialUses, error) {
	if q.Past != 0 || len(ids) == 0 {
		return nil, nil //nolint:nilnil // no uses are an empty map
	}
	return q.Lockouts.LastUses(q.Context(), ids...)
}

func newApplicationRow(q *pagekit.Request, u *directory.UserDetail, uses directory.CredentialUses) applicationRow {
	row := applicationRow{
		Name: sentence.Named(sentence.UserName(&u.UserRows), pagekit.Link(pagekit.Root, "access", "applications",
			directory.FormatID(u.User.ID))),
		Disabled: u.User.Disabled,
	}
	for _, id := range u.AllRoles {
		row.Roles = append(row.Roles, q.Names.Role(id))
	}
	row.Roles = sentence.Listed(row.Roles, 4)
	for _, c := range u.Credentials {
		if c.Kind != directory.CredentialAPI {
			continue
		}
		row.Credentials++
		row.UsedAt = max(row.UsedAt, uses[c.ID])
		if c.Disabled {
			row.Off++
		}
	}
	return row
}

// applicationRoles returns the roles for a new application. It selects one that only reads
// effective values.
func applicationRoles(q *pagekit.Request) ([]pagekit.Choice, error) {
	all, err := q.Dir.AllRoles(q.Context())
	if err != nil {
		return nil, err
	}
	list := []pagekit.Choice{{Name: "none"}}
	chosen := false
	for _, r := range all {
		reads := slices.Equal(r.PermissionSet.Permissions, []string{directory.ReadEffective.String()})
		list = append(list, pagekit.Choice{ID: directory.FormatID(r.Role.ID), Name: r.Role.Name, Chosen: reads && !chosen})
		chosen = chosen || reads
	}
	if !chosen {
		list = append(list, pagekit.Choice{ID: newReader, Name: readerName + " (new)", Chosen: true})
	}
	return list, nil
}

// newReader stands for a role that only reads effective values and is created with the
// application.
const newReader, readerName = "new", "Reads effective values"

// newApplication creates a service account with a credential. It bypasses the draft, because
// only the reply has the secret.
func newApplication(q *pagekit.Request) error {
	if err := q.ParseForm(); err != nil {
		return err
	}
	edits, err := applicationEdits(q)
	if err == nil {
		return commitSecret(q, edits, 1,
			func(done directory.Committed) directory.UserID { return directory.UserID(done.Results[0].ID) })
	}
	return drafting.Refused(q, err, accessApplications)
}

func applicationEdits(q *pagekit.Request) ([]directory.Edit, error) {
	name, err := directory.ParseRequiredName("name", q.Typed("name"))
	if err != nil {
		return nil, err
	}
	me := directory.Made[directory.UserID](0)
	edits := []directory.Edit{
		directory.CreateUser{Kind: directory.KindService, FirstName: name}, directory.CreateAPICredential{User: me},
	}
	switch role := q.Typed("role"); role {
	case "":
		return edits, nil
	case newReader:
		return append(edits,
			directory.CreatePermissionSet{Name: readerName, Permissions: []string{directory.ReadEffective.String()}},
			directory.CreateRole{Name: readerName, PermissionSet: directory.Made[directory.PermissionSetID](2),
				ModelSet: directory.AllModels},
			directory.SetUserRoles{User: me, Roles: []directory.RoleID{directory.Made[directory.RoleID](3)}}), nil
	default:
		id, err := directory.ParseID[directory.RoleID]("role", role)
		return append(edits, directory.SetUserRoles{User: me, Roles: []directory.RoleID{id}}), err
	}
}

// A secretPage shows a new secret, once.
type secretPage struct {
	Of       sentence.Part
	Rows     []secretRow
	Note     string
	Others   int               // other valid credentials
	Ends     directory.Instant // when the secret expires; 0 means never
	OldUntil directory.Instant // when the previous secret expires; 0 if there is none
	Back     sentence.Part
}

// A secretRow is a text to copy.
type secretRow struct{ Label, Text string }

// commitSecret commits a change that creates a credential, and answers with the secret. The
// secret is never in a draft, a cookie or an address.
func commitSecret(q *pagekit.Request, edits []directory.Edit, made int,
	of func(directory.Committed) directory.UserID) error {
	done, err := q.Live.Commit(q.Context(), directory.Change{Edits: edits})
	if err != nil {
		if errors.Is(err, directory.ErrSignInAgain) {
			return err
		}
		return drafting.Refused(q, err, applicationForm)
	}
	user := of(done)
	id, secret, base := done.Results[made].ClientID, done.Results[made].Secret, httpkit.BaseURL(q.BaseURL, q.R)
	page := secretPage{Of: q.Names.User(user), Back: sentence.Named("Go to the applications", pagekit.Link(pagekit.Root,
		"access",
		"applications")), Rows: []secretRow{
		{"Client id", id}, {"Client secret", secret},
		{"Environment", "export COHORT_URL=" + base + " COHORT_CLIENT_ID=" + id + " COHORT_CLIENT_SECRET=" + secret},
		{"A token", "curl -s -d grant_type=client_credentials -d client_id=" + id + " -d client_secret=" + secret + " " +
			base + "/oauth2/token"},
	}}
	if u, err := q.Dir.WholeUser(q.Context(), user); err == nil {
		page.Of = sentence.Named(sentence.UserName(&u.UserRows), pagekit.Link(pagekit.Root, "access", "applications",
			directory.FormatID(user)))
		for _, c := range u.Credentials {
			switch {
			case c.Kind != directory.CredentialAPI || c.Identifier == id || !c.Good(directory.InstantOf(q.Now())):
			case c.ExpiresAt != 0:
				page.OldUntil = max(page.OldUntil, c.ExpiresAt)
			default:
				page.Others++
			}
		}
	}
	f := accessFrame(q, "Applications")
	f.Title, f.Data = "A new secret", page
	return q.ShowAs(http.StatusOK, "access_secret", f)
}

// applicationForm answers with the page that has the form.
func applicationForm(q *pagekit.Request) error {
	if q.R.PathValue("id") != "" {
		return accessApplication(q)
	}
	return accessApplications(q)
}
