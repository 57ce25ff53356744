package plan_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A target is who, or what, an edit of the matrix is about.
type target struct {
	name  string
	user  directory.UserID
	group directory.GroupID // that gives the user what it has
}

// A matrixWorld has one caller for each permission, and targets.
type matrixWorld struct {
	*coretest.World
	callers map[string]directory.Caller
	targets []target
	other   directory.GroupID // an ordinary group
	child   directory.GroupID // nested in the group of each target, in their order: child, child+1 …
	attr    directory.AttributeID
	role    directory.RoleID
	set     directory.PermissionSetID
	models  directory.ModelSetID
	keys    map[directory.UserID]directory.CredentialID
}

func newMatrixWorld(t *testing.T) *matrixWorld {
	w := &matrixWorld{World: coretest.New(t), callers: map[string]directory.Caller{},
		keys: map[directory.UserID]directory.CredentialID{}}
	w.callers["none"] = directory.Caller{User: w.User("None"), Dialect: "test"}
	for _, p := range directory.AllPermissions.Names() {
		w.callers[p] = directory.Caller{User: w.WithPermissions(p, p), Dialect: "test"}
		w.callers["revert by "+p] = directory.Caller{
			User: w.WithPermissions("history and "+p, "see_history", p), Dialect: "test",
		}
	}
	privileged := w.Privileged("Privileged")[0]
	w.other = w.Group("Other")
	ordinary := w.Group("Ordinary")
	later := directory.Window{StartsAt: directory.InstantOf(time.Now().Add(time.Hour))}
	w.targets = []target{
		{"nobody", 999_999, 999_999},
		{"ordinary", w.User("Ordinary"), ordinary},
		{"privileged", w.User("Privileged"), privileged},
		{"privileged later", w.User("Later"), privileged},
	}
	for _, u := range w.targets[1:] {
		edit := directory.AddMember{User: u.user, Group: u.group}
		if u.name == "privileged later" {
			edit.Window = &later
		}
		made := w.Do(edit, directory.CreateAPICredential{User: u.user}, directory.SetLoginEmail{
			User: u.user, Email: fmt.Sprintf("u%d@example.com", u.user),
		})
		w.keys[u.user] = directory.CredentialID(made.Results[1].ID)
	}
	w.child = w.Group("Child")
	w.Do(directory.AddParent{Group: w.child, Parent: ordinary},
		directory.AddParent{Group: w.Group("Child"), Parent: privileged})
	w.attr = w.Attribute("a", directory.TypeString)
	for _, u := range w.targets[1:] {
		w.Do(directory.SetUserValue{User: u.user, Attribute: w.attr, Value: coretest.Text("v")},
			directory.SetSource{Object: u.user.Object(), Source: "s", SourceID: fmt.Sprint(u.user)},
			directory.SetFacet{Object: u.user.Object(), Dialect: "test", Kind: "k", Data: "{}"})
	}
	for _, g := range []directory.GroupID{ordinary, privileged} {
		w.Do(directory.SetGroupValue{Group: g, Attribute: w.attr, Value: coretest.Text("v")})
	}
	made := w.Do(
		directory.CreatePermissionSet{Name: "set", Permissions: []string{"see_users"}},
		directory.CreateModelSet{Name: "models"},
		directory.CreateRole{
			Name: "role", PermissionSet: directory.Made[directory.PermissionSetID](0),
			ModelSet: directory.Made[directory.ModelSetID](1),
		},
	)
	w.set, w.models = directory.PermissionSetID(made.Results[0].ID), directory.ModelSetID(made.Results[1].ID)
	w.role = directory.RoleID(made.Results[2].ID)
	return w
}

// again is the same world, on a copy of its store.
func (w *matrixWorld) again() *matrixWorld {
	c := *w
	c.World = coretest.Open(w.T, w.Store.(*memstore.Store).Clone(), core.Options{Sealer: coretest.PlainSealer{}})
	w.T.Cleanup(c.Core.Close)
	c.Root = w.Root
	return &c
}

// A matrixEdit makes the edit of a row; prepare, if there is one, is done by the
// administrator before, and yields the revision that the edit reverts.
type matrixEdit struct {
	name    string
	make    func(w *matrixWorld, t target) directory.Edit
	prepare func(w *matrixWorld, t target) []directory.Edit
}

