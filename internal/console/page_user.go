package console

import (
	"slices"
	"strings"

	"cohort/internal/console/draft"
	"cohort/internal/directory"
)

// loadUser loads the user of the path, and the frame that its pages share.
func (q *request) loadUser(current string) (u directory.UserDetail, f frame, err error) {
	id, err := directory.ParseID[directory.UserID]("user", q.r.PathValue("id"))
	if err != nil {
		return u, f, directory.NotFound("user", q.r.PathValue("id"))
	}
	if u, err = q.dir.WholeUser(q.ctx(), id); err != nil {
		return u, f, err
	}
	refs, err := q.dir.Sources(q.ctx(), directory.Object{Kind: directory.ObjectUser, ID: int64(id)})
	if err != nil {
		return u, f, err
	}
	text := directory.FormatID(id)
	f = frame{Title: userName(&u.UserRows), Section: "users", Kind: "User", Search: " ", About: objectOf(id)}
	if u.User.Kind == directory.KindService {
		f.Kind = "Service account"
	}
	f.Tabs = q.tabs(current, "users", text, []tab{
		{Name: "Values"}, {Name: "Groups", Count: itoa(len(u.Memberships))}, {Name: "Access"}, {Name: "History"},
	})
	f.Facts, f.Calls = userFacts(&u, refs), q.callsOfUser(id, current)
	return u, f, nil
}

func userFacts(u *directory.UserDetail, refs [][]directory.SourceReference) []fact {
	facts := []fact{{Label: "id", Copy: directory.FormatID(u.User.ID)}}
	if email := u.Email(); email != "" {
		facts = append(facts, fact{Label: "e-mail", Copy: email})
	}
	if u.User.Disabled {
		facts = append(facts, fact{Parts: parts(part{Text: "disabled", Kind: "warning"})})
	}
	return append(facts, sourceFacts(refs)...)
}

func sourceFacts(refs [][]directory.SourceReference) (facts []fact) {
	for _, list := range refs {
		for _, r := range list {
			facts = append(facts, fact{Label: r.Source, Copy: r.SourceID})
		}
	}
	return facts
}

// tabs gives the tabs of a thing their addresses. The first is the thing's own.
func (q *request) tabs(current, section, id string, list []tab) []tab {
	for i := range list {
		name := strings.ToLower(list[i].Name)
		list[i].Current = name == current
		list[i].Href = q.to(section, id)
		if i > 0 {
			list[i].Href = q.to(section, id, name)
		}
	}
	return list
}

// A valuesPage is a part of the values of a user or a group.
type valuesPage struct {
	Query   string
	Rows    []valueRow
	Next    string
	Prev    string
	Total   int
	Shown   string
	Owner   string // user or group
	Only    string // own: only own values
	Here    string
	Compare string // the address of the comparison with another user
	MaySet  bool
}

// A valueRow is one attribute of a user or a group.
type valueRow struct {
	Attribute part
	Label     string
	Type      string
	Value     value
	Chip      chip
	Own       bool
	Window    string
	Why       string
	Key       string // names the row
	Edit      string // the address of the form; empty without the permission
	Editor    *editor
	Drafted   []part
}

func userValues(q *request) error {
	u, f, err := q.loadUser("values")
	if err != nil {
		return err
	}
	list, err := q.dir.Effective(q.ctx(), u.User.ID, nil)
	if err != nil {
		return err
	}
	own := map[directory.AttributeID]directory.Window{}
	for _, v := range u.Values {
		own[v.Attribute] = v.Window
	}
	page, shown, err := q.valuesPage("user", list, func(id directory.AttributeID) bool { _, ok := own[id]; return ok })
	if err != nil {
		return err
	}
	for _, s := range shown {
		row := q.valueRow(&s.attribute, &s.Effective)
		if w, ok := own[s.attribute.ID]; ok {
			row.Own = true
			row.Window = q.windowNote(w)
		}
		row.Why = q.to("users", directory.FormatID(u.User.ID), "why", s.attribute.Name)
		q.editUserRow(&row, &u, &s.attribute)
		page.Rows = append(page.Rows, row)
	}
	page.Here, page.MaySet = q.with(), q.may(directory.SetValues)
	page.Compare = q.compareWith(u.User.ID)
	f.Data = page
	return q.show("user_values", f)
}

// editUserRow adds to a row what the person may do with it.
func (q *request) editUserRow(row *valueRow, u *directory.UserDetail, a *directory.Attribute) {
	if !q.mayChange(directory.SetValues) && (q.past != 0 || !u.Self || !a.UserCanEdit) {
		return
	}
	row.Edit = q.with("edit", a.Name) + "#row-" + a.Name
	row.Drafted = q.draftedAs(draft.KeyOf(directory.SetUserValue{User: u.User.ID, Attribute: a.ID}))
	if q.query.Get("edit") != a.Name {
		return
	}
	own := directory.UserValue{}
	for _, v := range u.Values {
		if v.Attribute == a.ID {
			own = v
		}
	}
	row.Editor = q.editorOf(draft.KeyOf(directory.SetUserValue{User: u.User.ID, Attribute: a.ID}), a, row.Own, own.Value,
		own.Window)
}

