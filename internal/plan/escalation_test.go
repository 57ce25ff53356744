package plan_test

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/resolve"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/verify"
	"cohort/internal/view"
)

// A heist is a directory in which one caller, with permissions of its own, tries
// whatever it can to get more, while the clock moves.
type heist struct {
	t      *rapid.T
	core   *core.Core
	store  store.Store
	clock  atomic.Int64 // Unix milliseconds
	thief  directory.UserID
	had    directory.Permissions // that the thief has had so far
	keys   map[directory.UserID]bool
	users  []directory.UserID
	groups []directory.GroupID
	roles  []directory.RoleID
	attr   directory.AttributeID
	before map[directory.UserID]held // as others have made it
}

// held is what a user holds from instants on.
type held map[directory.Instant]directory.Permissions

const (
	heistSpan  = 8 // hours, at which windows begin and end
	heistBegin = directory.Instant(1_700_000_000_000)
	heistEnd   = heistBegin + directory.Instant(heistSpan*time.Hour/time.Millisecond)
)

func (h *heist) now() time.Time { return time.UnixMilli(h.clock.Load()) }

func newHeist(t *rapid.T) *heist {
	h := &heist{t: t, store: memstore.New(), keys: map[directory.UserID]bool{}}
	h.clock.Store(1_700_000_000_000)
	c, err := core.Open(t.Context(), h.store, core.Options{Sealer: coretest.PlainSealer{}, Now: h.now})
	if err != nil {
		t.Fatal(err)
	}
	h.core = c
	admin, ok, err := c.Bootstrap(t.Context(), "", "")
	if err != nil || !ok {
		t.Fatal(err)
	}
	h.users = []directory.UserID{admin.User}
	some := rapid.IntRange(0, int(directory.AllPermissions>>1)).Draw(t, "permissions of the thief")
	own := directory.Permissions(some<<1) | directory.Permissions(directory.SeeHistory)
	made := h.asSystem(
		directory.CreatePermissionSet{Name: "thief", Permissions: own.Names()},
		directory.CreateRole{Name: "thief", PermissionSet: directory.Made[directory.PermissionSetID](0),
			ModelSet: directory.AllModels},
		directory.CreateUser{FirstName: "Thief"}, directory.CreateUser{}, directory.CreateUser{}, directory.CreateUser{},
		directory.SetUserRoles{User: directory.Made[directory.UserID](2),
			Roles: []directory.RoleID{directory.Made[directory.RoleID](1)}},
		directory.CreatePermissionSet{Name: "half", Permissions: []string{"manage_users", "set_values"}},
		directory.CreateRole{Name: "half", PermissionSet: directory.Made[directory.PermissionSetID](7),
			ModelSet: directory.AllModels},
		directory.CreateGroup{}, directory.CreateGroup{}, directory.CreateGroup{}, directory.CreateGroup{},
		directory.CreateGroup{},
		directory.CreateAttribute{Name: "a", Type: directory.TypeString, UserCanEdit: true},
	)
	for _, i := range []int{2, 3, 4, 5} {
		h.users = append(h.users, directory.UserID(made.Results[i].ID))
	}
	for i := 9; i < 14; i++ {
		h.groups = append(h.groups, directory.GroupID(made.Results[i].ID))
	}
	h.thief, h.attr = h.users[1], directory.AttributeID(made.Results[14].ID)
	h.roles = []directory.RoleID{directory.AdminRole, directory.RoleID(made.Results[1].ID),
		directory.RoleID(made.Results[8].ID)}
	for range rapid.IntRange(0, 12).Draw(t, "changes of others") {
		_, _ = h.commit(view.New(h.core).As(directory.System("others")), h.edit(true))
	}
	h.note()
	return h
}

func (h *heist) asSystem(edits ...directory.Edit) directory.Committed {
	h.t.Helper()
	done, err := h.commit(view.New(h.core).As(directory.System("others")), edits...)
	if err != nil {
		h.t.Fatal(err)
	}
	return done
}

func (h *heist) commit(as *view.View, edits ...directory.Edit) (directory.Committed, error) {
	done, err := as.Commit(h.t.Context(), directory.Change{Edits: edits})
	if err != nil && directory.KindOf(err) == directory.KindInternal {
		h.t.Fatalf("%+v: %v", edits, err)
	}
	return done, err
}

// instant draws one that is a whole hour from the beginning, or none.
func (h *heist) instant(what string) directory.Instant {
	hour := rapid.IntRange(0, heistSpan).Draw(h.t, what)
	if hour == 0 {
		return 0
	}
	return directory.Instant(1_700_000_000_000 + int64(hour)*time.Hour.Milliseconds())
}