func (w *matrixWorld) childOf(t target) directory.GroupID {
	if t.name == "ordinary" {
		return w.child
	}
	return w.child + 1
}

// matrixEdits are every edit that a caller can make.
func matrixEdits() []matrixEdit {
	simple := func(make func(w *matrixWorld, t target) directory.Edit) matrixEdit { return matrixEdit{make: make} }
	edits := []matrixEdit{
		simple(func(*matrixWorld, target) directory.Edit { return directory.CreateUser{FirstName: "New"} }),
		simple(func(_ *matrixWorld, t target) directory.Edit {
			return directory.UpdateUser{User: t.user, FirstName: new(string)}
		}),
		simple(func(_ *matrixWorld, t target) directory.Edit { return directory.DeleteUser{User: t.user} }),
		simple(func(*matrixWorld, target) directory.Edit { return directory.CreateGroup{Name: "New"} }),
		simple(func(_ *matrixWorld, t target) directory.Edit {
			return directory.UpdateGroup{Group: t.group, Name: new(string)}
		}),
		simple(func(_ *matrixWorld, t target) directory.Edit { return directory.DeleteGroup{Group: t.group} }),
		simple(func(w *matrixWorld, t target) directory.Edit {
			return directory.AddMember{Group: t.group, User: w.Root}
		}),
		simple(func(_ *matrixWorld, t target) directory.Edit {
			return directory.RemoveMember{Group: t.group, User: t.user}
		}),
		simple(func(w *matrixWorld, t target) directory.Edit {
			return directory.SetFirstGroup{User: t.user, Group: w.other}
		}),
		simple(func(w *matrixWorld, t target) directory.Edit {
			return directory.AddParent{Group: w.other, Parent: t.group}
		}),
		simple(func(w *matrixWorld, t target) directory.Edit {
			return directory.RemoveParent{Group: w.childOf(t), Parent: t.group}
		}),
		simple(func(w *matrixWorld, t target) directory.Edit {
			return directory.SetFirstParent{Group: w.childOf(t), Parent: w.other}
		}),
		simple(func(*matrixWorld, target) directory.Edit {
			return directory.CreateAttribute{Name: "new", Type: directory.TypeString}
		}),
		simple(func(w *matrixWorld, _ target) directory.Edit {
			return directory.UpdateAttribute{Attribute: w.attr, UserCanEdit: new(bool), UserCanView: new(bool)}
		}),
		simple(func(w *matrixWorld, _ target) directory.Edit { return directory.DeleteAttribute{Attribute: w.attr} }),
		simple(func(w *matrixWorld, t target) directory.Edit {
			return directory.SetGroupValue{Group: t.group, Attribute: w.attr, Value: coretest.Text("x")}
		}),
		simple(func(w *matrixWorld, t target) directory.Edit {
			return directory.DeleteGroupValue{Group: t.group, Attribute: w.attr}
		}),
		simple(func(w *matrixWorld, t target) directory.Edit {
			return directory.SetGroupValues{Attribute: w.attr,
				Items: []directory.GroupValueItem{{Group: t.group, Value: coretest.Text("x")}}}
		}),
		simple(func(w *matrixWorld, _ target) directory.Edit { return directory.RenumberValues{Attribute: w.attr} }),
		simple(func(w *matrixWorld, t target) directory.Edit {
			return directory.SetUserValue{User: t.user, Attribute: w.attr, Value: coretest.Text("x")}
		}),
		simple(func(w *matrixWorld, t target) directory.Edit {
			return directory.DeleteUserValue{User: t.user, Attribute: w.attr}
		}),
		simple(func(_ *matrixWorld, t target) directory.Edit {
			return directory.SetLoginEmail{User: t.user, Email: "new@example.com"}
		}),
		simple(func(_ *matrixWorld, t target) directory.Edit { return directory.CreateAPICredential{User: t.user} }),
		simple(func(w *matrixWorld, t target) directory.Edit {
			disabled := true
			return directory.UpdateCredential{User: t.user, Credential: w.keys[t.user], Disabled: &disabled}
		}),
		simple(func(w *matrixWorld, t target) directory.Edit {
			return directory.DeleteCredential{User: t.user, Credential: w.keys[t.user]}
		}),
		simple(func(_ *matrixWorld, t target) directory.Edit {
			return directory.SetIdentity{User: t.user, Kind: directory.CredentialGoogle, Identifier: "new"}
		}),
		simple(func(_ *matrixWorld, t target) directory.Edit { return directory.EraseUser{User: t.user} }),
		simple(func(*matrixWorld, target) directory.Edit { return directory.PruneHistory{Through: 1} }),
		simple(func(*matrixWorld, target) directory.Edit { return directory.CreatePermissionSet{Name: "new"} }),
		simple(func(w *matrixWorld, _ target) directory.Edit {
			return directory.UpdatePermissionSet{PermissionSet: w.set, Permissions: &[]string{"sudo"}}
		}),
		simple(func(w *matrixWorld, _ target) directory.Edit {
			return directory.DeletePermissionSet{PermissionSet: w.set}
		}),
		simple(func(*matrixWorld, target) directory.Edit { return directory.CreateModelSet{Name: "new"} }),
		simple(func(w *matrixWorld, _ target) directory.Edit {
			return directory.UpdateModelSet{ModelSet: w.models, Models: &[]string{"m"}}
		}),
		simple(func(w *matrixWorld, _ target) directory.Edit { return directory.DeleteModelSet{ModelSet: w.models} }),
		simple(func(w *matrixWorld, _ target) directory.Edit {
			return directory.CreateRole{Name: "new", PermissionSet: w.set, ModelSet: w.models}
		}),
		simple(func(w *matrixWorld, _ target) directory.Edit {
			name := "renamed"
			return directory.UpdateRole{Role: w.role, Name: &name}
		}),
		simple(func(w *matrixWorld, _ target) directory.Edit { return directory.DeleteRole{Role: w.role} }),
		simple(func(w *matrixWorld, t target) directory.Edit {
			return directory.SetUserRoles{User: t.user, Roles: []directory.RoleID{w.role}}
		}),
		simple(func(w *matrixWorld, t target) directory.Edit {
			return directory.SetGroupRoles{Group: t.group, Roles: []directory.RoleID{w.role, directory.AdminRole}}
		}),
		simple(func(_ *matrixWorld, t target) directory.Edit {
			return directory.SetSource{Object: t.user.Object(), Source: "new", SourceID: "1"}
		}),
		simple(func(_ *matrixWorld, t target) directory.Edit {
			return directory.DeleteSource{Object: t.user.Object(), Source: "s"}
		}),
		simple(func(_ *matrixWorld, t target) directory.Edit {
			return directory.SetFacet{Object: t.user.Object(), Dialect: "test", Kind: "k", Data: "[]"}
		}),
		simple(func(_ *matrixWorld, t target) directory.Edit {
			return directory.DeleteFacet{Object: t.user.Object(), Dialect: "test", Kind: "k"}
		}),
		simple(func(*matrixWorld, target) directory.Edit { return directory.Initialize{} }),
		simple(func(*matrixWorld, target) directory.Edit { return directory.TimePassed{} }),
		simple(func(*matrixWorld, target) directory.Edit { return directory.Baseline{} }),
		simple(func(*matrixWorld, target) directory.Edit {
			return directory.ForgetFacets{Dialect: "test", Kind: "k"}
		}),
	}
	field := simple(func(_ *matrixWorld, t target) directory.Edit {
		return directory.SetUserValue{User: t.user, Attribute: directory.AttrFirstName, Value: coretest.Text("x")}
	})
	field.name = "set_user_value of a field of the user"
	return slices.Concat(edits, []matrixEdit{field}, matrixReverts())
}

