package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A pool hands out connections, each with the statements prepared on it.
//
// It stands between this package and the pool of database/sql, which prepares a statement on
// any connection and waits for one: with a single connection, for ever.
type pool struct {
	db   *sql.DB
	keep bool // keep prepared statements
	// interrupt means that a context may also end the opening of a connection.
	interrupt bool
	most      int
	shares    *shares    // of all connections, including those not yet opened
	free      chan *conn // open connections that are not in use
}

// A conn is a connection that one goroutine at a time uses.
type conn struct {
	*sql.Conn
	user  directory.UserID     // who uses it
	stmts map[string]*sql.Stmt // by text, which is constant or made of tables; nil if none are kept
	used  bool                 // a transaction has begun on it

	updates map[update]string // texts of statements
}

// An update sets columns of a row of a table.
type update struct {
	table *table
	set   columnSet
}

// updateOf is that of the table, which is made once for each set of columns.
func (c *conn) updateOf(t *table, set columnSet) string {
	text, ok := c.updates[update{t, set}]
	if !ok {
		text = t.updateOf(set)
		if c.updates == nil {
			c.updates = map[update]string{}
		}
		if len(c.updates) < maxStatements {
			c.updates[update{t, set}] = text
		}
	}
	return text
}

// newPool returns a pool of as many connections as a handle allows.
func newPool(db *sql.DB, e Engine) *pool {
	n := db.Stats().MaxOpenConnections
	return &pool{db: db, keep: e.Prepare, interrupt: e.Interrupt, most: n, shares: newShares(n), free: make(chan *conn, n)}
}

// take waits for a connection, as long as the context allows.
func (p *pool) take(ctx context.Context) (*conn, error) {
	user := store.CallerOf(ctx)
	if err := p.shares.take(ctx, user); err != nil {
		return nil, err
	}
	select {
	case c := <-p.free: // rather than opening one
		c.user = user
		return c, nil
	default:
	}
	if !p.interrupt {
		ctx = context.WithoutCancel(ctx)
	}
	opened, err := p.db.Conn(ctx)
	if err != nil {
		p.shares.give(user)
		return nil, err
	}
	made := &conn{Conn: opened, user: user}
	if p.keep {
		made.stmts = map[string]*sql.Stmt{}
	}
	return made, nil
}

// inUse returns how many connections are in use.
func (p *pool) inUse() int { return p.shares.count() }

// give takes a connection back. It closes a broken one: its statements first, because a driver
// may not survive closing a statement whose connection is gone.
func (p *pool) give(c *conn, broken bool) {
	defer p.shares.give(c.user)
	if broken {
		_ = c.closeStatements()
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
		_ = c.Conn.Close()
		return
	}
	p.free <- c
}

// close waits for every connection and closes it, and the handle.
func (p *pool) close() error {
	var errs []error
	for range p.most {
		errs = append(errs, p.shares.take(context.Background(), 0))
		select {
		case c := <-p.free:
			errs = append(errs, c.close())
		default: // it was not opened
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

// exec runs a statement and keeps it prepared.
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

// query runs a query and keeps it prepared.
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

// maxStatements is how many statements stay prepared on a connection. An update has a text for
// each set of changed columns.
const maxStatements = 1000

// prepare returns the prepared statement of a text, or nil if it is not kept.
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

// run runs a statement without arguments and results.
func (c *conn) run(ctx context.Context, text string) error {
	_, err := c.exec(ctx, text)
	return err
}
