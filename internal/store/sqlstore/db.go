// Package sqlstore is the common part of SQL stores: the statements, and the translation
// between rows and columns.
//
// It uses only SQL that SQLite and PostgreSQL read alike: $n placeholders, integers for times
// and booleans, no NULL, no LIKE, no case folding, and order only by integers or by texts that
// compare by bytes. It knows neither driver, file nor migration; an Engine describes the few
// differences.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// DB stores a directory in a database whose schema exists.
type DB struct {
	engine  Engine
	schema  schema
	oneUser *userTexts
	writer  *pool
	reader  *pool
	scrub   atomic.Bool // something was forgotten, and the engine may have copies

	transactions atomic.Int64 // read-only transactions
	queries      atomic.Int64

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup // calls in progress
}

var _ store.Ephemera = ephemera{}

// New returns a DB that writes through one handle and reads through another; they may be the
// same. Both must limit their open connections, the writing handle to one if the engine allows
// one writer only. Close closes both.
func New(writer, reader *sql.DB, engine Engine) *DB {
	d := &DB{engine: engine, schema: newSchema(), writer: newPool(writer, engine)}
	d.oneUser = d.schema.userTexts(oneUser)
	d.reader = d.writer
	if reader != writer {
		d.reader = newPool(reader, engine)
	}
	return d
}

// begin counts a call in progress. end must be called after it.
func (d *DB) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return store.ErrClosed
	}
	d.busy.Add(1)
	return nil
}

func (d *DB) end() { d.busy.Done() }

// Read implements store.Store.
func (d *DB) Read(ctx context.Context, f func(store.Reader) error) error {
	return d.read(ctx, func(r *reader) error { return f(r) })
}

// Open implements store.Store.
func (d *DB) Open(ctx context.Context) (store.View, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	r, err := d.start(ctx, d.reader, d.engine.BeginRead)
	if err != nil {
		d.end()
		return nil, err
	}
	return &openView{reader: r}, nil
}

// An openView is a transaction that reads in several steps.
type openView struct {
	*reader
	closed bool
}

// Close implements store.View.
func (v *openView) Close() {
	if v.closed {
		return
	}
	v.closed = true
	v.db.reader.give(v.conn, !v.db.undo(v.reader))
	v.db.end()
}

func (d *DB) read(ctx context.Context, f func(*reader) error) error {
	return d.transact(ctx, d.reader, d.engine.BeginRead, f, func(*reader) error { return nil })
}

// Number returns the number that a statement selects.
func (d *DB) Number(ctx context.Context, text string) (n int64, err error) {
	err = d.read(ctx, func(r *reader) error { return r.query(ctx, text, nil, []any{&n}, func() error { return nil }) })
	return n, err
}

// Write implements store.Store.
func (d *DB) Write(ctx context.Context, f func(store.Tx) error) error {
	return d.write(ctx, func(t *tx) error { return f(t) })
}

func (d *DB) write(ctx context.Context, f func(*tx) error) error {
	run := func(r *reader) error {
		if err := f(&tx{r}); err != nil {
			return err
		}
		if r.failed != nil {
			return fmt.Errorf("commit after an error: %w", r.failed)
		}
		return nil
	}
	return d.transact(ctx, d.writer, d.engine.BeginWrite, run, d.commit)
}

// transact runs f in a transaction. If f returns nil, end may commit it; otherwise the
// transaction is rolled back. The context limits how long to wait for a connection. Statements
// do not see it, except for reads on an engine that allows it: an interrupted driver may drop
// the connection, or undo a transaction silently and continue without one.
func (d *DB) transact(ctx context.Context, p *pool, begin string, f, end func(*reader) error) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	defer d.end()
	r, err := d.start(ctx, p, begin)
	if err != nil {
		return err
	}
	broken := true // after a panic of f the state of the connection is unknown
	defer func() { p.give(r.conn, broken) }()
	defer func() { broken = !r.done && !d.undo(r) }()
	if err := f(r); err != nil {
		return err
	}
	return end(r)
}

// start begins a transaction. A connection that was lost while idle is noticed here, before
// anything has happened; then another is taken, until one is new.
func (d *DB) start(ctx context.Context, p *pool, begin string) (*reader, error) {
	running := context.WithoutCancel(ctx)
	if d.engine.Interrupt && begin == d.engine.BeginRead {
		running = ctx
	}
	for {
		c, err := p.take(ctx)
		if err != nil && ctx.Err() != nil {
			return nil, fmt.Errorf("connect: %w", ctx.Err())
		}
		if err != nil {
			return nil, d.wrap("connect", err)
		}
		r := &reader{db: d, conn: c, ctx: running}
		if err = d.beginOn(r, begin); err == nil {
			c.used = true
			if begin == d.engine.BeginRead {
				d.transactions.Add(1)
			}
			if err = d.intact(begin); err != nil {
				p.give(c, !d.undo(r))
				return nil, directory.Unavailable(retryFull,
					"the data directory is not in its place any more; nothing can be written", err)
			}
			return r, nil
		}
		if r.ctx.Err() != nil {
			p.give(c, true)
			return nil, fmt.Errorf("begin: %w", r.ctx.Err())
		}
		used, lost := c.used, d.classify(err) == Lost
		p.give(c, lost || !d.undo(r))
		if !used || !lost {
			return nil, d.wrap("begin", err)
		}
	}
}

// intact asks the engine whether what is written would stay.
func (d *DB) intact(begin string) error {
	if d.engine.Intact == nil || begin != d.engine.BeginWrite {
		return nil
	}
	return d.engine.Intact()
}

