package console

import (
	"slices"

	"cohort/internal/console/draft"
	"cohort/internal/directory"
)

// accessRoutes are the pages about who may come in and do what, and the server.
// They are about the present only.
func (c *console) accessRoutes() []route {
	return []route{
		{"GET", "/access", false, accessRoles},
		{"POST", "/access", false, act(accessRoles, newRole)},
		{"GET", "/access/roles/{id}", false, accessRole},
		{"POST", "/access/roles/{id}", false, act(accessRole, editRole)},
		{"GET", "/access/applications", false, accessApplications},
		{"POST", "/access/applications", false, newApplication},
		{"GET", "/access/applications/{id}", false, accessApplication},
		{"POST", "/access/applications/{id}", false, editApplication},
		{"GET", "/access/sessions", false, accessSessions},
		{"POST", "/access/sessions", false, endSession},
		{"GET", "/access/sign-in", false, accessSignIn},
		{"GET", "/access/scim", false, accessSCIM},
		{"POST", "/access/scim", false, newSCIM},
		{"GET", "/access/scim/{name}", false, accessSCIMClient},
		{"POST", "/access/scim/{name}", false, editSCIMClient},
		{"GET", "/access/lockouts", false, accessLockouts},
		{"POST", "/access/lockouts", false, clearLockout},
		{"GET", "/access/reveals", false, accessReveals},
		{"GET", "/system", false, system},
	}
}

// accessFrame is the frame of the pages about who may come in and do what. Tabs
// that the person has nothing to see on are left out.
func (q *request) accessFrame(current string) frame {
	all := []struct {
		name, path string
		shown      bool
	}{
		{"Roles", "", true},
		{"Applications", "applications", q.may(directory.SeeUsers) || q.may(directory.ManageUsers)},
		{"Sessions", "sessions", true},
		{"Sign-in", "sign-in", q.may(directory.Administer)},
		{"SCIM", "scim", q.may(directory.Administer)},
		{"Lock-outs", "lockouts", q.may(directory.Administer)},
		{"Reveals", "reveals", q.may(directory.SeeHistory) && q.may(directory.RevealHiddenValues)},
	}
	f := frame{Title: "Access", Section: "access", Search: " ", Calls: q.callsOfAccess(current)}
	for _, t := range all {
		if !t.shown {
			continue
		}
		href := link(Root, "access")
		if t.path != "" {
			href = link(Root, "access", t.path)
		}
		f.Tabs = append(f.Tabs, tab{Name: t.name, Href: href, Current: t.name == current})
	}
	return f
}

// needs refuses a page to whoever lacks a permission.
func (q *request) needs(p directory.Permission) error {
	if q.may(p) {
		return nil
	}
	return directory.Forbidden("the permission %s is needed", p)
}

// A rolesPage lists roles.
type rolesPage struct {
	Rows    []roleLine
	May     bool
	New     bool
	Open    string
	Form    form
	Choices []choice // of permissions
}

// A roleLine is a role, and how many hold it.
type roleLine struct {
	Name        part
	Permissions []string
	All         bool
	Users       int64
	Groups      []part
	Drafted     []part
}

func accessRoles(q *request) error {
	roles, err := q.dir.AllRoles(q.ctx())
	if err != nil {
		return err
	}
	page := rolesPage{May: q.may(directory.Administer), Form: q.form(), Open: q.with("new", "1")}
	page.New = page.May && (q.query.Get("new") != "" || page.Form.Problem != "")
	page.Choices = permissionChoices(nil)
	if q.problem != nil {
		page.Choices = permissionChoices(q.r.PostForm["permission"])
	}
	ids := make([]directory.RoleID, len(roles))
	for i := range roles {
		ids[i] = roles[i].Role.ID
	}
	counts, err := q.dir.RoleCounts(q.ctx(), ids)
	if err != nil {
		return err
	}
	for i := range roles {
		line := q.roleLine(&roles[i])
		line.Users = counts[i]
		page.Rows = append(page.Rows, line)
	}
	f := q.accessFrame("Roles")
	f.Data = page
	return q.show("access_roles", f)
}

