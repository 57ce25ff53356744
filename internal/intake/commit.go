package intake

import (
	"context"
	"errors"
	"time"

	"cohort/internal/apply"
	"cohort/internal/directory"
	"cohort/internal/view"
)

// A committer commits the changes of a job as a caller until its time is up, but at least one.
type committer struct {
	directory func(directory.Caller) *view.View
	caller    directory.Caller
	until     time.Time
	made      int
}

// errMore ends a job whose time is up.
var errMore = errors.New("time is up, and there is more")

// Commit implements apply.Committer.
func (c *committer) Commit(ctx context.Context, change apply.Change) (done apply.Committed, err error) {
	if c.made > 0 && time.Now().After(c.until) {
		return done, errMore
	}
	c.made++
	caller := c.caller
	caller.RequestID = change.RequestID
	out, err := c.directory(caller).Commit(ctx, directory.Change{Edits: change.Edits, Comment: change.Comment})
	if err != nil {
		return done, refusal(err)
	}
	done = apply.Committed{Revision: int64(out.Revision), Changed: out.Changed, Results: make([]int64, len(out.Results))}
	for i, r := range out.Results {
		done.Results[i] = r.ID
	}
	return done, nil
}

// refusal converts an error to an apply.Refusal if the change is refused for good.
func refusal(err error) error {
	e, ok := errors.AsType[*directory.Error](err)
	if !ok || errors.Is(err, directory.ErrSignInAgain) {
		return err
	}
	switch e.Kind {
	case directory.KindMalformed, directory.KindInvalid, directory.KindForbidden, directory.KindNotFound,
		directory.KindConflict, directory.KindProtected:
		return &apply.Refusal{Field: e.Field, Msg: e.Public(), Err: err}
	case directory.KindInternal, directory.KindUnauthenticated, directory.KindStale, directory.KindGone,
		directory.KindTooLarge,
		directory.KindUnsupportedMedia, directory.KindTooMany, directory.KindUnavailable:
	}
	return err
}