// errSilent is the error of a connection on which no answer came in time.
var errSilent = errors.New("no answer")

func (d *DB) beginOn(r *reader, begin string) error {
	if d.engine.BeginWithin == 0 {
		return r.conn.run(r.ctx, begin)
	}
	ctx, cancel := context.WithTimeout(r.ctx, d.engine.BeginWithin)
	defer cancel()
	err := r.conn.run(ctx, begin)
	if err != nil && ctx.Err() != nil && r.ctx.Err() == nil {
		return fmt.Errorf("%w in %v: %s", errSilent, d.engine.BeginWithin, err.Error()) // not the caller's end
	}
	return err
}

// undo ends a transaction that is not committed, and reports whether the connection can be
// reused. An engine that has undone it already complains that there is none.
func (d *DB) undo(r *reader) bool {
	ctx := context.WithoutCancel(r.ctx)
	if d.engine.BeginWithin > 0 {
		limited, cancel := context.WithTimeout(ctx, d.engine.BeginWithin)
		defer cancel()
		ctx = limited
	}
	return r.conn.run(ctx, "ROLLBACK") == nil ||
		r.conn.run(ctx, d.engine.BeginRead) == nil && r.conn.run(ctx, "ROLLBACK") == nil
}

// TryWriting commits a write that changes nothing, as durably as any other. Its error says why
// nothing can be written.
func (d *DB) TryWriting(ctx context.Context) error {
	return d.write(ctx, func(t *tx) error { return t.exec("UPDATE head SET incarnation = incarnation WHERE id = 1") })
}

// Reading returns how many connections are reading.
func (d *DB) Reading() int { return d.reader.inUse() }

// Asked returns the numbers of read-only transactions and of queries.
func (d *DB) Asked() (transactions, queries int64) { return d.transactions.Load(), d.queries.Load() }

// Hold runs f while the store is open: Close waits for it.
func (d *DB) Hold(ctx context.Context, f func() error) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	defer d.end()
	return f()
}

// Borrow passes the writing connection to f, outside any transaction, for operations of one
// engine.
func (d *DB) Borrow(ctx context.Context, f func(*sql.Conn) error) error {
	return d.Hold(ctx, func() error {
		c, err := d.writer.take(ctx)
		if err != nil {
			return err
		}
		defer d.writer.give(c, false)
		return f(c.Conn)
	})
}

// commit ends a transaction. A commit that neither failed nor succeeded for certain is
// reported as unknown.
func (d *DB) commit(r *reader) error {
	var err error
	if d.engine.Commit != nil {
		err = d.engine.Commit(r.ctx, r.conn.Conn, r.told)
	} else {
		err = r.conn.run(r.ctx, "COMMIT")
	}
	if err == nil {
		r.done = true
		if err := d.intact(d.engine.BeginWrite); err != nil {
			return fmt.Errorf("commit: %w: %w", store.ErrCommitUnknown, err)
		}
		d.scrubAfter(r)
		return nil
	}
	r.failed = err
	switch d.classify(err) {
	case Busy, Again, Full, Constraint, Refused:
		return d.wrap("commit", err)
	case Lost:
		return directory.Unavailable(retryLost,
			"the database was lost while it wrote; look whether it was done, and try again",
			fmt.Errorf("commit: %w: %w", store.ErrCommitUnknown, err))
	default:
		return fmt.Errorf("commit: %w: %w", store.ErrCommitUnknown, err)
	}
}

// scrubAfter lets the engine remove its copies of what was forgotten.
func (d *DB) scrubAfter(r *reader) {
	if d.engine.Scrub == nil || !r.forgot && !d.scrub.Load() {
		return
	}
	d.scrub.Store(!d.engine.Scrub(r.ctx, r.conn.Conn, !r.forgot))
}

// classify returns the class of an error.
func (d *DB) classify(err error) Failure {
	if errors.Is(err, errSilent) {
		return Lost
	}
	return d.engine.Classify(err)
}

// How long to wait before a failed write is tried again.
const (
	retryBusy = time.Second
	retryFull = 10 * time.Second
	retryLost = 2 * time.Second
)

// wrap converts a driver's error to one of the contract. A driver has time limits of its own,
// so a deadline in an error is the caller's only if nothing was lost.
func (d *DB) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	cause := fmt.Errorf("%s: %w", doing, err)
	switch d.classify(err) {
	case Busy:
		return directory.Unavailable(retryBusy, "the directory is busy; try again", cause)
	case Again:
		return directory.Unavailable(retryBusy, "the directory is busy; try again",
			fmt.Errorf("%w: %w", store.ErrAgain, cause))
	case Full:
		return NoRoom(cause)
	case NoMemory:
		return directory.Unavailable(retryBusy, "the server has too little memory; try again", cause)
	case Lost:
		return directory.Unavailable(retryLost, "the database cannot be reached; try again", cause)
	default:
		return cause
	}
}

// NoRoom returns the error of a write that finds no room.
func NoRoom(cause error) error {
	return directory.Unavailable(retryFull, "there is no room left to write; try again later", cause)
}

// Close waits for calls in progress and closes the handles.
func (d *DB) Close() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return store.ErrClosed
	}
	d.closed = true
	d.mu.Unlock()
	d.busy.Wait()
	err := d.reader.close()
	if d.writer != d.reader {
		err = errors.Join(err, d.writer.close())
	}
	return err
}
