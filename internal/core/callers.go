package core

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// callers reads in a transaction, and keeps what the callers of a batch have of
// their own: every change asks for its caller's permissions, and most changes
// of a batch come from one caller and touch others.
type callers struct {
	store.Tx
	caller directory.UserID // of the change that is planned
	rows   map[directory.UserID]directory.UserRows
}

// UserRows implements store.Reader. Rows of callers are shared: planners work
// on copies.
func (c *callers) UserRows(ctx context.Context, id directory.UserID) (directory.UserRows, bool, error) {
	if rows, ok := c.rows[id]; ok {
		return rows, true, nil
	}
	rows, ok, err := c.Tx.UserRows(ctx, id)
	if ok && err == nil && id == c.caller {
		c.rows[id] = rows
	}
	return rows, ok, err
}

// forget drops the users that a change has touched.
func (c *callers) forget(touched []store.TouchedUser) {
	for _, t := range touched {
		delete(c.rows, t.User)
	}
}
