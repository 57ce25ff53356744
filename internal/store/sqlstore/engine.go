package sqlstore

import (
	"context"
	"database/sql"
	"time"
)

// An Engine describes how a database differs from others that use this package.
type Engine struct {
	// BeginRead begins a transaction whose statements all see one state. It may consist of
	// several statements.
	BeginRead string
	// BeginWrite begins a transaction that writes, and makes transactions serial: if beginning
	// one does not, it ends with a statement that locks the head.
	BeginWrite string
	// BeginWithin is how long beginning a transaction may take, whatever its context says,
	// before the connection counts as lost. 0 means no limit.
	BeginWithin time.Duration
	// Interrupt means that the context of a read also ends a running statement; the connection
	// is lost then. Otherwise no caller's context reaches the driver.
	Interrupt bool
	// Commit, if not nil, commits instead of the statement COMMIT. told reports whether the
	// transaction has a change record, which others may want to hear of.
	Commit func(ctx context.Context, c *sql.Conn, told bool) error
	// Prepare keeps statements prepared on their connection. It must be false if a connection
	// may lead to another session in every transaction.
	Prepare bool
	// Once are arguments that precede those of a statement whose text is not worth keeping, to
	// tell the driver so.
	Once []any
	// Bulk, if not nil, inserts many rows into a table in the transaction of a connection.
	// each passes every row to f, in the order of the columns, and may change it afterwards.
	// With Bulk, statements also accept lists as arguments, and unnest makes rows of them.
	Bulk func(ctx context.Context, c *sql.Conn, table string, columns []string, each func(f func([]any) error) error) error
	// Scrub, if not nil, is called between transactions on the writing connection after one
	// that forgot something. It removes the copies in the engine's own files. Until it returns
	// true it is called again after every commit, and must be quick then.
	Scrub func(ctx context.Context, c *sql.Conn, again bool) (done bool)
	// Intact, if not nil, is called in a writing transaction, when it begins and when it is
	// committed. Its error says that what is written would not stay, because the files are not
	// in their place any more.
	Intact func() error
	// Classify returns the class of a driver's error.
	Classify func(error) Failure
}

// A Failure is the class of a database error.
type Failure uint8

// The failures.
const (
	Other      Failure = iota // none of those below
	Busy                      // somebody else holds a lock for too long
	Again                     // the transaction conflicts with another; a new try may succeed at once
	Full                      // the disk is full
	Constraint                // the schema refuses the row
	Refused                   // the database refuses the statement for another reason, and is well
	NoMemory                  // out of memory
	Lost                      // the connection is lost, or cannot be made
)
