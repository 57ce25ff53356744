package history

import (
	"context"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
	"cohort/internal/view"
)

// Limits of listing changes.
const (
	defaultChanges  = 100
	maxChanges      = 1000
	windowOfChanges = 1000 // records read in one step, newest first
)

// Changes lists committed changes, by default oldest first. It needs the permission to see
// history.
func Changes(ctx context.Context, a Reader, q directory.ChangeQuery) (list []directory.CommittedChange, err error) {
	if q.Limit <= 0 {
		q.Limit = defaultChanges
	}
	q.Limit = min(q.Limit, maxChanges)
	err = a.ReadHistory(ctx, func(v *view.Scope, r store.Reader) error {
		if q.Newest {
			list, err = newest(ctx, r, v.Head.Revision, q)
			return err
		}
		return store.Enough(r.Records(ctx, q.After, q.Object, 0, func(rec store.Record) error {
			if !selects(q, rec.Header) {
				return nil
			}
			c, err := committedChange(rec)
			list = append(list, c)
			return store.Proceed(len(list) < q.Limit, err)
		}))
	})
	return list, err
}

// newest reads the records backwards. Those of one object are few, so it reads them forwards
// and keeps the last ones.
func newest(ctx context.Context, r store.Reader, head directory.Revision,
	q directory.ChangeQuery) ([]directory.CommittedChange, error) {
	before := head + 1
	if q.Before > 0 {
		before = min(before, q.Before)
	}
	var list []directory.CommittedChange
	for len(list) < q.Limit && before > 1 {
		after := max(q.After, before-1-windowOfChanges)
		if q.Object != nil {
			after = q.After
		}
		var found []store.Record
		err := store.Enough(r.Records(ctx, after, q.Object, 0, func(rec store.Record) error {
			if rec.Header.Revision >= before {
				return store.ErrEnough
			}
			if selects(q, rec.Header) {
				found = append(found, rec)
			}
			if len(found) > q.Limit {
				found = slices.Delete(found, 0, 1)
			}
			return nil
		}))
		if err != nil {
			return nil, err
		}
		for _, rec := range slices.Backward(found) {
			if len(list) == q.Limit {
				break
			}
			c, err := committedChange(rec)
			if err != nil {
				return nil, err
			}
			list = append(list, c)
		}
		if before = after + 1; after <= q.After {
			break
		}
	}
	return list, nil
}

func selects(q directory.ChangeQuery, h directory.ChangeHeader) bool {
	return (q.Caller == 0 || h.Caller == q.Caller || h.Sudoer == q.Caller) &&
		(q.RequestID == "" || directory.HasRequestID(h.RequestID, q.RequestID)) &&
		h.At >= q.From && (q.To == 0 || h.At < q.To)
}

func committedChange(rec store.Record) (directory.CommittedChange, error) {
	c := directory.CommittedChange{ChangeHeader: rec.Header}
	if len(rec.Edits.Data) == 0 {
		c.Forgot = true
		return c, nil
	}
	var err error
	c.Edits, err = record.EditsOf(rec.Edits)
	c.Erased = record.ErasedEdits(rec.Edits)
	return c, err
}

// Change returns one committed change.
func Change(ctx context.Context, a Reader, rev directory.Revision) (c directory.CommittedChange, err error) {
	err = a.ReadHistory(ctx, func(_ *view.Scope, r store.Reader) error {
		rec, err := r.Record(ctx, rev)
		if err == nil {
			c, err = committedChange(rec)
		}
		return err
	})
	return c, err
}

// RevertsOf returns the edits that undo all changes of one caller under a request id, the last
// change first. Clients choose request ids, so several callers may have used one. by says
// whose changes are meant; nil is refused with a list of the callers if there are several.
func RevertsOf(ctx context.Context, a Reader, requestID string, by *directory.UserID) ([]directory.Edit, error) {
	var edits []directory.Edit
	var callers []string
	err := a.ReadHistory(ctx, func(_ *view.Scope, r store.Reader) error {
		return r.Records(ctx, 0, nil, 0, func(rec store.Record) error {
			if !directory.HasRequestID(rec.Header.RequestID, requestID) || by != nil && rec.Header.Caller != *by {
				return nil
			}
			edits = append(edits, directory.Revert{Revision: rec.Header.Revision})
			if name := directory.FormatID(rec.Header.Caller); !slices.Contains(callers, name) {
				callers = append(callers, name)
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	if len(edits) == 0 || requestID == "" {
		return nil, directory.NotFound("request", requestID)
	}
	if len(callers) > 1 {
		return nil, directory.Taken("request_id",
			"was used by the callers %s: name the one whose changes are to be undone", strings.Join(callers, ", "))
	}
	slices.Reverse(edits)
	return edits, nil
}

// Revert undoes a change in a new one; see directory.Revert for what can prevent it.
func Revert(ctx context.Context, a Directory, rev directory.Revision, comment string) (directory.Committed, error) {
	return a.Commit(ctx, directory.Change{Edits: []directory.Edit{directory.Revert{Revision: rev}}, Comment: comment})
}

// RevertRequest commits the edits of RevertsOf as one change.
func RevertRequest(
	ctx context.Context, a Directory, requestID string, by *directory.UserID, comment string,
) (directory.Committed, error) {
	edits, err := RevertsOf(ctx, a, requestID, by)
	if err != nil {
		return directory.Committed{}, err
	}
	return a.Commit(ctx, directory.Change{Edits: edits, Comment: comment})
}
