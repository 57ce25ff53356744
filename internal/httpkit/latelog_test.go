package httpkit

import (
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// writes are what is written, each for itself.
type writes struct {
	mu   sync.Mutex
	list []string
}

func (w *writes) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, string(b))
	return len(b), nil
}

func (w *writes) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.list)
}

func newLateLog(out io.Writer) *slog.Logger {
	return slog.New(NewLateLog(out, func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) }))
}

func TestLinesOfRequestsAreWrittenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written writes
		log := newLateLog(&written)
		for round := range 2 {
			log.Info(requestLine, "n", 1)
			log.Info(requestLine, "n", 2)
			if out := written.all(); len(out) != round {
				t.Errorf("round %d: written at once: %q", round, out)
			}
			time.Sleep(lateBy)
			synctest.Wait()
			if out := written.all(); len(out) != round+1 || strings.Count(out[round], "\n") != 2 {
				t.Errorf("round %d: when they are due: %q", round, out)
			}
		}
	})
}

func TestOtherLinesAreWrittenAtOnceAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written writes
		log := newLateLog(&written)
		for i, other := range []*slog.Logger{log, log.With("a", 1), log.WithGroup("g")} {
			other.Info(requestLine)
			other.Info("something else")
			if out := written.all(); len(out) != i+1 ||
				strings.Index(out[i], "msg=request") > strings.Index(out[i], "something else") {
				t.Errorf("written: %q", out)
			}
		}
	})
}

func TestOfLinesNotTooManyAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written writes
		log := newLateLog(&written)
		for range 1000 {
			log.Info(requestLine, "text", strings.Repeat("x", 1000))
		}
		out := written.all()
		if len(out) < 10 {
			t.Errorf("%d writes", len(out))
		}
		for _, text := range out {
			if len(text) > maxGathered+2000 {
				t.Errorf("%d bytes in one write", len(text))
			}
		}
	})
}
