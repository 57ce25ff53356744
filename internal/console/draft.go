package console

import (
	"context"
	"time"

	"cohort/internal/console/draft"
	"cohort/internal/directory"
)

// Drafts keeps the change that each person prepares.
type Drafts interface {
	// Draft returns a user's draft; version 0 says that there is none.
	Draft(ctx context.Context, user directory.UserID) (data []byte, version int64, err error)
	// PutDraft keeps a draft as the next version of the one that was read; ok is
	// false, and nothing happens, if another was put meanwhile.
	PutDraft(ctx context.Context, user directory.UserID, data []byte, version int64) (ok bool, err error)
}

// DraftLife is how long a draft is kept that nobody changes.
const DraftLife = 30 * 24 * time.Hour

func (c *console) codec() draft.Codec {
	return draft.Codec{Encode: c.EncodeEdits, Decode: c.DecodeEdits}
}

// draft loads the draft of the person, once a request.
func (q *request) draft() (*draft.Draft, error) {
	if q.drafted != nil {
		return q.drafted, nil
	}
	q.live.Release() // a request never holds two connections
	data, version, err := q.Drafts.Draft(q.ctx(), q.caller.User)
	if err != nil {
		return nil, err
	}
	q.drafted, err = q.codec().Read(data, version)
	return q.drafted, err
}

// errDraftMoved is for a draft that another tab has changed meanwhile.
var errDraftMoved = &directory.Error{
	Kind: directory.KindStale, Msg: "the draft was changed in another tab meanwhile; look at it and try again",
}

func (q *request) keep(d *draft.Draft) error {
	if n := d.Count(); n > draft.Max {
		return directory.TooLong("draft", "has %d edits; the most is %d: commit some of them first", n, draft.Max)
	}
	data, err := q.codec().Write(d)
	if err != nil {
		return err
	}
	q.live.Release()
	ok, err := q.Drafts.PutDraft(q.ctx(), q.caller.User, data, d.Version+1)
	if err == nil && !ok {
		err = errDraftMoved
	}
	return err
}

// change applies a modification to the draft, again if another tab was first.
func (q *request) change(modify func(*draft.Draft) error) error {
	for attempt := 0; ; attempt++ {
		q.drafted = nil
		d, err := q.draft()
		if err == nil {
			err = modify(d)
		}
		if err == nil {
			err = q.keep(d)
		}
		if err == errDraftMoved && attempt < 3 { //nolint:errorlint // it is never wrapped
			continue
		}
		return err
	}
}

// addEdits puts edits into the draft, or leaves them out if they would change
// nothing. Edits of one kind stand by themselves; others belong together.
func (q *request) addEdits(edits []directory.Edit) error {
	var list []draft.Entry
	dropped := map[string]bool{}
	for _, together := range draft.Apart(edits) {
		before, same, err := q.stored(together[0])
		if err != nil {
			return err
		}
		if same {
			dropped[draft.KeyOf(together[0])] = true
		} else {
			list = append(list, draft.Entry{Edits: together, Before: before})
		}
	}
	return q.change(func(d *draft.Draft) error {
		for key := range dropped {
			d.Drop(key)
		}
		for _, e := range list {
			d.Add(e)
		}
		return nil
	})
}
