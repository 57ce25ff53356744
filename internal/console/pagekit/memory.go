package pagekit

import (
	"sync"
	"time"

	"cohort/internal/directory"
)

// A memory holds what pages found that takes long to find, for as long as the
// directory does not change, and a minute at most: identity providers are refused
// without a revision. The zero value is ready.
type memory struct {
	mu    sync.Mutex
	found map[memoryKey]memorized
}

// A memoryKey names what was found, by whom: what one person may see, another may not.
type memoryKey struct {
	caller      directory.UserID
	incarnation int64
	revision    directory.Revision
	address     string // of the page, whether or not it was asked to look
}

type memorized struct {
	at    time.Time
	value any
}

const (
	maxMemorized  = 64
	memorizedLife = time.Minute
)

func (m *memory) get(key memoryKey, now time.Time) (any, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	one, ok := m.found[key]
	return one.value, ok && now.Sub(one.at) < memorizedLife
}

func (m *memory) put(key memoryKey, value any, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.found == nil {
		m.found = map[memoryKey]memorized{}
	}
	for old, one := range m.found {
		if len(m.found) >= maxMemorized || now.Sub(one.at) >= memorizedLife || old.caller == key.caller &&
			old.revision != key.revision {
			delete(m.found, old)
		}
	}
	m.found[key] = memorized{now, value}
}

func (q *Request) memoryKey() memoryKey {
	key := memoryKey{caller: q.Caller.User, address: q.With("look", "")}
	key.incarnation, key.revision = q.Dir.Revision()
	return key
}

// Recalled is what the page at this address found before, at this revision, for this
// person.
func Recalled[T any](q *Request) (known T, ok bool) {
	value, ok := q.found.get(q.memoryKey(), q.Now())
	if ok {
		known, ok = value.(T)
	}
	return known, ok
}

// Remembered is what was found before, or what find finds.
func Remembered[T any](q *Request, find func() (T, error)) (T, error) {
	if known, ok := Recalled[T](q); ok {
		return known, nil
	}
	value, err := find()
	if err == nil {
		q.found.put(q.memoryKey(), value, q.Now())
	}
	return value, err
}
