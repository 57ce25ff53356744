package console

import (
	"net/http"
	"slices"

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
	Form  form
	Roles []choice // empty without the permission to give them
}

// An applicationRow is a service account, and what it logs in with.
type applicationRow struct {
	Name        part
	Disabled    bool
	Roles       []part
	Credentials int
	Off         int               // of them
	UsedAt      directory.Instant // the last time that any of them was; 0 is never
}

func accessApplications(q *request) error {
	if !q.may(directory.SeeUsers) && !q.may(directory.ManageUsers) {
		return q.needs(directory.SeeUsers)
	}
	page := applicationsPage{May: q.may(directory.ManageUsers), Form: q.form(), Open: q.with("new", "1")}
	page.New = page.May && (q.query.Get("new") != "" || page.Form.Problem != "")
	list, first, next, err := q.usersPage(directory.UsersOfKind(directory.KindService))
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
	uses, err := q.lastUses(ids...)
	if err != nil {
		return err
	}
	for i := range list {
		page.Rows = append(page.Rows, q.applicationRow(&list[i], uses))
	}
	if page.New && q.may(directory.Administer) {
		if page.Roles, err = q.applicationRoles(); err != nil {
			return err
		}
	}
	f := q.accessFrame("Applications")
	f.Data = page
	return q.show("access_applications", f)
}

// lastUses returns when credentials were last used. The past has none: uses have no
// revision.
func (q *request) lastUses(ids ...directory.CredentialID) (directory.CredentialUses, error) {
	if q.past != 0 || len(ids) == 0 {
		return nil, nil //nolint:nilnil // no uses are an empty map
	}
	return q.Lockouts.LastUses(q.ctx(), ids...)
}

func (q *request) applicationRow(u *directory.UserDetail, uses directory.CredentialUses) applicationRow {
	row := applicationRow{
		Name:     named(userName(&u.UserRows), link(Root, "access", "applications", directory.FormatID(u.User.ID))),
		Disabled: u.User.Disabled,
	}
	for _, id := range u.AllRoles {
		row.Roles = append(row.Roles, q.names.role(id))
	}
	row.Roles = listed(row.Roles, 4)
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

// applicationRoles are roles for a new application; the preselected one only reads
// effective values.
func (q *request) applicationRoles() ([]choice, error) {
	all, err := q.dir.AllRoles(q.ctx())
	if err != nil {
		return nil, err
	}
	list := []choice{{"", "none", false}}
	chosen := false
	for _, r := range all {
		reads := slices.Equal(r.PermissionSet.Permissions, []string{directory.ReadEffective.String()})
		list = append(list, choice{directory.FormatID(r.Role.ID), r.Role.Name, reads && !chosen})
		chosen = chosen || reads
	}
	if !chosen {
		list = append(list, choice{newReader, readerName + " (new)", true})
	}
	return list, nil
}

// newReader stands for a role that only reads effective values, and is made with
// the application.
const newReader, readerName = "new", "Reads effective values"

// newApplication makes a service account with a credential. It is no part of a
// draft: its secret is on the reply alone, once.
func newApplication(q *request) error {
	if err := q.parseForm(); err != nil {
		return err
	}
	edits, err := q.applicationEdits()
	if err == nil {
		return q.commitSecret(edits, 1,
			func(done directory.Committed) directory.UserID { return directory.UserID(done.Results[0].ID) })
	}
	return q.refused(err, accessApplications)
}

// refused shows a page again with what was typed and what is wrong with it.
func (q *request) refused(err error, page func(*request) error) error {
	switch directory.KindOf(err) {
	case directory.KindInvalid, directory.KindMalformed, directory.KindConflict:
		q.problem = err
		return page(q)
	default:
		return err
	}
}

func (q *request) parseForm() error {
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, maxForm)
	if err := q.r.ParseForm(); err != nil {
		return directory.Malformed("form", "cannot be read")
	}
	return nil
}

func (q *request) applicationEdits() ([]directory.Edit, error) {
	name, err := directory.ParseRequiredName("name", q.typed("name"))
	if err != nil {
		return nil, err
	}
	me := directory.Made[directory.UserID](0)
	edits := []directory.Edit{
		directory.CreateUser{Kind: directory.KindService, FirstName: name}, directory.CreateAPICredential{User: me},
	}
	switch role := q.typed("role"); role {
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
	Of       part
	Rows     []secretRow
	Note     string
	Others   int               // credentials that are good beside it
	Ends     directory.Instant // when it does; 0 is never
	OldUntil directory.Instant // when the one before it ends; 0 if there is none
	Back     part
}

// A secretRow is a text to copy.
type secretRow struct{ Label, Text string }

// commitSecret makes a change one of whose edits makes a credential, and answers
// with the secret. It is nowhere else: not in the draft, a cookie or an address.
func (q *request) commitSecret(edits []directory.Edit, made int, of func(directory.Committed) directory.UserID) error {
	done, err := q.live.Commit(q.ctx(), directory.Change{Edits: edits})
	if err != nil {
		if asProof(err) {
			return err
		}
		return q.refused(err, q.applicationPage)
	}
	user := of(done)
	id, secret, base := done.Results[made].ClientID, done.Results[made].Secret, httpkit.BaseURL(q.BaseURL, q.r)
	page := secretPage{Of: q.names.user(user), Back: named("To the applications", link(Root, "access",
		"applications")), Rows: []secretRow{
		{"Client id", id}, {"Client secret", secret},
		{"Environment", "export COHORT_URL=" + base + " COHORT_CLIENT_ID=" + id + " COHORT_CLIENT_SECRET=" + secret},
		{"A token", "curl -s -d grant_type=client_credentials -d client_id=" + id + " -d client_secret=" + secret + " " +
			base + "/oauth2/token"},
	}}
	if u, err := q.dir.WholeUser(q.ctx(), user); err == nil {
		page.Of = named(userName(&u.UserRows), link(Root, "access", "applications", directory.FormatID(user)))
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
	f := q.accessFrame("Applications")
	f.Title, f.Data = "A new secret", page
	return q.showAs(http.StatusOK, "access_secret", f)
}

// applicationPage is the page that a form was sent from.
func (q *request) applicationPage(*request) error {
	if q.r.PathValue("id") != "" {
		return accessApplication(q)
	}
	return accessApplications(q)
}
