package main

import (
	"context"
	"net/http"
	"strconv"

	"cohort/internal/auth"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/metrics"
)

// shared reports whether other nodes may use the same data.
func (in *instance) shared() bool { return in.settings.Database != "" }

// A watcher is a store that can tell when others have written to it.
type watcher interface {
	Watch(ctx context.Context, wake func()) error
}

// sharing is how this node keeps up with others; nil if there can be none.
func (in *instance) sharing() *core.Shared {
	if !in.shared() {
		return nil
	}
	s := &core.Shared{}
	if w, ok := in.store.(watcher); ok {
		s.Watch = w.Watch
	}
	return s
}

// soleRevision gives the revision that decides how long a token need not be
// looked up again, where only this node can log anybody out.
func (in *instance) soleRevision() func() directory.Revision {
	if in.shared() {
		return nil
	}
	return func() directory.Revision { return in.core.Head().Revision }
}

// remembering lets tokens be good while the database is away.
func (in *instance) remembering(c auth.Config) auth.Config {
	if in.shared() {
		c.Away, c.Untouched = in.core.Away, in.core.Untouched
		c.At = func() (int64, directory.Revision) {
			head := in.core.Head()
			return head.Incarnation, head.Revision
		}
	}
	return c
}

// ready says whether reads are answered, and in one word how.
func (in *instance) ready(ctx context.Context) (string, error) {
	stale, err := in.core.Ready(ctx)
	if stale {
		return "stale", err
	}
	return "ready", err
}

// marked says with each reply that a dialect has not said it of at which
// revision it is true, errors and redirects among them, and how old what memory
// answers may be, while the database cannot be asked.
func (in *instance) marked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if age, stale := in.core.Stale(); stale {
			w.Header().Set("Cohort-Stale", strconv.FormatInt(age, 10))
		}
		next.ServeHTTP(&marker{ResponseWriter: w, core: in.core}, r)
	})
}

// A marker marks a reply when it begins: not before, as what the request has
// changed must be part of the revision.
type marker struct {
	http.ResponseWriter
	core *core.Core
	done bool
}

// WriteHeader marks and sends the header.
func (m *marker) WriteHeader(status int) {
	if !m.done && status >= http.StatusOK {
		m.done = true
		if m.Header().Get("Cohort-Revision") == "" {
			head := m.core.Head()
			m.Header().Set("Cohort-Revision", strconv.FormatInt(head.Incarnation, 10)+"-"+strconv.FormatInt(int64(head.Revision), 10))
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

// Unwrap is for http.ResponseController.
func (m *marker) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// watchFollowing adds the figures of a node among others.
func (in *instance) watchFollowing() {
	if !in.shared() {
		return
	}
	stat := func(read func(core.Following) float64) func() float64 {
		return func() float64 {
			f, _ := in.core.Following()
			return read(f)
		}
	}
	in.metrics.Watch(
		metrics.Figure{Name: "cohort_revision_lag", Help: "Revisions that were missing here when the database was last asked.", Read: stat(func(f core.Following) float64 { return float64(f.Lag) })},
		metrics.Figure{Name: "cohort_confirmed_age_seconds", Help: "Time since reads were known to be level with the database.", Read: stat(func(f core.Following) float64 { return f.Age.Seconds() })},
		metrics.Figure{Name: "cohort_catch_up_duration_seconds", Help: "Time that becoming level with the database took last.", Read: stat(func(f core.Following) float64 { return f.CaughtUp.Seconds() })},
		metrics.Figure{Name: "cohort_rebuilds_total", Help: "Times that the directory was read anew because its records could not be followed.", Counter: true, Read: stat(func(f core.Following) float64 { return float64(f.Rebuilds) })},
		metrics.Figure{Name: "cohort_watch_reconnects_total", Help: "Times that the connection was lost which tells of changes.", Counter: true, Read: stat(func(f core.Following) float64 { return float64(f.Reconnects) })},
	)
}
