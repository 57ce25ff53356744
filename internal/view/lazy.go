package view

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A lazyReader reads for a View. Users come from the request or the cache if they
// are there; all else comes from the store, which opens only then. What it returns
// is shared and must not be changed.
type lazyReader struct {
	store.Lazy
	view *View
}

func (a *View) lazily() lazyReader {
	return lazyReader{view: a, Lazy: func(ctx context.Context, f func(store.Reader) error) error {
		return a.Read(ctx, func(_ *Scope, r store.Reader) error { return f(r) })
	}}
}

// UserRows implements store.Reader.
func (r lazyReader) UserRows(ctx context.Context, id directory.UserID) (directory.UserRows, bool, error) {
	if r.view.pin != nil { // inside a transaction, whose state memory does not know
		return r.Lazy.UserRows(ctx, id)
	}
	if u, ok := r.view.inMemory(id); ok {
		return *u.Rows, true, nil
	}
	rows, ok, err := r.Lazy.UserRows(ctx, id)
	if ok && err == nil {
		r.view.meet([]directory.UserRows{rows})
	}
	return rows, ok, err
}