// A seen is an effective value with its attribute.
type seen struct {
	directory.Effective
	attribute directory.Attribute
}

// valuesPage picks the values that a page shows: those of attributes that
// people made, by name, that fit the filter.
func (q *request) valuesPage(
	owner string, list []directory.Effective, own func(directory.AttributeID) bool,
) (page valuesPage, shown []seen, err error) {
	page = valuesPage{Query: strings.TrimSpace(q.query.Get("q")), Owner: owner, Only: q.query.Get("only")}
	attrs, err := q.dir.Attributes(q.ctx())
	if err != nil {
		return page, nil, err
	}
	byID := map[directory.AttributeID]*directory.Attribute{}
	for i := range attrs {
		byID[attrs[i].ID] = &attrs[i]
	}
	key := directory.Fold(page.Query)
	for _, e := range list {
		a, ok := byID[e.Attribute]
		if !ok || a.ID.Computed() || page.Only == "own" && !own(a.ID) {
			continue
		}
		if key == "" || strings.Contains(a.Name, key) || strings.Contains(directory.Fold(a.Label), key) {
			shown = append(shown, seen{e, *a})
		}
	}
	slices.SortFunc(shown, func(a, b seen) int { return strings.Compare(a.attribute.Name, b.attribute.Name) })
	page.Total = len(shown)
	from, to := q.slice(len(shown), &page.Prev, &page.Next)
	page.Shown = rangeText(from, to, len(shown))
	return page, shown[from:to], nil
}

// pageStart is where the page begins that the parameter page asks for.
func (q *request) pageStart() int {
	p, err := directory.ParseID[directory.Revision]("page", q.query.Get("page"))
	if err != nil || p < 1 || p > 1<<31 {
		return 0
	}
	return (int(p) - 1) * rowsShown
}

// slice cuts a list that is in memory into pages, by the parameter page.
func (q *request) slice(n int, prev, next *string) (from, to int) {
	number := 1
	if p, err := directory.ParseID[directory.Revision]("page", q.query.Get("page")); err == nil &&
		int(p)-1 <= n/rowsShown {
		number = int(p)
	}
	from = min((number-1)*rowsShown, n)
	to = min(from+rowsShown, n)
	if number > 1 {
		*prev = q.with("page", itoa(number-1))
	}
	if to < n {
		*next = q.with("page", itoa(number+1))
	}
	return from, to
}

func rangeText(from, to, n int) string {
	if n <= rowsShown {
		return number(itoa(n))
	}
	return number(itoa(from+1)) + "–" + number(itoa(to)) + " of " + number(itoa(n))
}

func (q *request) valueRow(a *directory.Attribute, e *directory.Effective) valueRow {
	return valueRow{
		Attribute: named(a.Name, q.to("attributes", a.Name)), Label: a.Label, Type: string(a.Type), Key: a.Name,
		Value: effectiveValue(a, e, q.Language), Chip: q.chipOf(e),
	}
}

// windowNote says when a window is open, if it is not always.
func (q *request) windowNote(w directory.Window) string {
	if w.Always() {
		return ""
	}
	text := strings.TrimPrefix(windowText(w), " ")
	if !w.InForce(q.now()) {
		text += " (not in force)"
	}
	return text
}

// A memberRow is a group that a user is in, or a group in a group.
type memberRow struct {
	Group   part
	Path    string
	Window  string
	First   bool
	ID      string
	Drafted []part
}

// A userGroupsPage is where a user is a member, and through which groups.
type userGroupsPage struct {
	Rows     []memberRow
	Through  []memberRow
	More     int // of these, that are not shown
	Everyone part
	Total    int
	Next     string
	Prev     string
	Form     form
	May      bool
}

func userGroups(q *request) error {
	u, f, err := q.loadUser("groups")
	if err != nil {
		return err
	}
	page := userGroupsPage{Everyone: q.names.group(directory.AllUsers), Total: len(u.Memberships)}
	from, to := q.slice(len(u.Memberships), &page.Prev, &page.Next)
	direct := map[directory.GroupID]bool{}
	for i, m := range u.Memberships {
		direct[m.Group] = true
		if i >= from && i < to {
			page.Rows = append(page.Rows, memberRow{
				Group: q.names.group(m.Group), Path: q.pathText(m.Group), Window: q.windowNote(m.Window), First: i == 0,
				ID:      directory.FormatID(m.Group),
				Drafted: q.draftedAs(draft.KeyOf(directory.AddMember{Group: m.Group, User: u.User.ID})),
			})
		}
	}
	all, err := q.dir.AllGroupsOf(q.ctx(), u.User.ID)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(id directory.GroupID) bool { return direct[id] })
	page.More = max(0, len(all)-rowsShown)
	for _, id := range all[:len(all)-page.More] {
		page.Through = append(page.Through, memberRow{Group: q.names.group(id), Path: q.pathText(id)})
	}
	slices.SortFunc(page.Through, func(a, b memberRow) int { return strings.Compare(a.Group.Text, b.Group.Text) })
	page.Form, page.May = q.form(), q.mayChange(directory.ManageGroups) || q.mayChange(directory.ManageUsers)
	f.Data = page
	return q.show("user_groups", f)
}

