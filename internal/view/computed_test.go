package view_test

import (
	"slices"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/inspect"
	"cohort/internal/view"
)

// Whoever reads effective values and does not see users is shown nothing that is
// computed of a user: in lists it is left out, by name it is not found.
func TestComputedAttributesAreShownToThoseWhoSeeTheUser(t *testing.T) {
	w := coretest.New(t)
	attr := w.Attribute("region", directory.TypeString)
	ada := directory.UserID(w.Do(directory.CreateUser{FirstName: "Ada"}).Results[0].ID)
	w.Do(directory.SetUserValue{User: ada, Attribute: attr, Value: coretest.Text("emea")})
	asked := []directory.AttributeID{directory.AttrFirstName, attr}
	for name, sees := range map[string]bool{
		"read_effective": false, "set_values": false, "see_users": true, "manage_users": true,
	} {
		caller := w.WithPermissions(name, "read_effective", "see_history", name)
		ask := func() *view.View { return w.As(caller) }
		for what, read := range map[string]func() ([]directory.Effective, error){
			"all":        func() ([]directory.Effective, error) { return ask().Effective(t.Context(), ada, nil) },
			"some":       func() ([]directory.Effective, error) { return ask().Effective(t.Context(), ada, asked) },
			"a language": func() ([]directory.Effective, error) { return ask().EffectiveIn(t.Context(), ada, asked, "NL") },
			"the past": func() ([]directory.Effective, error) {
				list, _, err := ask().EffectiveAt(t.Context(), ada, nil, directory.Point{Revision: w.Core.Head().Revision - 1})
				return list, err
			},
			"a document": func() ([]directory.Effective, error) {
				var d view.EffectiveDocument
				err := ask().EffectiveDocument(t.Context(), ada, nil, &d)
				return d.Values, err
			},
			"a batch": func() ([]directory.Effective, error) {
				list, err := ask().EffectiveBatch(t.Context(), []directory.UserID{caller, ada}, asked)
				if err == nil && len(list[0].Values) != 2 {
					t.Errorf("%s, a batch: of itself %+v", name, list[0])
				}
				return list[1].Values, err
			},
		} {
			list, err := read()
			has := func(id directory.AttributeID) bool {
				return slices.ContainsFunc(list, func(e directory.Effective) bool { return e.Attribute == id })
			}
			if err != nil || !has(attr) || has(directory.AttrFirstName) != sees {
				t.Errorf("%s, %s: %+v, %v", name, what, list, err)
			}
		}
		for what, read := range map[string]func() error{
			"why": func() error { _, err := ask().Explain(t.Context(), ada, directory.AttrFirstName); return err },
			"why then": func() error {
				_, _, err := ask().ExplainAt(t.Context(), ada, directory.AttrFirstName,
					directory.Point{Revision: w.Core.Head().Revision - 1})
				return err
			},
			"by name": func() error {
				return ask().EffectiveDocument(t.Context(), ada, asked, new(view.EffectiveDocument))
			},
			"holders": func() error {
				_, err := inspect.Holders(t.Context(), ask(), directory.HolderQuery{Attribute: directory.AttrFirstName})
				return err
			},
		} {
			if err := read(); sees != (err == nil) || !sees && directory.KindOf(err) != directory.KindNotFound {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
}

// Counts tell nothing of users whom the caller does not see.
func TestAMemberCountsItselfInItsGroups(t *testing.T) {
	w := coretest.New(t)
	g, u := w.Group("G"), w.User("U")
	w.Do(directory.AddMember{Group: g, User: u}, directory.AddMember{Group: g, User: w.User("V")})
	list, err := w.As(u).GroupDetails(t.Context(), []directory.GroupID{directory.AllUsers, g})
	if err != nil || len(list) != 2 || list[0].Members != 1 || list[1].Members != 1 {
		t.Errorf("the member sees %+v, %v", list, err)
	}
	list, err = w.As(w.WithPermissions("Manager", "manage_groups")).GroupDetails(t.Context(), []directory.GroupID{g})
	if err != nil || len(list) != 1 || list[0].Members != 2 {
		t.Errorf("who manages groups sees %+v, %v", list, err)
	}
}
