package console

import (
	"slices"

	"cohort/internal/console/draft"
	"cohort/internal/directory"
	"cohort/internal/render"
)

// A groupAccessPage is what a group gives to those in it, and what others keep
// with it.
type groupAccessPage struct {
	Roles    []roleRow
	AllRoles []choice
	Sources  []directory.SourceReference
	Facets   []facetRow
	MayGrant bool
	All      bool // whether it is All Users
	Drafted  []part
	Form     form
}

// A facetRow is what a dialect keeps with an object.
type facetRow struct{ Dialect, Kind, Name, Data string }

const facetShown = 400 // characters of what is kept

// facetRows are what dialects keep with an object. Only administrators see
// it.
func (q *request) facetRows(of *directory.Object) (rows []facetRow) {
	list, err := q.dir.AllFacets(q.ctx(), *of)
	if err != nil {
		return nil
	}
	for _, f := range list[:min(rowsShown, len(list))] {
		rows = append(rows, facetRow{f.Dialect, f.Kind, f.Name, render.Shorten(f.Data, facetShown)})
	}
	return rows
}

// giversOf are those of some groups that give a role.
func (q *request) giversOf(role directory.RoleID, in []directory.GroupID) (list []part) {
	groups, err := q.dir.RoleGroups(q.ctx(), role)
	if err != nil {
		return nil
	}
	for _, g := range groups {
		if g == directory.AllUsers || slices.Contains(in, g) {
			list = append(list, q.names.group(g))
		}
	}
	return listed(list, 3)
}

func groupAccess(q *request) error {
	d, f, err := q.loadGroup("access")
	if err != nil {
		return err
	}
	roles, err := q.dir.Roles(q.ctx(), d.Roles)
	if err != nil {
		return err
	}
	page := groupAccessPage{
		Facets: q.facetRows(f.About), Form: q.form(), MayGrant: q.mayChange(directory.Administer),
		All:     d.Group.ID == directory.AllUsers,
		Drafted: q.draftedAs(draft.KeyOf(directory.SetGroupRoles{Group: d.Group.ID})),
	}
	for _, r := range roles {
		page.Roles = append(page.Roles, roleRow{
			Role:        named(r.Role.Name, link(Root, "access", "roles", directory.FormatID(r.Role.ID))),
			Permissions: r.PermissionSet.Permissions,
		})
	}
	if page.MayGrant {
		if page.AllRoles, err = q.roleChoices(d.Roles); err != nil {
			return err
		}
	}
	sources, err := q.dir.Sources(q.ctx(), *f.About)
	if err != nil {
		return err
	}
	page.Sources = sources[0]
	f.Data = page
	return q.show("group_access", f)
}

// editGroupRoles changes the roles that a group gives.
func editGroupRoles(q *request) ([]directory.Edit, error) {
	group, err := q.pathGroupID()
	if err != nil {
		return nil, err
	}
	roles, err := q.typedRoles()
	return []directory.Edit{directory.SetGroupRoles{Group: group, Roles: roles}}, err
}
