package pagekit

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"cohort/internal/console/draft"
	"cohort/internal/directory"
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
	q.drafted, err = q.read.draft(q.Caller.User, q.Codec(), data, version)
	return q.drafted, err
}

// A draftMemory keeps the drafts that were decoded last: it takes longer than the rest of a page
// to decode a long one. The zero value is ready.
type draftMemory struct {
	mu sync.Mutex
	of map[directory.UserID]decodedDraft
}

type decodedDraft struct {
	data    []byte
	entries []draft.Entry // never changed
}

const (
	maxDecodedDrafts = 64
	maxDecodedDraft  = 256 << 10 // bytes of data
)

// draft decodes the stored draft of a user.
func (m *draftMemory) draft(
	user directory.UserID, codec draft.Codec, data []byte, version int64,
) (*draft.Draft, error) {
	m.mu.Lock()
	known, ok := m.of[user]
	m.mu.Unlock()
	if ok && bytes.Equal(known.data, data) {
		return &draft.Draft{Version: version, Entries: slices.Clone(known.entries)}, nil
	}
	d, err := codec.Read(data, version)
	if err != nil || len(data) > maxDecodedDraft {
		return d, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil {
		m.of = map[directory.UserID]decodedDraft{}
	}
	for other := range m.of {
		if len(m.of) >= maxDecodedDrafts {
			delete(m.of, other)
		}
	}
	m.of[user] = decodedDraft{data, slices.Clone(d.Entries)}
	return d, nil
}

// ForgetDraft makes the next call of Draft load it again.
func (q *Request) ForgetDraft() { q.drafted = nil }