// matrixReverts undo what the administrator has done with a target.
func matrixReverts() []matrixEdit {
	undo := func(name string, prepare func(w *matrixWorld, t target) []directory.Edit) matrixEdit {
		return matrixEdit{name: "revert of " + name, prepare: prepare, make: func(w *matrixWorld, _ target) directory.Edit {
			return directory.Revert{Revision: w.Core.Head().Revision}
		}}
	}
	return []matrixEdit{
		undo("delete_group", func(_ *matrixWorld, t target) []directory.Edit {
			return []directory.Edit{directory.DeleteGroup{Group: t.group}}
		}),
		undo("delete_user", func(_ *matrixWorld, t target) []directory.Edit {
			return []directory.Edit{directory.DeleteUser{User: t.user}}
		}),
		undo("remove_member", func(_ *matrixWorld, t target) []directory.Edit {
			if t.name == "privileged later" {
				return []directory.Edit{directory.SetFirstGroup{User: t.user}, directory.AddMember{User: t.user, Group: t.group}}
			}
			return []directory.Edit{directory.RemoveMember{User: t.user, Group: t.group}}
		}),
		undo("set_group_roles", func(w *matrixWorld, t target) []directory.Edit {
			return []directory.Edit{directory.SetGroupRoles{Group: t.group, Roles: []directory.RoleID{w.role}}}
		}),
		undo("update_user", func(_ *matrixWorld, t target) []directory.Edit {
			disabled := true
			return []directory.Edit{directory.UpdateUser{User: t.user, Disabled: &disabled}}
		}),
		undo("update_credential", func(w *matrixWorld, t target) []directory.Edit {
			disabled := true
			return []directory.Edit{directory.UpdateCredential{User: t.user, Credential: w.keys[t.user], Disabled: &disabled}}
		}),
	}
}