func (q *request) roleLine(r *directory.RoleDetail) roleLine {
	id := r.Role.ID
	line := roleLine{
		Name:        named(r.Role.Name, link(Root, "access", "roles", directory.FormatID(id))),
		Permissions: r.PermissionSet.Permissions, All: r.PermissionSet.AllAccess,
		Drafted: q.draftedAs(draft.KeyOf(directory.UpdatePermissionSet{PermissionSet: r.PermissionSet.ID})),
	}
	if line.Drafted == nil {
		line.Drafted = q.draftedAs(draft.KeyOf(directory.DeleteRole{Role: id}))
	}
	groups, err := q.dir.RoleGroups(q.ctx(), id)
	if err != nil {
		return line
	}
	for i, g := range groups {
		if i == 3 {
			line.Groups = append(line.Groups, quiet("+"+itoa(len(groups)-3)))
			break
		}
		line.Groups = append(line.Groups, q.names.group(g))
	}
	return line
}

// permissionChoices are the permissions, for a form.
func permissionChoices(chosen []string) []choice {
	var list []choice
	for _, name := range directory.AllPermissions.Names() {
		list = append(list, choice{name, name, slices.Contains(chosen, name)})
	}
	return list
}

// newRole makes a role of the permissions that are ticked.
func newRole(q *request) ([]directory.Edit, error) {
	name, err := directory.ParseRequiredName("name", q.typed("name"))
	if err != nil {
		return nil, err
	}
	permissions, err := q.typedPermissions(nil)
	if err != nil {
		return nil, err
	}
	return []directory.Edit{
		directory.CreatePermissionSet{Name: name, Permissions: permissions},
		directory.CreateRole{Name: name, PermissionSet: directory.Made[directory.PermissionSetID](0),
			ModelSet: directory.AllModels},
	}, nil
}

