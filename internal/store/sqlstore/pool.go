package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// A pool lends connections, each with the statements prepared on it.
//
// It stands between us and the pool of database/sql because that one prepares
// a statement on any connection, and waits for one: with a single connection,
// for ever.
type pool struct {
	db   *sql.DB
	keep bool // statements are kept
	// interrupt says that a context may end also the opening of a connection.
	interrupt bool
	most      int
	free      chan *conn    // connections that are open and not lent
	room      chan struct{} // one for each that may yet be opened
}

// A conn is a connection that is lent to one goroutine at a time.
type conn struct {
	*sql.Conn
	stmts map[string]*sql.Stmt // by text: they are constants, or made of tables; nil if none are kept
	used  bool                 // a transaction has begun on it
}

// newPool lends as many connections as a handle allows.
func newPool(db *sql.DB, e Engine) *pool {
	n := db.Stats().MaxOpenConnections
	p := &pool{db: db, keep: e.Prepare, interrupt: e.Interrupt, most: n, free: make(chan *conn, n),
		room: make(chan struct{}, n)}
	for range n {
		p.room <- struct{}{}
	}
	return p
}

// take waits for a connection, as long as the context allows.
func (p *pool) take(ctx context.Context) (*conn, error) {
	select {
	case c := <-p.free: // rather than opening one
		return c, nil
	default:
	}
	select {
	case c := <-p.free:
		return c, nil
	case <-p.room:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !p.interrupt {
		ctx = context.WithoutCancel(ctx)
	}
	opened, err := p.db.Conn(ctx)
	if err != nil {
		p.room <- struct{}{}
		return nil, err
	}
	made := &conn{Conn: opened}
	if p.keep {
		made.stmts = map[string]*sql.Stmt{}
	}
	return made, nil
}

// lent is how many connections are with somebody.
func (p *pool) lent() int { return p.most - len(p.free) - len(p.room) }

// give takes a connection back. One that is broken is closed: its statements
// first, as a driver may not survive the closing of one whose connection is
// gone.
func (p *pool) give(c *conn, broken bool) {
	if broken {
		_ = c.closeStatements()
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
		_ = c.Conn.Close()
		p.room <- struct{}{}
		return
	}
	p.free <- c
}

// close waits for every connection and closes it, and the handle.
func (p *pool) close() error {
	var errs []error
	for range p.most {
		select {
		case c := <-p.free:
			errs = append(errs, c.close())
		case <-p.room:
		}
	}
	return errors.Join(append(errs, p.db.Close())...)
}

func (c *conn) close() error { return errors.Join(c.closeStatements(), c.Conn.Close()) }

func (c *conn) closeStatements() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	clear(c.stmts)
	return errors.Join(errs...)
}

// exec runs a statement whose text is worth keeping.
func (c *conn) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	s, err := c.prepare(ctx, text)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return c.ExecContext(ctx, text, args...)
	}
	return s.ExecContext(ctx, args...)
}

// query runs a query whose text is worth keeping.
func (c *conn) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	s, err := c.prepare(ctx, text)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return c.QueryContext(ctx, text, args...)
	}
	return s.QueryContext(ctx, args...)
}

// maxStatements are kept prepared on a connection: an update has a text for each
// set of columns that changes.
const maxStatements = 1000

// prepare returns the statement of a text, or nil where it is not kept.
func (c *conn) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if c.stmts == nil {
		return nil, nil
	}
	if s, ok := c.stmts[text]; ok {
		return s, nil
	}
	if len(c.stmts) >= maxStatements {
		return nil, nil
	}
	s, err := c.PrepareContext(ctx, text)
	if err == nil {
		c.stmts[text] = s
	}
	return s, err
}

// run runs a statement that takes and gives nothing.
func (c *conn) run(ctx context.Context, text string) error {
	_, err := c.exec(ctx, text)
	return err
}
