package access

import (
	"slices"

	"cohort/internal/console/draft"
	"cohort/internal/console/drafting"
	"cohort/internal/console/groups"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/render"
)

// A groupAccessPage lists the roles that a group gives, its source ids and its facets.
type groupAccessPage struct {
	Roles    []roleRow
	AllRoles []pagekit.Choice
	Sources  []directory.SourceReference
	Facets   []facetRow
	MayGrant bool
	All      bool // whether it is All Users
	Drafted  []sentence.Part
	Form     pagekit.Form
}

// A facetRow is a facet of an object.
type facetRow struct{ Dialect, Kind, Name, Data string }

const facetShown = 400 // characters of the data of a facet

// facetRows returns the facets of an object. Only administrators see them.
func facetRows(q *pagekit.Request, of *directory.Object) (rows []facetRow) {
	list, err := q.Dir.AllFacets(q.Context(), *of)
	if err != nil {
		return nil
	}
	for _, f := range list[:min(pagekit.RowsShown, len(list))] {
		rows = append(rows, facetRow{f.Dialect, f.Kind, f.Name, render.Shorten(f.Data, facetShown)})
	}
	return rows
}

// giversOf returns those of the groups in that give a role.
func giversOf(q *pagekit.Request, role directory.RoleID, in []directory.GroupID) (list []sentence.Part) {
	groups, err := q.Dir.RoleGroups(q.Context(), role)
	if err != nil {
		return nil
	}
	for _, g := range groups {
		if g == directory.AllUsers || slices.Contains(in, g) {
			list = append(list, q.Names.Group(g))
		}
	}
	return sentence.Listed(list, 3)
}

func groupAccess(q *pagekit.Request) error {
	d, f, err := groups.Load(q, "access")
	if err != nil {
		return err
	}
	roles, err := q.Dir.Roles(q.Context(), d.Roles)
	if err != nil {
		return err
	}
	page := groupAccessPage{
		Facets: facetRows(q, f.About), Form: q.Form(), MayGrant: q.MayChange(directory.Administer),
		All:     d.Group.ID == directory.AllUsers,
		Drafted: drafting.As(q, draft.KeyOf(directory.SetGroupRoles{Group: d.Group.ID})),
	}
	for _, r := range roles {
		page.Roles = append(page.Roles, roleRow{
			Role: sentence.Named(r.Role.Name, pagekit.Link(pagekit.Root, "access", "roles",
				directory.FormatID(r.Role.ID))),
			Permissions: r.PermissionSet.Permissions,
		})
	}
	if page.MayGrant {
		if page.AllRoles, err = roleChoices(q, d.Roles); err != nil {
			return err
		}
	}
	sources, err := q.Dir.Sources(q.Context(), *f.About)
	if err != nil {
		return err
	}
	page.Sources = sources[0]
	f.Data = page
	return q.Show("group_access", f)
}

// editGroupRoles sets the roles that a group gives.
func editGroupRoles(q *pagekit.Request) ([]directory.Edit, error) {
	group, err := q.PathGroupID()
	if err != nil {
		return nil, err
	}
	roles, err := typedRoles(q)
	return []directory.Edit{directory.SetGroupRoles{Group: group, Roles: roles}}, err
}
