package access

import (
	"slices"

	"cohort/internal/console/draft"
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/console/users"
	"cohort/internal/directory"
)

// accessFrame returns the frame of the pages below Access. It leaves out tabs that the person
// may not see.
func accessFrame(q *pagekit.Request, current string) pagekit.Frame {
	all := []struct {
		name, path string
		shown      bool
	}{
		{"Roles", "", true},
		{"Applications", "applications", q.May(directory.SeeUsers) || q.May(directory.ManageUsers)},
		{"Sessions", "sessions", true},
		{"Sign-in", "sign-in", q.May(directory.Administer)},
		{"SCIM", "scim", q.May(directory.Administer)},
		{"Lock-outs", "lockouts", q.May(directory.Administer)},
		{"Reveals", "reveals", q.May(directory.SeeHistory) && q.May(directory.RevealHiddenValues)},
	}
	f := pagekit.Frame{Title: "Access", Section: "access", Search: " ", Calls: callsOfAccess(q, current)}
	for _, t := range all {
		if !t.shown {
			continue
		}
		href := pagekit.Link(pagekit.Root, "access")
		if t.path != "" {
			href = pagekit.Link(pagekit.Root, "access", t.path)
		}
		f.Tabs = append(f.Tabs, pagekit.Tab{Name: t.name, Href: href, Current: t.name == current})
	}
	return f
}

// A rolesPage lists roles.
type rolesPage struct {
	Rows    []roleLine
	May     bool
	New     bool
	Open    string
	Form    pagekit.Form
	Choices []pagekit.Choice // of permissions
}

// A roleLine is a role, with the number of its users.
type roleLine struct {
	Name        sentence.Part
	Permissions []string
	All         bool
	Users       int64
	Groups      []sentence.Part
	Drafted     []sentence.Part
}

func accessRoles(q *pagekit.Request) error {
	roles, err := q.Dir.AllRoles(q.Context())
	if err != nil {
		return err
	}
	page := rolesPage{May: q.May(directory.Administer), Form: q.Form(), Open: q.With("new", "1")}
	page.New = page.May && (q.Query.Get("new") != "" || page.Form.Problem != "")
	page.Choices = permissionChoices(nil)
	if q.Problem != nil {
		page.Choices = permissionChoices(q.R.PostForm["permission"])
	}
	ids := make([]directory.RoleID, len(roles))
	for i := range roles {
		ids[i] = roles[i].Role.ID
	}
	counts, err := q.Dir.RoleCounts(q.Context(), ids)
	if err != nil {
		return err
	}
	for i := range roles {
		line := newRoleLine(q, &roles[i])
		line.Users = counts[i]
		page.Rows = append(page.Rows, line)
	}
	f := accessFrame(q, "Roles")
	f.Data = page
	return q.Show("access_roles", f)
}

func newRoleLine(q *pagekit.Request, r *directory.RoleDetail) roleLine {
	id := r.Role.ID
	line := roleLine{
		Name:        sentence.Named(r.Role.Name, pagekit.Link(pagekit.Root, "access", "roles", directory.FormatID(id))),
		Permissions: r.PermissionSet.Permissions, All: r.PermissionSet.AllAccess,
		Drafted: drafting.As(q, draft.KeyOf(directory.UpdatePermissionSet{PermissionSet: r.PermissionSet.ID})),
	}
	if line.Drafted == nil {
		line.Drafted = drafting.As(q, draft.KeyOf(directory.DeleteRole{Role: id}))
	}
	groups, err := q.Dir.RoleGroups(q.Context(), id)
	if err != nil {
		return line
	}
	for i, g := range groups {
		if i == 3 {
			line.Groups = append(line.Groups, sentence.Quiet("+"+sentence.Itoa(len(groups)-3)))
			break
		}
		line.Groups = append(line.Groups, q.Names.Group(g))
	}
	return line
}

// permissionChoices returns the permissions as choices of a form.
func permissionChoices(chosen []string) []pagekit.Choice {
	var list []pagekit.Choice
	for _, name := range directory.AllPermissions.Names() {
		list = append(list, pagekit.Choice{ID: name, Name: name, Chosen: slices.Contains(chosen, name)})
	}
	return list
}

// newRole creates a role with the selected permissions.
func newRole(q *pagekit.Request) ([]directory.Edit, error) {
	name, err := directory.ParseRequiredName("name", q.Typed("name"))
	if err != nil {
		return nil, err
	}
	permissions, err := typedPermissions(q, nil)
	if err != nil {
		return nil, err
	}
	return []directory.Edit{
		directory.CreatePermissionSet{Name: name, Permissions: permissions},
		directory.CreateRole{Name: name, PermissionSet: directory.Made[directory.PermissionSetID](0),
			ModelSet: directory.AllModels},
	}, nil
}

