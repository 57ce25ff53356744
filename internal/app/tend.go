package app

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"cohort/internal/store/sqlite"
)

const (
	// lookAtLog is how often the write-ahead log is examined.
	lookAtLog = 10 * time.Second
	// largeLog is the size from which the server empties the log itself, and watches it.
	// SQLite restarts it after 4 MiB if no reader is in the way; large changes need more at
	// once.
	largeLog = 64 << 20
)

// A loggedStore is a store with a write-ahead log.
type loggedStore interface {
	LogBytes() int64
	ShrinkLog(ctx context.Context, most int64) (sqlite.Log, error)
}

// watchLog keeps the write-ahead log from growing without bound, until ctx is done.
func (a *App) watchLog(ctx context.Context) {
	if s, ok := a.store.(loggedStore); ok {
		w := &logWatch{store: s, log: a.log, most: largeLog}
		w.every(ctx, lookAtLog)
	}
}

// A logWatch watches a write-ahead log, and reports when it cannot be emptied.
type logWatch struct {
	store loggedStore
	log   *slog.Logger
	most  int64
	said  int64 // its size at the last report; 0 while all is well
}

func (w *logWatch) every(ctx context.Context, d time.Duration) {
	ticks := time.NewTicker(d)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			w.look(ctx)
		}
	}
}

// look empties the log if it is large. If it cannot, it reports that at first, whenever the
// log has doubled, and when it is over.
func (w *logWatch) look(ctx context.Context) {
	log, err := w.store.ShrinkLog(ctx, w.most)
	switch {
	case err != nil && ctx.Err() == nil:
		w.log.Warn("the write-ahead log could not be emptied", "event", "wal_held", "bytes", log.Bytes, "error", err.Error())
	case err != nil:
	case log.Held && log.Bytes >= 2*w.said:
		w.said = max(log.Bytes, 1)
		w.log.Warn("the write-ahead log grows: somebody reads what was there before, and keeps it from being emptied",
			"event", "wal_held",
			"bytes", log.Bytes, "own_reads", log.Own, "other_processes", strings.Join(log.Readers, ", "))
	case !log.Held && w.said > 0:
		w.said = 0
		w.log.Info("the write-ahead log is emptied again", "event", "wal_emptied", "bytes", log.Bytes)
	}
}
