package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"cohort/internal/store"
	"cohort/internal/store/sqlstore"
)

// Limits of one statement and one pause. Each transaction sets them, because a connection
// through a pooler may lead to another session every time. A node that is stopped while it
// holds the head must not hold it for ever, because the others wait for it.
const (
	writeLimits = `set_config('lock_timeout', '5s', true), set_config('statement_timeout', '60s', true),
		set_config('idle_in_transaction_session_timeout', '15s', true)`
	readLimits = `set_config('lock_timeout', '5s', true), set_config('statement_timeout', '5min', true),
		set_config('idle_in_transaction_session_timeout', '5min', true)`
	// An acknowledged commit is on disk whatever is configured. Stricter settings, such as a
	// standby that must have it, stay.
	durable = `set_config('synchronous_commit', CASE current_setting('synchronous_commit')
		WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)`
	// Compiling a statement would take longer than running ours.
	noCompiler = `set_config('jit', 'off', true)`
)

// Each is one message and one round trip with several statements. The lock of the head comes
// last: under READ COMMITTED every statement after it sees what was committed before it.
const (
	beginRead  = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT " + readLimits + ", " + noCompiler
	beginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT " + writeLimits + ", " + durable + ", " +
		noCompiler +
		"; SELECT id FROM head WHERE id = 1 FOR UPDATE"
)

// beginWithin is longer than beginning takes, including connecting and waiting for a lock in
// vain.
const beginWithin = 8 * time.Second

// engine describes PostgreSQL to sqlstore.
func engine(s settings) sqlstore.Engine {
	commit := "COMMIT"
	if s.listen {
		commit = "NOTIFY " + channel + "; COMMIT"
	}
	return sqlstore.Engine{
		BeginRead: beginRead, BeginWrite: beginWrite, BeginWithin: beginWithin, Interrupt: true, Classify: classify,
		Commit: func(ctx context.Context, c *sql.Conn, told bool) error {
			if !told {
				return end(ctx, c, "COMMIT")
			}
			return end(ctx, c, commit)
		},
		// A text with ids is sent as it is, without first asking the server for the types of
		// its parameters.
		Bulk: bulk,
		Once: []any{pgx.QueryExecModeExec},
	}
}

// channel is the channel that nodes listen to.
const channel = "cohort"

// native passes f the connection of the driver.
func native(c *sql.Conn, f func(*pgx.Conn) error) error {
	return c.Raw(func(driverConn any) error {
		conn, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return errors.New("a connection of another driver")
		}
		return f(conn.Conn())
	})
}

// unsynced is the key under which a connection records that the server gave up waiting for a
// standby.
const unsynced = "unsynced"

// onNotice records, while a transaction commits, that the server gave up waiting for a
// synchronous standby. The server reports that in a warning, and then reports success. The
// name of its routine is the same in every language.
func onNotice(c *pgconn.PgConn, n *pgconn.Notice) {
	if n.Routine == "SyncRepWaitForLSN" || strings.Contains(n.Message, "synchronous replication") {
		c.CustomData()[unsynced] = true
	}
}

// errUnsynced counts like a connection that was lost during the commit: if the primary is lost
// next, so is the commit.
var errUnsynced = errors.New("the wait for a synchronous standby was cancelled")

// end commits, and verifies that the commit is durable.
func end(ctx context.Context, c *sql.Conn, text string) error {
	return native(c, func(conn *pgx.Conn) error {
		data := conn.PgConn().CustomData()
		delete(data, unsynced)
		tag, err := conn.Exec(ctx, text)
		switch {
		case err != nil:
			return err
		case tag.String() == "ROLLBACK":
			return &pgconn.PgError{Code: "25P02", Severity: "ERROR", Message: "the transaction had failed and was rolled back"}
		case data[unsynced] == true:
			return errUnsynced
		}
		return nil
	})
}

// classify returns the class of an error.
func classify(err error) sqlstore.Failure {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return classifyAnswer(e)
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return sqlstore.Lost
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return sqlstore.Lost
	}
	for _, gone := range []error{errUnsynced, driver.ErrBadConn, sql.ErrConnDone, pgconn.ErrConnClosed, io.EOF,
		io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, gone) {
			return sqlstore.Lost
		}
	}
	if pgconn.SafeToRetry(err) {
		return sqlstore.Lost
	}
	return sqlstore.Other
}

// classifyAnswer returns the class of a server's error. The codes are in appendix A of
// PostgreSQL's manual.
func classifyAnswer(e *pgconn.PgError) sqlstore.Failure {
	switch e.Code {
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return sqlstore.Again
	case "55P03", "57014": // lock_not_available, query_canceled (by a timeout)
		return sqlstore.Busy
	case "53100": // disk_full
		return sqlstore.Full
	case "53300", "25006": // too_many_connections, read_only_sql_transaction: this server is not the primary any more
		return sqlstore.Lost
	}
	switch class := e.Code[:min(2, len(e.Code))]; {
	case class == "08", strings.HasPrefix(e.Code, "57P"): // connection exception; shutting down, starting up, dropped
		return sqlstore.Lost
	case e.SeverityUnlocalized == "FATAL", e.SeverityUnlocalized == "PANIC":
		return sqlstore.Lost
	case class == "23": // integrity constraint violation
		return sqlstore.Constraint
	case class == "53": // insufficient resources
		return sqlstore.Busy
	}
	return sqlstore.Refused
}

var _ store.Store = (*Store)(nil)
