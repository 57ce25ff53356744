// Package memstore is a store that keeps everything in maps: the model that other stores are
// compared with, and the store of tests that need none on disk.
//
// It is naive on purpose. It computes all derived data (lists, counts, shown e-mails) from the
// rows on demand, so that it cannot be out of date. It knows nothing of files, SQL or speed.
package memstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"cohort/internal/store"
)

// Store is a store in memory. Readers see the last published state; a writer works on a copy
// of it and publishes the copy.
type Store struct {
	current atomic.Pointer[state]
	writer  chan struct{} // holds a token while nobody writes

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup // calls in progress
}

var (
	_ store.Store    = (*Store)(nil)
	_ store.Ephemera = ephemera{}
)

// New returns an empty store at revision 0 and incarnation 1, whose next ids are all 1.
func New() *Store {
	s := &Store{writer: make(chan struct{}, 1)}
	s.current.Store(newState())
	s.writer <- struct{}{}
	return s
}

// Clone returns an independent store that begins as s is now.
func (s *Store) Clone() *Store {
	c := New()
	c.current.Store(s.current.Load().copy())
	return c
}

// begin counts a call in progress. end must be called after it.
func (s *Store) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	s.busy.Add(1)
	return nil
}

func (s *Store) end() { s.busy.Done() }

// Read implements store.Store.
func (s *Store) Read(ctx context.Context, f func(store.Reader) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	return f(&reader{state: s.current.Load()})
}

// Open implements store.Store.
func (s *Store) Open(ctx context.Context) (store.View, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	return &openView{reader: reader{state: s.current.Load()}, end: s.end}, nil
}

// An openView is a reader that prevents the store from closing.
type openView struct {
	reader
	end func()
}

// Close implements store.View.
func (v *openView) Close() {
	if v.end != nil {
		v.end()
		v.end = nil
	}
}

// Write implements store.Store.
func (s *Store) Write(ctx context.Context, f func(store.Tx) error) error {
	return s.write(ctx, func(next *state) error {
		t := &tx{reader: reader{state: next}, written: rowKeys{}}
		if err := f(t); err != nil {
			return err
		}
		if t.failed != nil {
			return fmt.Errorf("commit after an error: %w", t.failed)
		}
		return next.checkReferences(t.written)
	})
}

// write runs f on a copy of the state and publishes the copy if f returns nil.
func (s *Store) write(ctx context.Context, f func(next *state) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	select {
	case <-s.writer:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { s.writer <- struct{}{} }()
	next := s.current.Load().copy()
	if err := f(next); err != nil {
		return err
	}
	s.current.Store(next)
	return nil
}

// Ephemera implements store.Store.
func (s *Store) Ephemera() store.Ephemera { return ephemera{s} }

// Check implements store.Store.
func (s *Store) Check(ctx context.Context, report func(string)) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	s.current.Load().check(report)
	return nil
}

// Learn implements store.Store. Maps have nothing to learn.
func (s *Store) Learn(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	s.end()
	return nil
}

// Backup implements store.Store. The copy is a text for people; nothing reads it back.
func (s *Store) Backup(ctx context.Context, path string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("create the backup: %w", err)
	}
	if err := errors.Join(s.current.Load().dump(f), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return store.ErrClosed
	}
	s.closed = true
	s.mu.Unlock()
	s.busy.Wait()
	return nil
}

// dump writes every row, one a line.
func (s *state) dump(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%+v\n", s.head); err != nil {
		return err
	}
	for kind := range s.rows {
		for _, row := range s.sorted(kind) {
			if _, err := fmt.Fprintf(w, "%T%+v\n", row, row); err != nil {
				return err
			}
		}
	}
	return nil
}
