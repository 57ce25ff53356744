package app

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"cohort/internal/auth"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/replica"
)

// shared reports whether other nodes may use the same data.
func (a *App) shared() bool { return a.settings.Database != "" }

// A clocked store has a clock.
type clocked interface {
	Clock(ctx context.Context) (time.Time, error)
}

// A watcher is a store that notices writes of others.
type watcher interface {
	Watch(ctx context.Context, wake func()) error
}

// sharing returns how this node follows others, or nil if there can be none.
func (a *App) sharing() *replica.Shared {
	if !a.shared() {
		return nil
	}
	s := &replica.Shared{MaxStale: a.settings.MaxStale}
	if w, ok := a.store.(watcher); ok {
		s.Watch = w.Watch
	}
	if c, ok := a.store.(clocked); ok {
		s.Clock = c.Clock
	}
	return s
}

// memory returns what this node knows of the directory without asking the store.
func (a *App) memory() *auth.Memory {
	m := &auth.Memory{Untouched: a.core.Untouched, At: func() (int64, directory.Revision) {
		head := a.core.Head()
		return head.Incarnation, head.Revision
	}}
	if a.shared() {
		m.Away, m.Age = a.core.Away, func() time.Duration {
			f, _ := a.core.Following()
			return f.Age
		}
	}
	return m
}

// ready reports whether reads are answered, and how.
func (a *App) ready(ctx context.Context) (string, error) {
	stale, err := a.core.Ready(ctx)
	if stale {
		age, _ := a.core.Stale()
		return fmt.Sprintf("stale: the database cannot be reached; memory answers, %d s old, until it is %v old; "+
			"callers who may manage something get 503", age, a.settings.MaxStale), err
	}
	if damaged := a.core.RowCheck().Damaged != nil; err == nil && damaged {
		return "ready, but damaged: stored rows are not as changes have left them; " + //nolint:nilerr // it is told in words
			"run cohort verify, and restore a backup", nil
	}
	return "ready", err
}

// marked adds the revision to replies for which a dialect has not set it, including errors and
// redirects, and the possible age of answers from memory while the database is out of reach.
// Replies to unknown callers get neither.
func (a *App) marked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if age, stale := a.core.Stale(); stale {
			w.Header().Set("Cohort-Stale", strconv.FormatInt(age, 10))
		}
		next.ServeHTTP(&marker{ResponseWriter: w, core: a.core}, r)
	})
}

// A marker adds the headers when a reply begins, because the revision must include what the
// request has changed.
type marker struct {
	http.ResponseWriter
	core *core.Core
	done bool
}

// WriteHeader adds the headers and sends them.
func (m *marker) WriteHeader(status int) {
	if !m.done && status >= http.StatusOK {
		m.done = true
		switch {
		case status == http.StatusUnauthorized: // strangers learn nothing of the directory
			m.Header().Del("Cohort-Revision")
			m.Header().Del("Cohort-Stale")
		case m.Header().Get("Cohort-Revision") == "":
			head := m.core.Head()
			m.Header().Set("Cohort-Revision", strconv.FormatInt(head.Incarnation, 10)+"-"+strconv.FormatInt(int64(head.Revision),
				10))
		}
	}
	m.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (m *marker) Write(b []byte) (int, error) {
	if !m.done {
		m.WriteHeader(http.StatusOK)
	}
	return m.ResponseWriter.Write(b)
}

// Unwrap supports http.ResponseController.
func (m *marker) Unwrap() http.ResponseWriter { return m.ResponseWriter }
