package view

import (
	"context"
	"slices"
	"time"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/state"
	"cohort/internal/store"
	"cohort/internal/store/rewind"
)

// A Directory is where callers get their views from: one for a running core.
type Directory struct {
	core      *core.Core
	bookmarks bookmarks
	scans     scans
}

// New is the directory of a running core.
func New(c *core.Core) *Directory {
	return &Directory{core: c, scans: newScans()}
}

// As narrows the directory to what a caller may do. Permissions are looked up
// at the revision that answers, so a change of them takes effect at once.
func (d *Directory) As(caller directory.Caller) *View { return &View{Directory: d, caller: caller} }

// A View is the directory as one caller may use it. Objects that the caller may
// not see are not found or left out; operations that it may not do are forbidden.
//
// One request has one View, which it uses in one goroutine. All answers are true
// at one revision: that of the first answer, and after a commit that of the change.
type View struct {
	*Directory
	caller   directory.Caller
	present  *View                                    // of a View of the past, the View that it was made from
	supposed map[directory.UserID]directory.UserRows  // of a View of what would be, the users whom the edits touch
	undo     *rewind.Undo                             // of a View of the past, what happened since; nil until it is needed
	pin      *pin                                     // of a View that prepares a change inside the transaction
	fixed    core.Pinned                              // the state that answers; nothing before the first answer
	now      Scope                                    // of that state
	entered  bool                                     // whether the caller was looked up
	repeated directory.Revision                       // of the earlier change, if the last commit repeated one
	look     *look                                    // the view of the store that is open
	held     bool                                     // whether it stays open between reads
	expect   *directory.Expectations                  // of a View that prepares a change, what it reads
	met      map[directory.UserID]*directory.UserRows // users that were read as of the state that answers
	pace     Pace                                     // of changes that are made together
	took     time.Duration                            // see Took
}

// Revision is the incarnation and the revision at which the answers are true;
// before the first one, the newest.
func (a *View) Revision() (incarnation int64, revision directory.Revision) {
	head := &a.core.Published().Get().Head
	if a.fixed.State != nil {
		head = &a.fixed.State.Head
	}
	if a.repeated != 0 {
		return head.Incarnation, a.repeated
	}
	return head.Incarnation, head.Revision
}

// Commit runs the edits as one change: on disk and visible when it returns.
// Refusals are of the kinds that directory.Error has; nothing has happened
// then. If ctx ends first the change may still happen.
//
// From then on all reads of this View are answered as of the change: others
// may have changed the same objects already, and the reply is about this one.
func (a *View) Commit(ctx context.Context, change directory.Change) (directory.Committed, error) {
	if a.present != nil {
		return directory.Committed{}, directory.Invalid("revision", "is not the present: nothing can be changed there")
	}
	a.closeLook() // a request never holds two connections
	done, left, err := a.core.Commit(ctx, a.caller, change)
	if err == nil {
		a.pinTo(left)
		if done.Repeated {
			a.repeated = done.Revision
		}
	}
	return done, err
}

// Now is the time at which the answers of this View say what is in force.
func (a *View) Now(ctx context.Context) (directory.Instant, error) {
	if a.expect != nil {
		defer a.expect.Named()()
	}
	v, err := a.view(ctx)
	if err != nil {
		return 0, err
	}
	return v.At, nil
}

// AcceptTime has changes dated by the clock as it is, though it has gone ahead
// or is behind the last change. It needs the permission to administer.
func (a *View) AcceptTime(ctx context.Context) (directory.Instant, error) {
	v, err := a.view(ctx)
	if err != nil {
		return 0, err
	}
	if !v.powers.Has(directory.Administer) {
		return 0, directory.Forbidden("the permission %s is needed", directory.Administer)
	}
	now := a.core.AcceptTime(a.caller)
	return now, nil
}

// A Scope is one state and the caller who looks at it. It does not change.
type Scope struct {
	*state.State
	me     *directory.UserRows // nil for the program itself
	powers directory.Permissions
	At     directory.Instant
}

