package console

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
	address     string // of the page
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

// remembered is what the page at this address found before, at this revision, for
// this person, or what find finds.
func remembered[T any](q *request, m *memory, find func() (T, error)) (T, error) {
	key := memoryKey{caller: q.caller.User, address: q.r.URL.RequestURI()}
	key.incarnation, key.revision = q.dir.Revision()
	if value, ok := m.get(key, q.Now()); ok {
		if known, ok := value.(T); ok {
			return known, nil
		}
	}
	value, err := find()
	if err == nil {
		key.incarnation, key.revision = q.dir.Revision()
		m.put(key, value, q.Now())
	}
	return value, err
}
