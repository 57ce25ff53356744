package httpkit

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"
)

// Lines of requests are written at most this late, or when so many bytes have gathered.
const (
	lateBy      = 10 * time.Millisecond
	maxGathered = 64 << 10
)

// A LateLog is a log handler that writes the lines of requests together, a moment later,
// because a system call for each line, under the lock of the log, is what busy requests wait
// for longest. It writes all other lines at once, after those that have gathered. Gathered
// lines are lost if the process is killed.
type LateLog struct {
	slog.Handler
	lines *lateLines
}

// NewLateLog returns a handler that formats lines with the handler that format returns, and
// writes them to out.
func NewLateLog(out io.Writer, format func(io.Writer) slog.Handler) *LateLog {
	lines := &lateLines{out: out}
	return &LateLog{format(lines), lines}
}

// Handle implements slog.Handler.
func (l *LateLog) Handle(ctx context.Context, r slog.Record) error {
	err := l.Handler.Handle(ctx, r)
	if r.Message == requestLine {
		return err
	}
	l.lines.mu.Lock()
	defer l.lines.mu.Unlock()
	return errors.Join(err, l.lines.flush())
}

// WithAttrs implements slog.Handler.
func (l *LateLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &LateLog{l.Handler.WithAttrs(attrs), l.lines}
}

// WithGroup implements slog.Handler.
func (l *LateLog) WithGroup(name string) slog.Handler {
	return &LateLog{l.Handler.WithGroup(name), l.lines}
}

// lateLines are lines that have gathered.
type lateLines struct {
	out io.Writer

	mu       sync.Mutex
	gathered []byte
	due      *time.Timer // runs while lines gather
}

// Write gathers a line.
func (l *lateLines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case len(l.gathered) > 0:
	case l.due == nil:
		l.due = time.AfterFunc(lateBy, l.write)
	default:
		l.due.Reset(lateBy)
	}
	l.gathered = append(l.gathered, line...)
	if len(l.gathered) < maxGathered {
		return len(line), nil
	}
	return len(line), l.flush()
}

// write writes the lines that are due. There is nobody to report an error to.
func (l *lateLines) write() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.flush()
}

// flush must be called with mu locked.
func (l *lateLines) flush() error {
	if len(l.gathered) == 0 {
		return nil
	}
	l.due.Stop()
	_, err := l.out.Write(l.gathered)
	l.gathered = l.gathered[:0]
	return err
}
