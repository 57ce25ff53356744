package postgres

import (
	"context"
	"net"
	"sync"
	"time"
)

// How long a server may say nothing while something is expected of it. A
// writer's is longer than any statement of a write may take. That of a reader
// is for reads that nobody waits for; one that somebody waits for ends with his
// context.
const (
	writeSilence = 75 * time.Second
	readSilence  = 6 * time.Minute
)

// A quiet connection fails a read that lasts longer than a limit: the other
// side, or the way there, has stopped without a word. Deadlines that are set
// hold as well.
type quiet struct {
	net.Conn
	limit time.Duration

	mu       sync.Mutex
	deadline time.Time // that was set; zero is none
}

// dial makes connections that have a limit; 0 is none.
func dial(limit time.Duration) func(ctx context.Context, network, addr string) (net.Conn, error) {
	d := dialer()
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := d.DialContext(ctx, network, addr)
		if err != nil || limit == 0 {
			return c, err
		}
		return &quiet{Conn: c, limit: limit}, nil
	}
}

// Read implements net.Conn.
func (q *quiet) Read(b []byte) (int, error) {
	if err := q.extend(); err != nil {
		return 0, err
	}
	return q.Conn.Read(b)
}

func (q *quiet) extend() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	until := time.Now().Add(q.limit)
	if !q.deadline.IsZero() && q.deadline.Before(until) {
		until = q.deadline
	}
	return q.Conn.SetReadDeadline(until)
}

// SetDeadline implements net.Conn.
func (q *quiet) SetDeadline(t time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.deadline = t
	return q.Conn.SetDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (q *quiet) SetReadDeadline(t time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.deadline = t
	return q.Conn.SetReadDeadline(t)
}
