package desired_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cohort/internal/declared"
	"cohort/internal/desired"
	"cohort/internal/directory"
)

func textValue(s string) directory.Value { return directory.Value{Text: s} }

// branches is a small directory in which two groups share a name.
func branches() *desired.Live {
	value := func(a directory.AttributeID, text string, rank int) desired.LiveValue {
		return desired.LiveValue{Attribute: a, Value: textValue(text), Rank: rank}
	}
	return &desired.Live{
		Attributes: []desired.LiveAttribute{
			{Attribute: directory.Attribute{ID: 21, Name: "region", Type: directory.TypeString, Rule: directory.RuleRank,
				UserValueMode: directory.ModeWins, Default: textValue("world")}},
			{Attribute: directory.Attribute{ID: 22, Name: "limit", Type: directory.TypeNumber, Rule: directory.RuleRank,
				UserValueMode: directory.ModeWins}},
			{Attribute: directory.Attribute{ID: 23, Name: "pin", Type: directory.TypeString, Rule: directory.RuleRank,
				UserValueMode: directory.ModeWins, Hidden: true}},
		},
		Groups: []desired.LiveGroup{
			{ID: 1, Name: "All Users", Values: []desired.LiveValue{value(21, "all", 5)}},
			{ID: 10, Name: "Sales", Values: []desired.LiveValue{value(21, "sales", 2)}},
			{ID: 11, Name: "EMEA", Parents: []directory.GroupID{10}, Values: []desired.LiveValue{value(21, "emea", 1),
				value(22, "10", 1)}},
			{ID: 12, Name: "Berlin", Parents: []directory.GroupID{11}, Sources: map[string]string{"erp": "B-1"},
				Values: []desired.LiveValue{value(21, "berlin", 4)}},
			{ID: 13, Name: "Berlin", Parents: []directory.GroupID{10, 11}, Values: []desired.LiveValue{value(21, "b", 3)}},
			{ID: 14, Name: "id:7"},
		},
		PermissionSets: []desired.LiveSet{{ID: 20, Name: "readers", Names: []string{"see_users"}}},
		ModelSets:      []desired.LiveSet{{ID: 1, Name: "All", BuiltIn: true}},
		Roles: []desired.LiveRole{{ID: 30, Name: "readers", PermissionSet: 20, ModelSet: 1},
			{ID: 31, Name: "auditors", PermissionSet: 20, ModelSet: 1}},
		Users: []desired.LiveUser{
			{ID: 40, Kind: directory.KindPerson, FirstName: "Ada", Email: "ada@example.com",
				Memberships: []desired.LiveMember{{Group: 12, Window: directory.Window{StartsAt: 5000}}, {Group: 13}}},
			{ID: 41, Kind: directory.KindPerson, FirstName: "Bob", ContactEmail: "bob@example.com",
				Values: []desired.LiveValue{value(21, "own", 0)}},
			{ID: 42, Kind: directory.KindService, FirstName: "Sync"},
			{ID: 43, Kind: directory.KindPerson, FirstName: "Twin", Sources: map[string]string{"hr": "7"}},
			{ID: 44, Kind: directory.KindPerson, FirstName: "Twin"},
		},
	}
}

// declared is what a file makes of a directory.
func declaredState(t rapid.TB, live *desired.Live, s *desired.State, misfits directory.Misfits) *desired.Live {
	t.Helper()
	var file bytes.Buffer
	if err := declared.Write(&file, s, map[string]directory.Type{}); err != nil {
		t.Fatal(err)
	}
	read, err := declared.Read([]declared.File{{Name: "draft.yaml", Data: file.Bytes()}}, "draft")
	if err != nil {
		t.Fatalf("%v in\n%s", err, &file)
	}
	if read.Set != "" {
		t.Fatalf("the set is %q", read.Set)
	}
	plan := desired.Make(read, live, desired.Options{Misfits: misfits})
	if len(plan.Problems) > 0 {
		t.Fatalf("%v in\n%s", plan.Problems, &file)
	}
	for _, removal := range plan.Steps {
		for _, i := range removal.Items {
			if i.Action == desired.Remove || i.Action == desired.Adopt {
				t.Fatalf("%+v", i)
			}
		}
	}
	return desired.Edited(live, plan.Edits()).Live
}

// TestADifferenceMakesOneDirectoryTheOther applies edits, and, to a copy, the file that
// says what they do.
func TestADifferenceMakesOneDirectoryTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live := branches()
		edits := someEdits(t)
		out := desired.Edited(live, edits)
		state, left := desired.Difference(live, out.Live)
		state.Unmanaged = true
		if len(out.Unsaid)+len(left) > 0 {
			t.Fatalf("unsaid %v, left %v", out.Unsaid, left)
		}
		got := declaredState(t, live, state, out.Misfits)
		if items := desired.Compare(got, out.Live, true).Items(); len(items) > 0 {
			var file bytes.Buffer
			_ = declared.Write(&file, state, nil)
			t.Fatalf("the file does not make the same: %+v\n%s\nof %+v", items, &file, edits)
		}
		if diff := cmp.Diff(branches(), live); diff != "" {
			t.Fatalf("the directory itself was changed:\n%s", diff)
		}
	})
}

