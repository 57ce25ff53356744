package sqlstore

import (
	"context"
	"database/sql"
	"time"
)

// An Engine is what differs between the databases that share this package's
// SQL.
type Engine struct {
	// BeginRead begins a transaction all of whose statements see one state. It
	// may be several statements.
	BeginRead string
	// BeginWrite begins a transaction that writes, and makes sure that
	// transactions are serial: where beginning one does not, it ends with a
	// statement that locks the head.
	BeginWrite string
	// BeginWithin is how long beginning a transaction may take, whatever its
	// context says, before the connection counts as lost; 0 is as long as it
	// takes.
	BeginWithin time.Duration
	// Interrupt says that the context of a read ends also a statement that is
	// under way; the connection is then lost. Where it is not set, no caller's
	// context reaches the driver.
	Interrupt bool
	// Commit, if there is one, commits instead of the statement COMMIT; told says
	// that the transaction has a change record, of which others may want to hear.
	Commit func(ctx context.Context, c *sql.Conn, told bool) error
	// Prepare says to keep statements prepared on their connection. Where a
	// connection may lead to another session in every transaction, they would not
	// be there.
	Prepare bool
	// Once are arguments that go before those of a statement whose text is not
	// worth keeping, to tell the driver so.
	Once []any
	// Bulk, if there is one, makes many rows of a table in the transaction of a
	// connection; each gives every row to f, in the order of the columns, and may
	// change it afterwards. Where there is one, statements also take lists as
	// arguments, and unnest makes rows of them.
	Bulk func(ctx context.Context, c *sql.Conn, table string, columns []string, each func(f func([]any) error) error) error
	// Scrub, if there is one, is called between transactions on the connection
	// that writes, after one that forgot something: it removes what copies the
	// engine's own files still have of it. Until it returns true it is called
	// again after every commit, and must not take long then.
	Scrub func(ctx context.Context, c *sql.Conn, again bool) (done bool)
	// Intact, if there is one, is asked within a transaction that writes, when it
	// begins and when it is committed: its error says that what is written does not
	// stay, as the files are not in their place any more.
	Intact func() error
	// Classify says what sort of failure a driver's error is.
	Classify func(error) Failure
}

// A Failure is what sort of error a database gave.
type Failure uint8

// The failures.
const (
	Other      Failure = iota // none of those below
	Busy                      // somebody else holds a lock for too long
	Again                     // the transaction stood in another's way; made anew, it may succeed at once
	Full                      // there is no room on the disk
	Constraint                // the schema refuses what was written
	Refused                   // the database refuses the statement, for another reason, and is well
	NoMemory                  // there is no memory left
	Lost                      // the connection is gone, or none can be made
)
