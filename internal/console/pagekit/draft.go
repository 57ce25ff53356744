package pagekit

import (
	"time"

	"cohort/internal/console/draft"
)

// DraftLife is how long a draft is kept that nobody changes.
const DraftLife = 30 * 24 * time.Hour

// Codec returns what reads and writes stored drafts.
func (c *Console) Codec() draft.Codec {
	return draft.Codec{Encode: c.EncodeEdits, Decode: c.DecodeEdits}
}

// Draft loads the draft of the person, once a request.
func (q *Request) Draft() (*draft.Draft, error) {
	if q.drafted != nil {
		return q.drafted, nil
	}
	q.Live.Release() // a request never holds two connections
	data, version, err := q.Drafts.Draft(q.Context(), q.Caller.User)
	if err != nil {
		return nil, err
	}
	q.drafted, err = q.Codec().Read(data, version)
	return q.drafted, err
}

// ForgetDraft has the draft loaded again when it is needed next.
func (q *Request) ForgetDraft() { q.drafted = nil }
