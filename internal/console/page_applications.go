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
	Off         int // of them
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
	for i := range list {
		page.Rows = append(page.Rows, q.applicationRow(&list[i]))
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

func (q *request) applicationRow(u *directory.UserDetail) applicationRow {
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
			if c.Kind == directory.CredentialAPI && !c.Disabled && c.Identifier != id {
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

// An applicationPage is what one user, mostly a service account, logs in with.
type applicationPage struct {
	ID          string
	Credentials []apiCredential
	May         bool
	Form        form
	Access      string // the page about its roles
}

// An apiCredential is a client id.
type apiCredential struct {
	ID, ClientID string
	Disabled     bool
	CreatedAt    directory.Instant
	Drafted      []part
}

func accessApplication(q *request) error {
	id, err := directory.ParseID[directory.UserID]("user", q.r.PathValue("id"))
	if err != nil {
		return directory.NotFound("user", q.r.PathValue("id"))
	}
	u, err := q.dir.WholeUser(q.ctx(), id)
	if err != nil {
		return err
	}
	page := applicationPage{
		ID: directory.FormatID(id), May: q.may(directory.ManageUsers), Form: q.form(),
		Access: link(Root, "users", directory.FormatID(id), "access"),
	}
	for _, c := range u.Credentials {
		if c.Kind == directory.CredentialAPI {
			page.Credentials = append(page.Credentials, apiCredential{
				directory.FormatID(c.ID), c.Identifier, c.Disabled, c.CreatedAt,
				q.draftedAs(keyOf(directory.UpdateCredential{User: id, Credential: c.ID})),
			})
		}
	}
	f := q.accessFrame("Applications")
	f.Title, f.Kind, f.Path = userName(&u.UserRows), "Application",
		parts(named("Access", link(Root, "access", "applications")))
	if u.User.Kind != directory.KindService {
		f.Kind = "User"
	}
	f.Facts = userFacts(&u, nil)
	f.Data = page
	return q.show("access_application", f)
}

// editApplication makes another secret at once, or puts what is to happen to a
// credential into the draft.
func editApplication(q *request) error {
	if err := q.parseForm(); err != nil {
		return err
	}
	id, err := q.pathUserID()
	if err != nil {
		return directory.NotFound("user", q.r.PathValue("id"))
	}
	if q.typed("do") == "secret" {
		return q.commitSecret([]directory.Edit{directory.CreateAPICredential{User: id}}, 0,
			func(directory.Committed) directory.UserID { return id })
	}
	return act(accessApplication, editCredential)(q)
}

func editCredential(q *request) ([]directory.Edit, error) {
	user, err := q.pathUserID()
	if err != nil {
		return nil, err
	}
	id, err := directory.ParseID[directory.CredentialID]("credential", q.typed("credential"))
	if err != nil {
		return nil, err
	}
	yes, no := true, false
	switch q.typed("do") {
	case "disable":
		return []directory.Edit{directory.UpdateCredential{User: user, Credential: id, Disabled: &yes}}, nil
	case "enable":
		return []directory.Edit{directory.UpdateCredential{User: user, Credential: id, Disabled: &no}}, nil
	case "delete":
		return []directory.Edit{directory.DeleteCredential{User: user, Credential: id}}, nil
	}
	return nil, directory.Invalid("do", "must be disable, enable or delete")
}
