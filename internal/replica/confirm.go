package replica

import (
	"context"
	"errors"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Pauses between attempts to find out what became of a commit.
const (
	firstConfirm = 50 * time.Millisecond
	maxConfirm   = 2 * time.Second
)

// Confirm finds out whether the changes of a lost commit were made. They were
// all made or none, so the last one decides.
func (l *Node) Confirm(
	ctx context.Context, planned []directory.ChangeHeader, closing <-chan struct{},
) (happened bool, err error) {
	type answer struct {
		happened bool
		err      error
	}
	deadline := time.NewTimer(l.LostFor)
	defer deadline.Stop()
	for wait := firstConfirm; ; wait = min(2*wait, maxConfirm) {
		answered := make(chan answer, 1)
		go func() {
			happened, err := l.lookFor(ctx, planned)
			answered <- answer{happened, err}
		}()
		select {
		case a := <-answered:
			if a.err == nil {
				return a.happened, nil
			}
			err = a.err
			l.wake()
		case <-deadline.C: // it may wait for a standby for ever
			return false, errLost(err)
		}
		pause := time.NewTimer(Jitter(wait))
		select {
		case <-pause.C:
		case <-deadline.C:
			return false, errLost(err)
		case <-closing:
			return false, errLost(err)
		}
	}
}

// errLost says that the outcome of a change is unknown.
func errLost(cause error) error {
	return &directory.Error{
		Kind: directory.KindUnavailable, RetryAfter: RetryDown,
		Err: errors.Join(directory.ErrOutcomeUnknown, store.ErrCommitUnknown, cause),
		Msg: "the database was lost while it wrote, and whether the change was made is not known: look for it before you " +
			"send it again",
	}
}

// lookFor asks the store whether the last of some changes is there. It locks the
// head, so it waits for a transaction that is still under way there; and as a lock
// is written, its own commit waits for the standby, if there is one: a record that
// is found is durable once this commit has succeeded.
func (l *Node) lookFor(ctx context.Context, planned []directory.ChangeHeader) (found bool, err error) {
	err = l.store.Write(ctx, func(tx store.Tx) error {
		found = false
		if len(planned) == 0 {
			return nil
		}
		last := planned[len(planned)-1]
		return tx.Records(ctx, last.Revision-1, nil, 1, func(rec store.Record) error {
			found = rec.Header.Revision == last.Revision && rec.Header.ChangeID == last.ChangeID
			return nil
		})
	})
	return found, err
}
