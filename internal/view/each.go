package view

import (
	"context"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/store"
)

// A pin is the state inside a transaction, as a View sees it that prepares a
// change there.
type pin struct {
	view   *Scope
	reader store.Reader
}

// CommitEach runs n changes, each as one of its own, in their order. What a
// change consists of is decided by prepare, which is called with the number of
// the change and the directory as all earlier changes left it: nothing can
// come between what it reads and what is written. A change without edits
// changes nothing and is no error. A refused change, and an error of prepare,
// concern that change only.
//
// prepare runs in the writer, perhaps more than once, and perhaps for others
// to wait for: it must neither block nor change anything but what its last run
// may overwrite. The View is good while it runs. When CommitEach returns,
// prepare is not running and will not be run again.
func (a *View) CommitEach(
	ctx context.Context, n int, prepare func(i int, now *View) (directory.Change, error),
) []directory.Attempt {
	a.closeLook()
	attempts, left := a.core.CommitEach(ctx, a.caller, n, func(i int, turn *core.Turn) (directory.Change, error) {
		v := &Scope{State: turn.State, me: turn.Me, powers: turn.Powers, At: turn.At}
		now := &View{Directory: a.Directory, caller: a.caller, pin: &pin{view: v, reader: turn.Reader}}
		defer func() { now.pin = nil }()
		return prepare(i, now)
	})
	a.pinTo(left)
	return attempts
}
