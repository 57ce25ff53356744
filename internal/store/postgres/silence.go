package postgres

import (
	"context"
	"net"
	"sync"
	"time"
)

// How long a server may be silent when an answer is due. A writer's limit is longer than any
// statement of a write may take. A reader's limit is for reads that nobody waits for; other
// reads end with their context.
const (
	writeSilence = 75 * time.Second
	readSilence  = 6 * time.Minute
)

// A quiet connection fails a read that lasts longer than a limit, because the other side or
// the network has stopped silently. Deadlines that are set hold as well.
type quiet struct {
	net.Conn
	limit time.Duration

	mu       sync.Mutex
	deadline time.Time // that was set; zero is none
}

// dial returns a dialer of connections with a limit. 0 means none.
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