// someEdits are edits of all kinds that a state can say whole.
func someEdits(t *rapid.T) (edits []directory.Edit) {
	groups := []directory.GroupID{1, 10, 11, 12, 14}
	users := []directory.UserID{40, 41, 42, 43}
	attributes := []directory.AttributeID{21, 22}
	made := map[directory.GroupID]int{}
	for i := range rapid.IntRange(1, 8).Draw(t, "edits") {
		name := fmt.Sprint("new ", i)
		g := rapid.SampledFrom(groups).Draw(t, "group")
		u := rapid.SampledFrom(users).Draw(t, "user")
		a := rapid.SampledFrom(attributes).Draw(t, "attribute")
		text := textValue(rapid.SampledFrom([]string{"1", "2", "300"}).Draw(t, "text"))
		var window *directory.Window
		if rapid.Bool().Draw(t, "windowed") {
			window = &directory.Window{StartsAt: directory.Instant(rapid.SampledFrom([]int64{0, 5000, 9000}).Draw(t, "from"))}
		}
		var edit directory.Edit
		switch rapid.IntRange(0, 16).Draw(t, "kind") {
		case 0:
			edit = directory.CreateGroup{Name: name, Description: name}
			made[directory.Made[directory.GroupID](i)] = i
			groups = append(groups, directory.Made[directory.GroupID](i))
		case 1:
			edit = directory.CreateUser{FirstName: name, LastName: "X", ContactEmail: fmt.Sprintf("new%d@example.com", i)}
			users = append(users, directory.Made[directory.UserID](i))
		case 2:
			edit = directory.CreateAttribute{Name: fmt.Sprintf("new%d", i), Type: directory.TypeString, Default: &text}
			attributes = append(attributes, directory.Made[directory.AttributeID](i))
		case 3, 4, 5:
			set := directory.SetGroupValue{Group: g, Attribute: a, Value: text, Window: window}
			if rapid.Bool().Draw(t, "ranked") {
				set.Rank = new(rapid.IntRange(1, 6).Draw(t, "rank"))
			}
			edit = set
		case 6:
			edit = directory.DeleteGroupValue{Group: g, Attribute: a}
		case 7:
			edit = directory.SetUserValue{User: u, Attribute: a, Value: text, Window: window}
		case 8:
			edit = directory.DeleteUserValue{User: u, Attribute: a}
		case 9:
			edit = directory.AddMember{Group: g, User: u, Window: window}
		case 10:
			edit = directory.RemoveMember{Group: g, User: u}
		case 11:
			edit = directory.SetUserRoles{User: u, Roles: []directory.RoleID{31, 30}}
		case 12:
			if edit = directory.Edit(directory.SetGroupRoles{Group: g, Roles: []directory.RoleID{31}}); g == directory.AllUsers {
				edit = directory.UpdateUser{User: 40, Disabled: new(true), LastName: new("L")}
			}
		case 13:
			edit = directory.AddParent{Group: 14, Parent: rapid.SampledFrom([]directory.GroupID{10, 12, 13}).Draw(t, "parent")}
		case 14:
			edit = directory.RemoveParent{Group: 12, Parent: 11}
		case 15:
			edit = directory.UpdateGroup{Group: rapid.SampledFrom([]directory.GroupID{10, 11, 12}).Draw(t, "renamed"),
				Name: &name, Description: new("is new")}
		case 16:
			edit = rapid.SampledFrom([]directory.Edit{
				directory.UpdatePermissionSet{PermissionSet: 20, Permissions: &[]string{"see_users", "see_history"}},
				directory.UpdateAttribute{Attribute: 22, Label: &name, Type: new(directory.TypeString), Greatest: new("9"),
					Misfits: directory.DropMisfits},
				directory.UpdateAttribute{Attribute: 21, Default: &directory.Value{}, Name: new("area")},
				directory.UpdateUser{User: 41, ContactEmail: &[]string{"robert@example.com"}[0], FirstName: &name},
			}).Draw(t, "other")
		}
		edits = append(edits, edit)
	}
	return edits
}

// TestWhatAFileCannotSayIsListed keeps to what it can.
func TestWhatAFileCannotSayIsListed(t *testing.T) {
	live := branches()
	edits := []directory.Edit{
		directory.DeleteGroup{Group: 11}, directory.SetGroupValue{Group: 10, Attribute: 23, Value: textValue("1234")},
		directory.CreateAPICredential{User: 42}, directory.UpdateGroup{Group: 13, Name: new("Kreuzberg")},
		directory.CreateGroup{Name: "EMEA"}, directory.UpdateUser{User: 42, LastName: new("ERP")},
		directory.CreateUser{FirstName: "Bob", ContactEmail: "bob@example.com"}, directory.UpdateUser{User: 44,
			Disabled: new(true)},
		directory.AddMember{Group: 13, User: 40}, directory.UpdateGroup{Group: 10, Description: new("sells")},
		directory.UpdateAttribute{Attribute: 21, Type: new(directory.TypeNumber), Misfits: directory.DropMisfits},
		directory.UpdateAttribute{Attribute: 22, Type: new(directory.TypeString), Misfits: directory.ConvertMisfits},
	}
	out := desired.Edited(live, edits)
	if diff := cmp.Diff([]int{0, 1, 2, 11}, out.Unsaid); diff != "" {
		t.Error(diff)
	}
	state, left := desired.Difference(live, out.Live)
	var names []string
	for _, l := range left {
		names = append(names, l.Kind+" "+l.Name)
	}
	if diff := cmp.Diff([]string{"group Kreuzberg", "group EMEA", "user Sync ERP", "user Twin", "user bob@example.com"},
		names); diff != "" {
		t.Error(diff)
	}
	if len(state.Groups) != 1 || state.Groups[0].Key != "Sales" || len(state.Users) != 0 {
		t.Errorf("%+v", state)
	}
}