func (h *heist) edit(setup bool) directory.Edit {
	t := h.t
	u, g, o := rapid.SampledFrom(h.users).Draw(t, "user"), rapid.SampledFrom(h.groups).Draw(t, "group"),
		rapid.SampledFrom(h.groups).Draw(t, "other")
	role := rapid.SampledFrom(h.roles).Draw(t, "role")
	yes := rapid.Bool().Draw(t, "yes")
	edits := []func() directory.Edit{
		func() directory.Edit { return directory.AddParent{Group: g, Parent: o} },
		func() directory.Edit { return directory.AddMember{Group: g, User: u} },
		func() directory.Edit {
			return directory.AddMember{Group: g, User: u, Window: &directory.Window{StartsAt: h.instant("from"),
				ExpiresAt: h.instant("until")}}
		},
		func() directory.Edit { return directory.RemoveParent{Group: g, Parent: o} },
		func() directory.Edit { return directory.SetFirstParent{Group: g, Parent: o} },
		func() directory.Edit { return directory.RemoveMember{Group: g, User: u} },
		func() directory.Edit { return directory.SetFirstGroup{Group: g, User: u} },
		func() directory.Edit { return directory.DeleteGroup{Group: g} },
		func() directory.Edit { return directory.SetGroupRoles{Group: g, Roles: []directory.RoleID{role}} },
		func() directory.Edit { return directory.SetUserRoles{User: u, Roles: []directory.RoleID{role}} },
		func() directory.Edit {
			return directory.Revert{Revision: directory.Revision(rapid.Int64Range(2, int64(h.core.Head().Revision)).Draw(t,
				"revision"))}
		},
		func() directory.Edit { return directory.UpdateUser{User: u, Disabled: &yes} },
		func() directory.Edit { return directory.DeleteUser{User: u} },
		func() directory.Edit { return directory.CreateGroup{} },
		func() directory.Edit {
			return directory.SetUserValue{User: u, Attribute: h.attr, Value: coretest.Text("v")}
		},
	}
	if !setup {
		key := func() directory.Edit { return directory.CreateAPICredential{User: u} }
		edits = append(edits, key, key)
	}
	return rapid.SampledFrom(edits).Draw(t, "edit")()
}

// over is what every user holds at every instant at which that can change.
func (h *heist) over() map[directory.UserID]held {
	all := map[directory.UserID]held{}
	err := h.store.Read(h.t.Context(), func(r store.Reader) error {
		catalog, err := resolve.Build(func(yield func(directory.Row) error) error {
			for _, kind := range directory.RowKinds() {
				if err := r.Scan(h.t.Context(), kind, yield); kind.InCatalog() && err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, u := range h.users {
			rows, _, err := r.UserRows(h.t.Context(), u)
			if err != nil {
				return err
			}
			all[u] = held{}
			now := directory.InstantOf(h.now())
			for hour := range heistSpan + 1 {
				at := max(now, heistBegin+directory.Instant(int64(hour)*time.Hour.Milliseconds()))
				if rows.User.ID != 0 && rows.User.DeletedRev == 0 && !rows.User.Disabled {
					all[u][at] = catalog.PermissionsOf(&rows, at)
				}
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// note takes in what the thief has now, and before the first attempt what all
// others have.
func (h *heist) note() {
	now := h.over()
	if h.before == nil {
		h.before = now
	}
	h.had |= now[h.thief][directory.InstantOf(h.now())]
}

// check holds the state against what may never be.
func (h *heist) check() {
	for u, held := range h.over() {
		for at, powers := range held {
			if more := powers &^ h.before[u][min(at, heistEnd)] &^ h.had; more != 0 {
				h.t.Fatalf("user %d has come to %v at %d", u, more.Names(), at)
			}
			if more := powers &^ h.had; u != h.thief && h.keys[u] && more != 0 {
				h.t.Fatalf("the thief has a credential of user %d, who holds %v at %d", u, more.Names(), at)
			}
		}
	}
}

// Whoever tries whatever it can, and reverts whatever it likes, while windows
// open and close: nobody comes to more than the caller had, nobody who holds
// more can be acted as, and the directory stays sound.
func TestLawNobodyComesToMoreThanTheCallerHad(t *testing.T) {
	effort.Check(t, 40, func(t *rapid.T) {
		h := newHeist(t)
		defer func() {
			h.core.Close()
			_ = h.store.Close()
		}()
		for range rapid.IntRange(1, 25).Draw(t, "attempts") {
			if rapid.IntRange(0, 5).Draw(t, "wait") == 0 {
				h.clock.Add(time.Hour.Milliseconds())
				h.note()
			}
			as := view.New(h.core).As(directory.Caller{User: h.thief, Dialect: "test"})
			edits := []directory.Edit{h.edit(false)}
			if rapid.IntRange(0, 3).Draw(t, "two") == 0 {
				edits = append(edits, h.edit(false))
			}
			if _, err := h.commit(as, edits...); err == nil {
				for _, e := range edits {
					if made, ok := e.(directory.CreateAPICredential); ok {
						h.keys[made.User] = true
					}
				}
				h.note()
				h.check()
			}
		}
		h.sound()
	})
}

// sound verifies the directory, and looks for an administrator.
func (h *heist) sound() {
	var problems []string
	v := &verify.Report{Problem: func(said string) { problems = append(problems, said) }}
	if _, err := verify.Check(h.t.Context(), h.store, v); err != nil || len(problems) > 0 {
		h.t.Fatalf("verify finds %v, %v", problems, err)
	}
	held := h.over()
	err := h.store.Read(h.t.Context(), func(r store.Reader) error {
		for _, u := range h.users {
			rows, _, err := r.UserRows(h.t.Context(), u)
			if err != nil {
				return err
			}
			key := slices.ContainsFunc(rows.Credentials, func(c directory.Credential) bool {
				return c.Kind == directory.CredentialAPI && !c.Disabled
			})
			if key && held[u][max(heistEnd, directory.InstantOf(h.now()))].Has(directory.Administer) {
				return nil
			}
		}
		return errors.New("nobody who administers is left")
	})
	if err != nil {
		h.t.Fatal(err)
	}
}