// A userAccessPage is what a user may do, and how it identifies itself.
type userAccessPage struct {
	Facets      []facetRow
	Roles       []roleRow
	Permissions []string
	Credentials []credentialRow
	AllRoles    []choice
	MayManage   bool
	MayGrant    bool
	Form        form
	First, Last string
	Email       string
	Disabled    bool
	Name        string
}

// A choice is one of several in a form.
type choice struct {
	ID, Name string
	Chosen   bool
}

// A roleRow is a role, and why somebody has it.
type roleRow struct {
	Role        part
	Direct      bool
	Through     []part // groups that give it
	Permissions []string
}

// A credentialRow is a way to identify a user.
type credentialRow struct {
	Kind, Identifier string
	credentialTimes
}

func userAccess(q *request) error {
	u, f, err := q.loadUser("access")
	if err != nil {
		return err
	}
	roles, err := q.dir.Roles(q.ctx(), u.AllRoles)
	if err != nil {
		return err
	}
	in, err := q.dir.AllGroupsOf(q.ctx(), u.User.ID)
	if err != nil {
		return err
	}
	page := userAccessPage{Facets: q.facetRows(f.About)}
	all := directory.Permissions(0)
	for _, r := range roles {
		p := directory.PermissionsOf(r.PermissionSet.Permissions)
		if r.PermissionSet.AllAccess {
			p = directory.AllPermissions
		}
		all |= p
		page.Roles = append(page.Roles, roleRow{
			Role:   named(r.Role.Name, link(Root, "access", "roles", directory.FormatID(r.Role.ID))),
			Direct: slices.Contains(u.Roles, r.Role.ID), Permissions: r.PermissionSet.Permissions,
			Through: q.giversOf(r.Role.ID, in),
		})
	}
	page.Permissions = all.Names()
	uses, err := q.lastUses(credentialIDs(u.Credentials)...)
	if err != nil {
		return err
	}
	for _, c := range u.Credentials {
		page.Credentials = append(page.Credentials, credentialRow{string(c.Kind), c.Shown, q.timesOf(&c, uses)})
		if c.Shown == "" {
			page.Credentials[len(page.Credentials)-1].Identifier = c.Identifier
		}
	}
	page.MayManage, page.MayGrant, page.Form = q.mayChange(directory.ManageUsers), q.mayChange(directory.Administer),
		q.form()
	page.First, page.Last, page.Email = u.User.FirstName, u.User.LastName, u.User.ContactEmail
	page.Disabled, page.Name = u.User.Disabled, f.Title
	if page.MayGrant {
		if page.AllRoles, err = q.roleChoices(u.Roles); err != nil {
			return err
		}
	}
	f.Data = page
	return q.show("user_access", f)
}

func (q *request) roleChoices(held []directory.RoleID) ([]choice, error) {
	all, err := q.dir.AllRoles(q.ctx())
	if err != nil {
		return nil, err
	}
	var list []choice
	for _, r := range all {
		list = append(list, choice{directory.FormatID(r.Role.ID), r.Role.Name, slices.Contains(held, r.Role.ID)})
	}
	return list, nil
}

// A form is what was typed and refused.
type form struct {
	Field, Problem string
	Typed          map[string]string
}

// form is what was typed on this page, if it was refused.
func (q *request) form() form {
	f := form{Typed: map[string]string{}}
	if q.problem == nil {
		return f
	}
	f.Field, f.Problem = problemOf(q.problem)
	for name := range q.r.PostForm {
		f.Typed[name] = q.r.PostForm.Get(name)
	}
	return f
}

func userHistory(q *request) error {
	u, f, err := q.loadUser("history")
	if err != nil {
		return err
	}
	return q.showHistory(f, directory.Object{Kind: directory.ObjectUser, ID: int64(u.User.ID)})
}

// showHistory shows the changes that touched an object, under its frame.
func (q *request) showHistory(f frame, object directory.Object) error {
	page, err := q.history(directory.ChangeQuery{Object: &object})
	if err != nil {
		return err
	}
	page.Of = f.Title
	f.Data = page
	return q.show("history", f)
}
