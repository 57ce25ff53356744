package app

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"cohort/internal/store/sqlite"
)

const (
	// lookAtLog is how often the write-ahead log is looked at.
	lookAtLog = 10 * time.Second
	// largeLog is the size above which it is emptied by us, and watched. SQLite
	// begins it anew after 4 MiB when nobody is in the way, and large changes take
	// more at once.
	largeLog = 64 << 20
)

// A tendedLog is a store with a write-ahead log.
type loggedStore interface {
	LogBytes() int64
	ShrinkLog(ctx context.Context, most int64) (sqlite.Log, error)
}

// watchLog keeps the write-ahead log from growing for ever, until ctx is done.
func (a *App) watchLog(ctx context.Context) {
	if s, ok := a.store.(loggedStore); ok {
		w := &logWatch{store: s, log: a.log, most: largeLog}
		w.every(ctx, lookAtLog)
	}
}

// A logWatch looks after a write-ahead log, and says when it cannot be emptied.
type logWatch struct {
	store loggedStore
	log   *slog.Logger
	most  int64
	said  int64 // its size when somebody was last told; 0 while all is well
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

// look empties the log if it is large. That it cannot be emptied is said at
// first, whenever it has doubled, and when it is over.
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
