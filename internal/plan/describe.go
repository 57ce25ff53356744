package plan

import (
	"fmt"
	"reflect"

	"cohort/internal/directory"
	"cohort/internal/record"
)

// A descriptor is all that planning knows of one kind of edit; edits.go has one
// for each. Only describe makes one, from all its parts: an edit with a part
// that is missing does not compile.
type descriptor struct {
	edit      reflect.Type
	authorize func(*Planner, directory.Edit) error
	protect   func(*Planner, directory.Edit) error
	plan      func(*Planner, directory.Edit) (directory.Result, error)
	needsTry  func(*Planner, directory.Edit) (bool, error)
	seal      func(*hiding, directory.Edit) (directory.Edit, error)
	tells     func(edit directory.Edit, user directory.UserID, makes bool) bool
	lasts     reversal
	takes     effort
}

// The parts of a descriptor.
type (
	// An aboutPart names the object that an edit is about. Its id is the result of
	// an edit that has no other.
	aboutPart[E directory.Edit] func(E) directory.Object
	// A needsPart asks for the permission that an edit needs.
	needsPart[E directory.Edit] func(*Planner, E, directory.Object) error
	// A coversPart refuses to hand out or take powers that the caller lacks, and to
	// touch the identity of someone who has them. It runs early, for good messages;
	// the package outcome decides.
	coversPart[E directory.Edit] func(*Planner, E, directory.Object) error
	// A protectsPart refuses what nobody may do, whatever the values are.
	protectsPart[E directory.Edit] func(*Planner, E, directory.Object) error
	// A plansPart plans an edit that is authorized.
	plansPart[E directory.Edit] func(*Planner, E) (directory.Result, error)
	// A triesPart reports whether only planning tells whether an edit is possible:
	// it takes something away from which the permission to administer follows, or
	// that is not there.
	triesPart[E directory.Edit] func(*Planner, E) (bool, error)
	// A sealsPart replaces the values of an attribute that becomes hidden, as
	// records show the edit.
	sealsPart[E directory.Edit] func(*hiding, *E) error
	// A tellsPart reports whether an edit says anything about a user who is erased.
	// Makes is true if its change made the user.
	tellsPart[E directory.Edit] func(e E, user directory.UserID, makes bool) bool
	// A reversal is empty, or says why a change with the edit cannot be reverted.
	reversal string
	// An effort says how long planning an edit takes.
	effort int
)

// isRevertible says that a change with the edit can be reverted.
const isRevertible reversal = ""

// Efforts of planning.
const (
	quick effort = iota // as long as any other edit
	long                // grows with the history or with the number of users
)

func describe[E directory.Edit](
	about aboutPart[E], needs needsPart[E], covers coversPart[E], protects protectsPart[E], plans plansPart[E],
	tries triesPart[E], seals sealsPart[E], tells tellsPart[E], lasts reversal, takes effort,
) descriptor {
	is := func(edit directory.Edit) E {
		e, _ := edit.(E) // descriptors are found by the edit's type
		return e
	}
	return descriptor{
		edit: reflect.TypeFor[E](), lasts: lasts, takes: takes,
		authorize: func(p *Planner, edit directory.Edit) error {
			e := is(edit)
			if err := needs(p, e, about(e)); err != nil {
				return err
			}
			return covers(p, e, about(e))
		},
		protect: func(p *Planner, edit directory.Edit) error { return protects(p, is(edit), about(is(edit))) },
		plan: func(p *Planner, edit directory.Edit) (directory.Result, error) {
			result, err := plans(p, is(edit))
			if result.ID == 0 {
				result.ID = about(is(edit)).ID
			}
			return result, err
		},
		needsTry: func(p *Planner, edit directory.Edit) (bool, error) { return tries(p, is(edit)) },
		seal: func(h *hiding, edit directory.Edit) (directory.Edit, error) {
			e := is(edit)
			err := seals(h, &e)
			return e, err
		},
		tells: func(edit directory.Edit, user directory.UserID, makes bool) bool { return tells(is(edit), user, makes) },
	}
}

