package pagekit

import (
	"context"
	"slices"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/history"
)

// powerful is a directory in which group 11 gives a permission. Its change 1 set a role,
// change 2 removed a member, and change 3 set a value.
type powerful struct{ Directory }

func (powerful) GroupPowers(_ context.Context, id directory.GroupID) (directory.Permissions, error) {
	switch id {
	case 11:
		return directory.PermissionsOf([]string{"see_users"}), nil
	case 12:
		return 0, nil
	default:
		return 0, directory.NotFound("group", id)
	}
}

func (powerful) change(_ context.Context, _ history.Reader,
	rev directory.Revision) (c directory.CommittedChange, err error) {
	switch rev {
	case 1:
		c.Edits = []directory.Edit{directory.SetUserValue{}, directory.SetUserRoles{}}
	case 2:
		c.Edits = []directory.Edit{directory.RemoveMember{Group: 12}}
	case 3:
		c.Edits = []directory.Edit{directory.SetUserValue{}}
	case 4:
		return c, directory.Forbidden("no")
	default:
		return c, directory.NotFound("change", rev)
	}
	return c, nil
}

// TestWhichEditsNeedProof covers all edits, so that each new one needs a decision.
func TestWhichEditsNeedProof(t *testing.T) {
	always := []string{
		"create_permission_set", "update_permission_set", "delete_permission_set", "create_model_set", "update_model_set",
		"delete_model_set",
		"create_role", "update_role", "delete_role", "set_user_roles", "set_group_roles",
		"set_login_email", "create_api_credential", "update_credential", "delete_credential", "set_identity", "set_source",
		"delete_source",
	}
	never := []string{
		"create_user", "update_user", "delete_user", "create_group", "update_group", "delete_group", "remove_member",
		"remove_parent",
		"create_attribute", "update_attribute", "delete_attribute", "set_group_value", "delete_group_value",
		"set_group_values",
		"set_user_value", "delete_user_value", "set_facet", "delete_facet", "erase_user", "prune_history",
		"initialize", "time_passed", "renumber_values", "baseline", "forget_facets",
		"add_member", "set_first_group", "add_parent", "set_first_parent", "revert", // with zero fields; see below
	}
	p := proving{Directory: powerful{}, change: powerful{}.change}
	for _, e := range directory.Edits() {
		got, err := p.needsProof(t.Context(), e)
		if err != nil || got != slices.Contains(always, e.EditName()) {
			t.Errorf("%s needs proof: %v, %v", e.EditName(), got, err)
		}
		if !slices.Contains(always, e.EditName()) && !slices.Contains(never, e.EditName()) {
			t.Errorf("%s is new: decide whether it needs proof", e.EditName())
		}
	}
	for _, c := range []struct {
		edit directory.Edit
		want bool
	}{
		{directory.AddMember{Group: 11}, true}, {directory.AddMember{Group: 12}, false},
		{directory.AddMember{Group: 13}, false},
		{directory.AddMember{Group: directory.Made[directory.GroupID](0)}, false},
		{directory.SetFirstGroup{Group: 11}, true}, {directory.SetFirstGroup{Group: 12}, false},
		{directory.AddParent{Parent: 11}, true}, {directory.AddParent{Parent: 12, Group: 11}, false},
		{directory.SetFirstParent{Parent: 11}, true}, {directory.SetFirstParent{Parent: 12}, false},
		{directory.Revert{Revision: 1}, true}, {directory.Revert{Revision: 2}, true}, {directory.Revert{Revision: 3}, false},
		{directory.Revert{Revision: 4}, true}, {directory.Revert{Revision: 5}, false},
	} {
		if got, err := p.needsProof(t.Context(), c.edit); got != c.want || err != nil {
			t.Errorf("%#v needs proof: %v, %v; want %v", c.edit, got, err, c.want)
		}
	}
}
