package sqlstore

import (
	"context"
	"fmt"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// writeHistory appends records of another store. The head must be that of the last of them.
func (t *tx) writeHistory(c *store.Commit) error {
	recorded := len(c.Records) > 0
	if len(c.History) == 0 && (recorded || c.Head.Revision == 0) {
		return nil
	}
	head, err := t.head(t.ctx)
	if err != nil {
		return err
	}
	if recorded || head.Revision != 0 && len(c.History) > 0 {
		return fmt.Errorf("a history for a store at revision %d", head.Revision)
	}
	last, err := t.number(t.ctx, "SELECT COALESCE(max(revision), 0) FROM changes")
	if err != nil {
		return err
	}
	for _, rec := range c.History {
		last++
		if int64(rec.Header.Revision) != last {
			return fmt.Errorf("a history goes on with revision %d; it must be %d", rec.Header.Revision, last)
		}
	}
	if err := t.putAll(c.History); err != nil {
		return err
	}
	if c.Head.Revision != 0 && int64(c.Head.Revision) != last {
		return fmt.Errorf("the commit says revision %d; the history ends with %d", c.Head.Revision, last)
	}
	return nil
}

// Clear implements store.Tx.
func (t *tx) Clear(ctx context.Context) error {
	if err := t.admit(ctx); err != nil {
		return err
	}
	head, err := t.head(ctx)
	if err != nil {
		return err
	}
	if head.Revision != 0 {
		return t.fail(fmt.Errorf("the store is at revision %d: it is in use", head.Revision))
	}
	tables := []string{"change_objects", "change_chunks", "changes", "secrets", "sealed_values"}
	for _, kind := range slices.Backward(directory.RowKinds()) {
		tables = append(tables, t.db.schema[kind].name)
	}
	for _, name := range tables {
		if err := t.exec("DELETE FROM " + name); err != nil {
			return err
		}
	}
	t.now = &store.Head{Incarnation: 1, Next: store.NextIDs{
		User: 1, Group: 1, Attribute: 1, Value: 1, Role: 1, PermissionSet: 1, ModelSet: 1, Credential: 1, Sealed: 1,
	}}
	return t.writeHead(*t.now)
}
