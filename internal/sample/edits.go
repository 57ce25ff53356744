package sample

import (
	"cmp"
	"iter"
	"slices"

	"cohort/internal/directory"
)

// Edits yields the directory as edits, in an order in which they can be
// committed one by one or together, in changes of any size. They name objects
// by the ids that they get, so they fit a directory whose next ids are those
// that New was told. Committed, they give the rows of Catalog and User, but for
// the ids and order keys of group values, and times.
func (d *Directory) Edits() iter.Seq[directory.Edit] {
	return func(yield func(directory.Edit) bool) {
		var values []directory.GroupValue
		var nestings []directory.Nesting
		for row := range d.Catalog() {
			switch r := row.(type) {
			case directory.GroupValue:
				values = append(values, r)
			case directory.Nesting:
				nestings = append(nestings, r)
			default:
				if !yield(editOf(row)) {
					return
				}
			}
		}
		slices.SortFunc(nestings, func(a, b directory.Nesting) int {
			return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Position, b.Position))
		})
		for _, n := range nestings { // each goes behind those before it
			if !yield(directory.AddParent{Group: n.Group, Parent: n.Parent}) {
				return
			}
		}
		slices.SortFunc(values, func(a, b directory.GroupValue) int {
			return cmp.Or(cmp.Compare(a.Attribute, b.Attribute), cmp.Compare(a.Order, b.Order))
		})
		for _, v := range values {
			if !yield(directory.SetGroupValue{Group: v.Group, Attribute: v.Attribute, Value: v.Value}) {
				return
			}
		}
		for i := range d.shape.Users {
			for _, e := range userEdits(d.User(i)) {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// editOf returns the edit that makes a group or an attribute.
func editOf(row directory.Row) directory.Edit {
	switch r := row.(type) {
	case directory.Group:
		return directory.CreateGroup{ID: r.ID, Name: r.Name}
	case directory.Attribute:
		e := directory.CreateAttribute{
			ID: r.ID, Name: r.Name, Label: r.Label, Type: r.Type, Rule: r.Rule, UserValueMode: r.UserValueMode,
			UserCanView: r.UserCanView,
		}
		if r.HasDefault() {
			e.Default = &r.Default
		}
		return e
	}
	return nil
}

func userEdits(u directory.UserRows) []directory.Edit {
	edits := make([]directory.Edit, 0, 1+len(u.Memberships)+len(u.Values))
	edits = append(edits, directory.CreateUser{
		ID: u.User.ID, Kind: u.User.Kind, FirstName: u.User.FirstName, LastName: u.User.LastName,
		ContactEmail: u.User.ContactEmail,
	})
	for _, m := range u.Memberships {
		edits = append(edits, directory.AddMember{Group: m.Group, User: m.User})
	}
	for _, v := range u.Values {
		edits = append(edits, directory.SetUserValue{User: v.User, Attribute: v.Attribute, Value: v.Value})
	}
	return edits
}
