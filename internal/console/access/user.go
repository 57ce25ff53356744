package access

import (
	"slices"

	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/console/users"
	"cohort/internal/directory"
)

// A userAccessPage lists the permissions, roles and credentials of a user.
type userAccessPage struct {
	Facets      []facetRow
	Roles       []roleRow
	Permissions []string
	Credentials []credentialRow
	AllRoles    []pagekit.Choice
	MayManage   bool
	MayGrant    bool
	Form        pagekit.Form
	First, Last string
	Email       string
	Disabled    bool
	Name        string
}

// A roleRow is a role, and why the user has it.
type roleRow struct {
	Role        sentence.Part
	Direct      bool
	Through     []sentence.Part // groups that give it
	Permissions []string
}

// A credentialRow is a way to identify a user.
type credentialRow struct {
	Kind, Identifier string
	credentialTimes
}

// editUser changes the fields, the state or the roles of a user, or deletes the user.
func editUser(q *pagekit.Request) ([]directory.Edit, error) {
	user, err := q.PathUserID()
	if err != nil {
		return nil, err
	}
	yes, no := true, false
	switch q.Typed("do") {
	case "disable":
		return []directory.Edit{directory.UpdateUser{User: user, Disabled: &yes}}, nil
	case "enable":
		return []directory.Edit{directory.UpdateUser{User: user, Disabled: &no}}, nil
	case "delete":
		return []directory.Edit{directory.DeleteUser{User: user}}, nil
	case "roles":
		roles, err := typedRoles(q)
		return []directory.Edit{directory.SetUserRoles{User: user, Roles: roles}}, err
	}
	first, err := directory.ParseName("first_name", q.Typed("first_name"))
	if err != nil {
		return nil, err
	}
	last, err := directory.ParseName("last_name", q.Typed("last_name"))
	if err != nil {
		return nil, err
	}
	email := q.Typed("email")
	if email != "" {
		if email, err = directory.ParseEmail("email", email); err != nil {
			return nil, err
		}
	}
	return []directory.Edit{directory.UpdateUser{User: user, FirstName: &first, LastName: &last, ContactEmail: &email}},
		nil
}

func typedRoles(q *pagekit.Request) ([]directory.RoleID, error) {
	roles := []directory.RoleID{}
	for _, text := range q.R.PostForm["role"] {
		id, err := directory.ParseID[directory.RoleID]("role", text)
		if err != nil {
			return nil, err
		}
		roles = append(roles, id)
	}
	slices.Sort(roles)
	return slices.Compact(roles), nil
}

func userAccess(q *pagekit.Request) error {
	u, f, err := users.Load(q, "access")
	if err != nil {
		return err
	}
	roles, err := q.Dir.Roles(q.Context(), u.AllRoles)
	if err != nil {
		return err
	}
	in, err := q.Dir.AllGroupsOf(q.Context(), u.User.ID)
	if err != nil {
		return err
	}
	page := userAccessPage{Facets: facetRows(q, f.About)}
	all := directory.Permissions(0)
	for _, r := range roles {
		p := directory.PermissionsOf(r.PermissionSet.Permissions)
		if r.PermissionSet.AllAccess {
			p = directory.AllPermissions
		}
		all |= p
		page.Roles = append(page.Roles, roleRow{
			Role:   sentence.Named(r.Role.Name, pagekit.Link(pagekit.Root, "access", "roles", directory.FormatID(r.Role.ID))),
			Direct: slices.Contains(u.Roles, r.Role.ID), Permissions: r.PermissionSet.Permissions,
			Through: giversOf(q, r.Role.ID, in),
		})
	}
	page.Permissions = all.Names()
	uses, err := lastUses(q, credentialIDs(u.Credentials)...)
	if err != nil {
		return err
	}
	for _, c := range u.Credentials {
		page.Credentials = append(page.Credentials, credentialRow{string(c.Kind), c.Shown, timesOf(q, &c, uses)})
		if c.Shown == "" {
			page.Credentials[len(page.Credentials)-1].Identifier = c.Identifier
		}
	}
	page.MayManage, page.MayGrant, page.Form = q.MayChange(directory.ManageUsers), q.MayChange(directory.Administer),
		q.Form()
	page.First, page.Last, page.Email = u.User.FirstName, u.User.LastName, u.User.ContactEmail
	page.Disabled, page.Name = u.User.Disabled, f.Title
	if page.MayGrant {
		if page.AllRoles, err = roleChoices(q, u.Roles); err != nil {
			return err
		}
	}
	f.Data = page
	return q.Show("user_access", f)
}

func roleChoices(q *pagekit.Request, held []directory.RoleID) ([]pagekit.Choice, error) {
	all, err := q.Dir.AllRoles(q.Context())
	if err != nil {
		return nil, err
	}
	var list []pagekit.Choice
	for _, r := range all {
		list = append(list, pagekit.Choice{ID: directory.FormatID(r.Role.ID), Name: r.Role.Name, Chosen: slices.Contains(held,
			r.Role.ID)})
	}
	return list, nil
}