// typedPermissions are those that are ticked, and the names of the set that mean
// nothing here, which stay.
func (q *request) typedPermissions(set []string) ([]string, error) {
	known := directory.AllPermissions.Names()
	list := []string{}
	for _, name := range set {
		if !slices.Contains(known, name) {
			list = append(list, name)
		}
	}
	for _, name := range q.r.PostForm["permission"] {
		if !slices.Contains(known, name) {
			return nil, directory.Invalid("permission", "must be one of those on the page")
		}
		list = append(list, name)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// A rolePage is one role: what it gives, and who holds it.
type rolePage struct {
	ID      string
	All     bool     // it gives everything, and stays as it is
	Choices []choice // of permissions
	Others  []string // names of permissions that mean something elsewhere
	Shared  []part   // other roles of the same permission set
	Drafted []part
	May     bool
	Form    form
	Groups  []part
	More    int // groups that are not shown
	Holders []userRow
	Next    string
	First   string
	Total   string
}

func accessRole(q *request) error {
	role, err := q.pathRole()
	if err != nil {
		return err
	}
	known := directory.AllPermissions.Names()
	page := rolePage{
		ID: directory.FormatID(role.Role.ID), All: role.PermissionSet.AllAccess, May: q.may(directory.Administer),
		Form:    q.form(),
		Choices: permissionChoices(role.PermissionSet.Permissions),
		Drafted: q.draftedAs(draft.KeyOf(directory.UpdatePermissionSet{PermissionSet: role.PermissionSet.ID})),
	}
	for _, name := range role.PermissionSet.Permissions {
		if !slices.Contains(known, name) {
			page.Others = append(page.Others, name)
		}
	}
	if err := q.roleHolders(&role, &page); err != nil {
		return err
	}
	f := q.accessFrame("Roles")
	f.Calls = q.calls().cli("role", "show", role.Role.Name).native("roles").
		looker("roles/" + directory.FormatID(role.Role.ID)).list
	f.Title, f.Kind, f.Path = role.Role.Name, "Role", parts(named("Access", link(Root, "access")))
	f.Facts = []fact{{Label: "id", Copy: page.ID}}
	f.Data = page
	return q.show("access_role", f)
}

func (q *request) pathRole() (directory.RoleDetail, error) {
	id, err := directory.ParseID[directory.RoleID]("role", q.r.PathValue("id"))
	if err != nil {
		return directory.RoleDetail{}, directory.NotFound("role", q.r.PathValue("id"))
	}
	list, err := q.dir.Roles(q.ctx(), []directory.RoleID{id})
	if err == nil && len(list) == 0 {
		err = directory.NotFound("role", id)
	}
	if err != nil {
		return directory.RoleDetail{}, err
	}
	return list[0], nil
}

// roleHolders loads who has a role: groups that give it, and users by page.
func (q *request) roleHolders(role *directory.RoleDetail, page *rolePage) error {
	id := role.Role.ID
	groups, err := q.dir.RoleGroups(q.ctx(), id)
	if err != nil {
		return err
	}
	page.More = max(0, len(groups)-rowsShown)
	for _, g := range groups[:min(rowsShown, len(groups))] {
		page.Groups = append(page.Groups, q.names.group(g))
	}
	all, err := q.dir.AllRoles(q.ctx())
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.PermissionSet.ID == role.PermissionSet.ID && other.Role.ID != id {
			page.Shared = append(page.Shared,
				named(other.Role.Name, link(Root, "access", "roles", directory.FormatID(other.Role.ID))))
		}
	}
	where, err := q.dir.RoleHolders(q.ctx(), id, false)
	if err != nil {
		return err
	}
	list, first, next, err := q.usersPage(where)
	if err != nil {
		return err
	}
	page.First, page.Next = first, next
	for i := range list {
		page.Holders = append(page.Holders, q.userRow(&list[i]))
	}
	return nil
}

// usersPage returns a page of the users of a kind, by id, from where the query says
// that the page before ended, and the links to the first page and the next one.
func (q *request) usersPage(where directory.UserFilter) (list []directory.UserDetail, first, next string, err error) {
	and := directory.UsersAnd{where}
	if text := q.query.Get("after"); text != "" {
		after, err := directory.ParseID[directory.UserID]("after", text)
		if err != nil {
			return nil, "", "", err
		}
		and = append(and, directory.UsersAfter(after))
		first = q.with("after", "")
	}
	list, _, err = q.dir.Users(q.ctx(), directory.UserQuery{Where: and, Limit: rowsShown + 1, Uncounted: true})
	if err != nil {
		return nil, "", "", err
	}
	if len(list) > rowsShown {
		list = list[:rowsShown]
		next = q.with("after", directory.FormatID(list[rowsShown-1].User.ID))
	}
	return list, first, next, nil
}

// editRole changes what a role gives, or deletes it, with a permission set that no
// other role uses.
func editRole(q *request) ([]directory.Edit, error) {
	role, err := q.pathRole()
	if err != nil {
		return nil, err
	}
	if q.typed("do") != "delete" {
		permissions, err := q.typedPermissions(role.PermissionSet.Permissions)
		return []directory.Edit{directory.UpdatePermissionSet{PermissionSet: role.PermissionSet.ID,
			Permissions: &permissions}}, err
	}
	edits := []directory.Edit{directory.DeleteRole{Role: role.Role.ID}}
	all, err := q.dir.AllRoles(q.ctx())
	if err != nil {
		return nil, err
	}
	used := func(r directory.RoleDetail) bool {
		return r.PermissionSet.ID == role.PermissionSet.ID && r.Role.ID != role.Role.ID
	}
	if !slices.ContainsFunc(all, used) && !role.PermissionSet.AllAccess {
		edits = append(edits, directory.DeletePermissionSet{PermissionSet: role.PermissionSet.ID})
	}
	return edits, nil
}
