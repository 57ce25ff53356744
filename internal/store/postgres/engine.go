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

// Limits of what one statement or one pause may take. They are set in each
// transaction, as a connection may lead through a pooler to another session
// every time. A node that is stopped while it holds the head must not hold it
// for ever: the others wait for it.
const (
	writeLimits = `set_config('lock_timeout', '5s', true), set_config('statement_timeout', '60s', true),
		set_config('idle_in_transaction_session_timeout', '15s', true)`
	readLimits = `set_config('lock_timeout', '5s', true), set_config('statement_timeout', '5min', true),
		set_config('idle_in_transaction_session_timeout', '5min', true)`
	// An acknowledged commit is on disk whatever is configured; stricter settings,
	// such as a standby that must have it, are kept.
	durable = `set_config('synchronous_commit', CASE current_setting('synchronous_commit')
		WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)`
	// Compiling a statement takes longer than ours run.
	noCompiler = `set_config('jit', 'off', true)`
)

// Both are one message, so one round trip, and several statements. The lock of
// the head is the last: under READ COMMITTED every statement after it sees what
// was committed before it was given.
const (
	beginRead  = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT " + readLimits + ", " + noCompiler
	beginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT " + writeLimits + ", " + durable + ", " +
		noCompiler +
		"; SELECT id FROM head WHERE id = 1 FOR UPDATE"
)

// beginWithin is longer than beginning takes: connecting, or a lock that is
// waited for in vain.
const beginWithin = 8 * time.Second

// engine is what sqlstore must know of PostgreSQL.
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
		// A text that holds ids is sent as it is, without asking the server first
		// what its parameters are.
		Bulk: bulk,
		Once: []any{pgx.QueryExecModeExec},
	}
}

// channel is what nodes listen to.
const channel = "cohort"

// native gives f what is below a connection of database/sql.
func native(c *sql.Conn, f func(*pgx.Conn) error) error {
	return c.Raw(func(driverConn any) error {
		conn, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return errors.New("a connection of another driver")
		}
		return f(conn.Conn())
	})
}

// unsynced is where a connection keeps that the server has given up waiting for
// a standby.
const unsynced = "unsynced"

// onNotice notes, while a transaction commits, that the server has given up
// waiting for a synchronous standby. It says so in a warning, and then that
// all is well. The name of its routine is the same in every language.
func onNotice(c *pgconn.PgConn, n *pgconn.Notice) {
	if n.Routine == "SyncRepWaitForLSN" || strings.Contains(n.Message, "synchronous replication") {
		c.CustomData()[unsynced] = true
	}
}

// errUnsynced is as if the connection had been lost while it committed: if the
// primary is lost next, so is the commit.
var errUnsynced = errors.New("the wait for a synchronous standby was cancelled")

// end commits, and makes sure of it.
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

// classify says what sort of failure an error is.
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

// classifyAnswer says what a server's answer means. The codes are those of
// appendix A of PostgreSQL's manual.
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
