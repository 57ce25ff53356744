package pagekit

import (
	"sync"
	"time"

	"cohort/internal/directory"
)

// A memory caches slow results of pages until the directory changes, and for a minute at most,
// because refused requests of identity providers have no revision. The zero value is ready.
type memory struct {
	mu    sync.Mutex
	found map[memoryKey]memorized
}

// A memoryKey identifies a result. It has the caller, because results depend on permissions.
type memoryKey struct {
	caller      directory.UserID
	incarnation int64
	revision    directory.Revision
	address     string // of the page, without the parameter look
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

// Recalled returns what this page found for this person at this revision, if it is still in
// memory.
func Recalled[T any](q *Request) (known T, ok bool) {
	value, ok := q.found.get(q.memoryKey(), q.Now())
	if ok {
		known, ok = value.(T)
	}
	return known, ok
}

// Remembered returns the result in memory, or calls find and stores its result.
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