// typedPermissions returns the selected permissions. It adds names in the set that are no
// permissions here, so that they stay.
func typedPermissions(q *pagekit.Request, set []string) ([]string, error) {
	known := directory.AllPermissions.Names()
	list := []string{}
	for _, name := range set {
		if !slices.Contains(known, name) {
			list = append(list, name)
		}
	}
	for _, name := range q.R.PostForm["permission"] {
		if !slices.Contains(known, name) {
			return nil, directory.Invalid("permission", "must be one of those on the page")
		}
		list = append(list, name)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// A rolePage is one role: its permissions, and who has it.
type rolePage struct {
	ID      string
	All     bool             // it has all permissions, and cannot be changed
	Choices []pagekit.Choice // of permissions
	Others  []string         // names that are permissions of other systems
	Shared  []sentence.Part  // other roles of the same permission set
	Drafted []sentence.Part
	May     bool
	Form    pagekit.Form
	Groups  []sentence.Part
	More    int // groups that are not shown
	Holders []users.Row
	Next    string
	First   string
	Total   string
}

func accessRole(q *pagekit.Request) error {
	role, err := pathRole(q)
	if err != nil {
		return err
	}
	known := directory.AllPermissions.Names()
	page := rolePage{
		ID: directory.FormatID(role.Role.ID), All: role.PermissionSet.AllAccess, May: q.May(directory.Administer),
		Form:    q.Form(),
		Choices: permissionChoices(role.PermissionSet.Permissions),
		Drafted: drafting.As(q, draft.KeyOf(directory.UpdatePermissionSet{PermissionSet: role.PermissionSet.ID})),
	}
	for _, name := range role.PermissionSet.Permissions {
		if !slices.Contains(known, name) {
			page.Others = append(page.Others, name)
		}
	}
	if err := roleHolders(q, &role, &page); err != nil {
		return err
	}
	f := accessFrame(q, "Roles")
	f.Calls = q.Calls().CLI("role", "show", role.Role.Name).Native("roles").
		Looker("roles/" + directory.FormatID(role.Role.ID)).List
	f.Title, f.Kind, f.Path = role.Role.Name, "Role", sentence.Parts(sentence.Named("Access", pagekit.Link(pagekit.Root,
		"access")))
	f.Facts = []pagekit.Fact{{Label: "id", Copy: page.ID}}
	f.Data = page
	return q.Show("access_role", f)
}

func pathRole(q *pagekit.Request) (directory.RoleDetail, error) {
	id, err := directory.ParseID[directory.RoleID]("role", q.R.PathValue("id"))
	if err != nil {
		return directory.RoleDetail{}, directory.NotFound("role", q.R.PathValue("id"))
	}
	list, err := q.Dir.Roles(q.Context(), []directory.RoleID{id})
	if err == nil && len(list) == 0 {
		err = directory.NotFound("role", id)
	}
	if err != nil {
		return directory.RoleDetail{}, err
	}
	return list[0], nil
}

// roleHolders loads the groups that give a role, and a page of the users who have it.
func roleHolders(q *pagekit.Request, role *directory.RoleDetail, page *rolePage) error {
	id := role.Role.ID
	groups, err := q.Dir.RoleGroups(q.Context(), id)
	if err != nil {
		return err
	}
	page.More = max(0, len(groups)-pagekit.RowsShown)
	for _, g := range groups[:min(pagekit.RowsShown, len(groups))] {
		page.Groups = append(page.Groups, q.Names.Group(g))
	}
	all, err := q.Dir.AllRoles(q.Context())
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.PermissionSet.ID == role.PermissionSet.ID && other.Role.ID != id {
			page.Shared = append(page.Shared,
				sentence.Named(other.Role.Name, pagekit.Link(pagekit.Root, "access", "roles", directory.FormatID(other.Role.ID))))
		}
	}
	where, err := q.Dir.RoleHolders(q.Context(), id, false)
	if err != nil {
		return err
	}
	list, first, next, err := users.Page(q, where)
	if err != nil {
		return err
	}
	page.First, page.Next = first, next
	for i := range list {
		page.Holders = append(page.Holders, users.NewRow(q, &list[i]))
	}
	return nil
}

// editRole changes the permissions of a role, or deletes it, with its permission set unless
// another role uses that.
func editRole(q *pagekit.Request) ([]directory.Edit, error) {
	role, err := pathRole(q)
	if err != nil {
		return nil, err
	}
	if q.Typed("do") != "delete" {
		permissions, err := typedPermissions(q, role.PermissionSet.Permissions)
		return []directory.Edit{directory.UpdatePermissionSet{PermissionSet: role.PermissionSet.ID,
			Permissions: &permissions}}, err
	}
	edits := []directory.Edit{directory.DeleteRole{Role: role.Role.ID}}
	all, err := q.Dir.AllRoles(q.Context())
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

// callsOfAccess returns the calls for a tab below Access. No API has sign-in providers.
func callsOfAccess(q *pagekit.Request, tab string) []pagekit.Call {
	switch tab {
	case "Roles":
		return q.Calls().CLI("role", "list").Native("roles").Looker("roles").List
	case "Applications":
		return q.Calls().CLI("user", "list").Native("users").Looker("users").List
	case "Sessions":
		return q.Calls().CLI("session", "list").Native("sessions").List
	case "SCIM":
		return q.Calls().CLI("scim", "client", "list").Native("scim/clients").List
	case "Lock-outs":
		return q.Calls().Looker("user_login_lockouts").List
	case "Reveals":
		return q.Calls().Native("reveals").List
	}
	return nil
}
