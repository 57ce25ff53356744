package sqlstore

import (
	"context"
	"database/sql"
)

// An Engine is what differs between the databases that share this package's
// SQL.
type Engine struct {
	// BeginRead begins a transaction all of whose statements see one state.
	BeginRead string
	// BeginWrite begins a transaction that writes.
	BeginWrite string
	// LockHead is run next in a write transaction, in a statement of its own, so
	// that transactions are serial; empty where beginning one already does it.
	LockHead string
	// Scrub, if there is one, is called between transactions on the connection
	// that writes, after one that forgot something: it removes what copies the
	// engine's own files still have of it. Until it returns true it is called
	// again after every commit, and must not take long then.
	Scrub func(ctx context.Context, c *sql.Conn, again bool) (done bool)
	// Classify says what sort of failure a driver's error is.
	Classify func(error) Failure
}

// A Failure is what sort of error a database gave.
type Failure uint8

// The failures.
const (
	Other      Failure = iota // none of those below
	Busy                      // somebody else holds a lock for too long
	Full                      // there is no room on the disk
	Constraint                // the schema refuses what was written
)