// descriptor returns what planning knows of an edit.
func (e *Env) descriptor(edit directory.Edit) (*descriptor, error) {
	e.describing.Do(func() {
		e.descriptors = map[reflect.Type]*descriptor{}
		for _, d := range descriptors() {
			e.descriptors[d.edit] = &d
		}
	})
	if d := e.descriptors[reflect.TypeOf(edit)]; d != nil {
		return d, nil
	}
	return nil, fmt.Errorf("the edit %T has no descriptor", edit)
}

// TakesLong reports whether planning one of the edits may take long, however few
// they are.
func (e *Env) TakesLong(edits []directory.Edit) bool {
	for _, edit := range edits {
		if d, err := e.descriptor(edit); err == nil && d.takes == long {
			return true
		}
	}
	return false
}

// Permissions that edits need.

func needsUsers[E directory.Edit](p *Planner, _ E, _ directory.Object) error {
	return p.require(directory.ManageUsers)
}

func needsGroups[E directory.Edit](p *Planner, _ E, _ directory.Object) error {
	return p.require(directory.ManageGroups)
}

func needsAttributes[E directory.Edit](p *Planner, _ E, _ directory.Object) error {
	return p.require(directory.ManageAttributes)
}

func needsValues[E directory.Edit](p *Planner, _ E, _ directory.Object) error {
	return p.require(directory.SetValues)
}

func needsHistory[E directory.Edit](p *Planner, _ E, _ directory.Object) error {
	return p.require(directory.SeeHistory) // and what each row needs; see authorizeRow
}

func needsAdministrator[E directory.Edit](p *Planner, _ E, _ directory.Object) error {
	return p.require(directory.Administer)
}

func needsManager[E directory.Edit](p *Planner, _ E, o directory.Object) error {
	return p.require(managing(o))
}

// needsServer is for edits that no caller may make.
func needsServer[E directory.Edit](*Planner, E, directory.Object) error {
	return directory.Forbidden("only the server itself does this")
}

// Powers that the caller of an edit must cover.

func coversNothing[E directory.Edit](*Planner, E, directory.Object) error { return nil }

func coversUser[E directory.Edit](p *Planner, _ E, o directory.Object) error {
	return p.forbidTouching(directory.UserID(o.ID))
}

func coversGroup[E directory.Edit](p *Planner, _ E, o directory.Object) error {
	return p.forbidHanding(directory.GroupID(o.ID))
}

// Objects that edits protect.

func protectsNothing[E directory.Edit](*Planner, E, directory.Object) error { return nil }

func protectsSelf[E directory.Edit](p *Planner, _ E, o directory.Object) error {
	if id := directory.UserID(o.ID); !p.Caller.IsSystem() && (id == p.Caller.User || id == p.Caller.Sudoer) {
		return directory.Forbidden("users cannot delete themselves")
	}
	return nil
}

// protectsAllUsers refuses an edit of All Users.
func protectsAllUsers[E directory.Edit](cannot string) protectsPart[E] {
	return func(_ *Planner, _ E, o directory.Object) error {
		return protectAllUsers(directory.GroupID(o.ID), cannot)
	}
}

// How edits are planned.

// planned plans an edit whose result is the object that it is about.
func planned[E directory.Edit](plan func(*Planner, E) error) plansPart[E] {
	return func(p *Planner, e E) (directory.Result, error) { return directory.Result{}, plan(p, e) }
}

// Whether only a trial plan tells if an edit is possible.

func needsNoTry[E directory.Edit](*Planner, E) (bool, error) { return false, nil }

func needsTry[E directory.Edit](*Planner, E) (bool, error) { return true, nil }

// Parts of edits that records must not show.

func sealsNothing[E directory.Edit](*hiding, *E) error { return nil }

func tellsNothing[E directory.Edit](E, directory.UserID, bool) bool { return false }

func tellsNamed[E directory.Edit](e E, user directory.UserID, _ bool) bool {
	return record.Names(e, user.Object())
}