// view returns the Scope of this View. The first call fixes its state and loads
// the caller. A caller who is gone or disabled is unauthenticated.
func (a *View) view(ctx context.Context) (*Scope, error) {
	if a.pin != nil {
		if a.pin.isOver() {
			return nil, errContended
		}
		return a.pin.view, nil
	}
	a.expect.Reads(false)
	if a.entered {
		return &a.now, nil
	}
	if err := a.core.Broken(); err != nil {
		return nil, err
	}
	if a.fixed.State == nil {
		release, err := a.fix(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	v := Scope{State: a.fixed.State, powers: directory.AllPermissions, At: max(a.core.Now(), a.fixed.State.Head.At)}
	if !a.caller.IsSystem() {
		me, ok, err := a.user(ctx, a.caller.User)
		if err != nil {
			return nil, err
		}
		if err := a.enter(ctx, &v, me, ok); err != nil {
			return nil, err
		}
	}
	a.now, a.entered = v, true
	return &a.now, nil
}

// fix decides which state answers: the newest, or that of the store if the caller
// must be read from it.
func (a *View) fix(ctx context.Context) (release func(), err error) {
	if err := a.core.TooOld(); err != nil {
		return nil, err
	}
	newest := a.core.Published().Get()
	if a.caller.IsSystem() || a.core.Users().Peek(a.caller.User, newest) != nil {
		a.fixed.State = newest
		return func() {}, nil
	}
	l, err := a.open(ctx)
	return func() { a.release(l) }, err
}

// enter notes who looks at a Scope.
func (a *View) enter(ctx context.Context, v *Scope, me core.CachedUser, there bool) error {
	if !there || me.Rows.User.Disabled {
		return &directory.Error{Kind: directory.KindUnauthenticated, Msg: "the user is not there or disabled"}
	}
	v.me = me.Rows
	v.powers = v.Catalog.PermissionsOf(v.me, v.At)
	if v.powers.CanManage() {
		// Whether the caller still may is not known while others cannot be asked.
		if err := a.core.CutOff(); err != nil {
			return err
		}
	}
	if a.caller.Sudoer == 0 {
		return nil
	}
	behind, ok, err := a.user(ctx, a.caller.Sudoer)
	if err != nil {
		return err
	}
	if !ok || !plan.MayStandBehind(v.Catalog, behind.Rows, v.me, v.At) {
		return plan.ErrSudoEnded
	}
	return nil
}

// Read runs f on the Scope of this View and a reader of the same revision, which
// is that of the store if nothing was answered yet.
func (a *View) Read(ctx context.Context, f func(v *Scope, r store.Reader) error) error {
	if a.pin != nil && a.pin.isOver() {
		return errContended
	}
	if a.pin != nil {
		return f(a.pin.view, a.pin.reader)
	}
	a.expect.Reads(true)
	if a.supposed != nil {
		return errSupposed
	}
	if a.present != nil {
		return a.readPast(ctx, f)
	}
	l, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer a.release(l)
	v, err := a.view(ctx)
	if err != nil {
		return err
	}
	return f(v, l.reader)
}

// has reports whether the caller has any of the permissions.
func (v *Scope) has(any ...directory.Permission) bool {
	return slices.ContainsFunc(any, v.powers.Has)
}

// Administers reports whether the caller may do everything.
func (v *Scope) Administers() bool { return v.has(directory.Administer) }

// SeesUsers reports whether the caller sees users other than itself.
func (v *Scope) SeesUsers() bool { return v.has(directory.SeeUsers, directory.ManageUsers) }

// SeesUser reports whether the caller may see a user.
func (v *Scope) SeesUser(id directory.UserID) bool { return v.seesUser(id) }

func (v *Scope) seesUser(id directory.UserID) bool { return v.SeesUsers() || v.isMe(id) }

func (v *Scope) isMe(id directory.UserID) bool { return v.me != nil && v.me.User.ID == id }

// seesGroups reports whether the caller sees every group.
func (v *Scope) seesGroups() bool {
	return v.has(directory.SeeUsers, directory.ManageUsers, directory.ManageGroups, directory.SetValues,
		directory.ManageAttributes)
}

// Groups returns a test for the groups that the caller sees: all, or those it
// is in.
func (v *Scope) Groups() func(directory.GroupID) bool {
	if v.seesGroups() {
		return func(directory.GroupID) bool { return true }
	}
	own := map[directory.GroupID]bool{}
	for _, g := range v.ownGroups() {
		own[g] = true
	}
	return func(id directory.GroupID) bool { return own[id] }
}

// ownGroups are All Users and the groups that the caller is in, at any depth, each
// once.
func (v *Scope) ownGroups() []directory.GroupID {
	own := []directory.GroupID{directory.AllUsers}
	if v.me != nil {
		own = append(own, v.Catalog.AllGroupsOf(v.me, v.At)...)
	}
	slices.Sort(own)
	return slices.Compact(own)
}

// SeesAttribute reports whether the caller sees an attribute: its definition,
// and the values that the caller sees the owners of.
func (v *Scope) SeesAttribute(a *directory.Attribute) bool {
	return a.UserCanView || v.seesAllAttributes()
}

// seesValue reports whether the caller sees what a user has of an attribute that it
// sees. Values computed from fields of the user are visible with the user.
func (v *Scope) seesValue(user directory.UserID, a directory.AttributeID) bool {
	return !a.Computed() || v.seesUser(user)
}

func (v *Scope) seesAllAttributes() bool {
	return v.has(directory.ManageAttributes, directory.SetValues, directory.ReadEffective)
}

// Permissions are the caller's own.
func (a *View) Permissions(ctx context.Context) (directory.Permissions, error) {
	if a.expect != nil {
		defer a.expect.Named()()
	}
	v, err := a.view(ctx)
	if err != nil {
		return 0, err
	}
	return v.powers, nil
}

// MaySudo reports whether the caller may act as a user, who must hold nothing,
// now or later, that the caller does not hold now: nil, forbidden, or not found.
func (a *View) MaySudo(ctx context.Context, user directory.UserID) error {
	v, err := a.view(ctx)
	if err != nil {
		return err
	}
	if !v.powers.Has(directory.Sudo) {
		return directory.Forbidden("the permission %s is needed", directory.Sudo)
	}
	u, ok, err := a.user(ctx, user)
	switch {
	case err != nil:
		return err
	case !ok:
		return directory.NotFound("user", user)
	case u.Rows.User.Disabled:
		return directory.Forbidden("the user is disabled")
	case !v.isMe(user) && !v.powers.Covers(v.Catalog.PermissionsFrom(u.Rows, v.At)):
		return directory.Forbidden("the user has permissions that you do not have")
	}
	return nil
}

// Can reports for each edit alone whether the caller may make it: the caller has
// the permission, the edit hands out nothing that the caller lacks, and the object
// is not protected. Can does not check values. It plans removals that could leave
// no administrator in full.
func (a *View) Can(ctx context.Context, edits ...directory.Edit) (can []bool, err error) {
	if a.expect != nil {
		defer a.expect.Named()()
	}
	if a.supposed != nil {
		return nil, errSupposed
	}
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	return plan.Can(ctx, a.core.Env(), a.lazily(), v.State, a.caller, edits)
}

// Await is Core.Await.
func (a *View) Await(ctx context.Context, f directory.Freshness) error { return a.core.Await(ctx, f) }

// MayReadAll refuses callers that may not read the effective values of others.
func (v *Scope) MayReadAll() error {
	if v.has(directory.ReadEffective, directory.SetValues) {
		return nil
	}
	return directory.Forbidden("the permission %s is needed", directory.ReadEffective)
}

// ReadHistory is Read for callers that may see history.
func (a *View) ReadHistory(ctx context.Context, f func(*Scope, store.Reader) error) error {
	return a.Read(ctx, func(v *Scope, r store.Reader) error {
		if !v.powers.Has(directory.SeeHistory) {
			return directory.Forbidden("the permission %s is needed", directory.SeeHistory)
		}
		return f(v, r)
	})
}

// Language is the language of answers whose request names none.
func (a *View) Language() directory.Language { return a.core.Language() }
