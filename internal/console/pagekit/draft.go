package pagekit

import (
	"time"

	"cohort/internal/console/draft"
)

// DraftLife limits how long an unchanged draft is stored.
const DraftLife = 30 * 24 * time.Hour

// Codec returns the codec of stored drafts.
func (c *Console) Codec() draft.Codec {
	return draft.Codec{Encode: c.EncodeEdits, Decode: c.DecodeEdits}
}

// Draft returns the draft of the person. It is loaded once per request.
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

// ForgetDraft makes the next call of Draft load it again.
func (q *Request) ForgetDraft() { q.drafted = nil }