// verdictOf is how a change of a matrix was answered, in a word.
func verdictOf(err error) string {
	switch directory.KindOf(err) {
	case directory.KindForbidden, directory.KindProtected:
		return "forbidden"
	case directory.KindNotFound:
		return "not found"
	default:
	}
	if err != nil {
		return "refused"
	}
	return "done"
}

// Every edit, made by callers that have one permission each, of every target:
// who gets what done stands in a file. Those who revert see the history, too.
func TestEveryEditByEveryPermissionOnEveryTarget(t *testing.T) {
	var out strings.Builder
	fresh := newMatrixWorld(t)
	w := fresh.again()
	covered := map[string]bool{}
	for _, e := range matrixEdits() {
		for _, target := range w.targets {
			if e.prepare != nil && target.name == "nobody" {
				continue
			}
			if e.prepare != nil {
				w = fresh.again()
				w.Do(e.prepare(w, w.targets[slices.Index(names(w.targets), target.name)])...)
			}
			by := map[string][]string{}
			var edit directory.Edit
			for _, p := range append([]string{"none"}, directory.AllPermissions.Names()...) {
				target := w.targets[slices.Index(names(w.targets), target.name)]
				edit = e.make(w, target)
				as := w.callers[p]
				if e.prepare != nil && p != "none" {
					as = w.callers["revert by "+p]
				}
				_, err := view.New(w.Core).As(as).Commit(t.Context(), directory.Change{Edits: []directory.Edit{edit}})
				if directory.KindOf(err) == directory.KindInternal && err != nil {
					t.Errorf("%s by %s of %s: %v", edit.EditName(), p, target.name, err)
				}
				by[verdictOf(err)] = append(by[verdictOf(err)], p)
				if err == nil {
					w = fresh.again()
					if e.prepare != nil {
						w.Do(e.prepare(w, w.targets[slices.Index(names(w.targets), target.name)])...)
					}
				}
			}
			covered[edit.EditName()] = true
			name := e.name
			if name == "" {
				name = edit.EditName()
			}
			fmt.Fprintf(&out, "%s, %s:", name, target.name)
			for _, verdict := range []string{"done", "refused", "not found"} {
				if len(by[verdict]) > 0 {
					fmt.Fprintf(&out, " %s by %s;", verdict, strings.Join(by[verdict], " "))
				}
			}
			out.WriteString(" else forbidden\n")
		}
	}
	for _, name := range record.EditNames() {
		if !covered[name] {
			t.Errorf("the matrix has no row for %s", name)
		}
	}
	sameAsFile(t, "testdata/edits.txt", out.String())
}

// sameAsFile compares a text with a golden file, which -update writes.
func sameAsFile(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wanted, lines := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i, line := range lines {
		if i >= len(wanted) || wanted[i] != line {
			t.Errorf("line %d is\n%s", i+1, line)
		}
	}
	if len(lines) < len(wanted) {
		t.Errorf("%d lines, want %d", len(lines), len(wanted))
	}
}

func names(targets []target) (list []string) {
	for _, t := range targets {
		list = append(list, t.name)
	}
	return list
}
