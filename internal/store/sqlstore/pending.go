package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A tx is a reader that also writes.
type tx struct{ *reader }

// A pending is what a transaction has still to write. A batch of changes is
// written as one large change would be: rows of a kind together, the records
// together, the head once.
type pending struct {
	commit  store.Commit // what is to be written, of all the commits; without Record and Head
	touched map[directory.UserID]store.TouchedUser
	records []store.Record
	rows    map[directory.RowKey]bool // whose writes are in commit; of one that is written by itself none
	any     bool                      // there is something in commit
	head    bool                      // reader.now is not written yet
}

// maxPending is how many row writes may be pending, so that a batch of large
// changes does not take memory for all of them.
const maxPending = 10_000

// Append implements store.Tx.
func (t *tx) Append(ctx context.Context, c store.Commit) error {
	if err := t.admit(ctx); err != nil {
		return err
	}
	return t.failIf(t.append(ctx, c))
}

func (t *tx) append(ctx context.Context, c store.Commit) error {
	head, err := t.head(ctx)
	if err != nil {
		return err
	}
	if err := follows(c, head); err != nil {
		return err
	}
	alone := standsAlone(&c) || len(c.Writes) >= maxPending
	if alone || t.pending.meets(c.Writes) {
		if err := t.flush(); err != nil {
			return err
		}
	}
	t.pending.add(c, alone)
	t.told = t.told || c.Record != nil
	if alone || len(t.pending.commit.Writes) >= maxPending {
		if err := t.flush(); err != nil {
			return err
		}
	}
	t.now, t.pending.head = &c.Head, true
	return nil
}

// follows refuses a commit that is not the next after a head.
func follows(c store.Commit, head store.Head) error {
	want := head.Revision
	if c.Record != nil {
		want++
	}
	if c.Head.Revision != want && !(want == 0 && c.Record == nil) {
		return fmt.Errorf("the commit says revision %d; it must be %d", c.Head.Revision, want)
	}
	if c.Record != nil && c.Record.Header.Revision != c.Head.Revision {
		return fmt.Errorf("the record says revision %d; it must be %d", c.Record.Header.Revision, c.Head.Revision)
	}
	return nil
}

// standsAlone reports whether a commit is written by itself: it changes what
// others have written otherwise than by rows, or fills a store.
func standsAlone(c *store.Commit) bool {
	return c.Record == nil || len(c.History)+len(c.Forget)+len(c.RemoveSecrets)+len(c.RevokeUsers)+len(c.RevokeKeys) > 0
}

// meets reports whether one of the writes is of a row that is to be written
// already.
func (p *pending) meets(writes []directory.RowWrite) bool {
	if len(p.rows) == 0 {
		return false
	}
	for _, w := range writes {
		if p.rows[w.Key()] {
			return true
		}
	}
	return false
}

func (p *pending) add(c store.Commit, alone bool) {
	if !p.any {
		p.any, p.rows, p.touched = true, map[directory.RowKey]bool{},
			make(map[directory.UserID]store.TouchedUser, len(c.Touched))
	}
	if !alone {
		for _, w := range c.Writes {
			p.rows[w.Key()] = true
		}
	}
	for _, u := range c.Touched {
		switch {
		case names(c.Record, u.User):
			u.Revision = p.touched[u.User].Revision // the record says it; see touchedBy
		case c.Record != nil:
			u.Revision = c.Head.Revision
		}
		p.touched[u.User] = u
	}
	if c.Record != nil {
		p.records = append(p.records, *c.Record)
	}
	all := &p.commit
	if len(all.Writes) == 0 {
		all.Writes = slices.Clip(c.Writes)
	} else {
		all.Writes = append(all.Writes, c.Writes...)
	}
	all.Members = append(all.Members, c.Members...)
	all.Sealed = append(all.Sealed, c.Sealed...)
	all.Secrets = append(all.Secrets, c.Secrets...)
	all.RemoveSecrets, all.RevokeUsers, all.RevokeKeys = c.RemoveSecrets, c.RevokeUsers, c.RevokeKeys
	all.Forget, all.History = c.Forget, c.History
	all.Head = c.Head
}

// names reports whether a record says by itself that it is about a user.
func names(rec *store.Record, id directory.UserID) bool {
	if rec == nil {
		return false
	}
	_, ok := slices.BinarySearchFunc(rec.Objects, id.Object(), func(o store.RecordObject, user directory.Object) int {
		return cmp.Or(cmp.Compare(o.Object.Kind, user.Kind), cmp.Compare(o.Object.ID, user.ID))
	})
	return ok
}

// flush writes what is pending, but for the head.
func (t *tx) flush() error {
	p := t.pending
	if !p.any {
		return nil
	}
	t.pending = &pending{head: p.head}
	if err := t.writeRows(p.commit.Writes, p.touched); err != nil {
		return err
	}
	for _, step := range []func(store.Commit) error{t.writeMembers, t.writeSecrets, t.revoke, t.forget} {
		if err := step(p.commit); err != nil {
			return err
		}
	}
	if err := t.putRecords(p.records); err != nil {
		return err
	}
	return t.writeHistory(p.commit, len(p.records) > 0)
}

// finish writes all that is still pending.
func (t *tx) finish() error {
	if err := t.flush(); err != nil || !t.pending.head {
		return err
	}
	t.pending.head = false
	return t.writeHead(*t.now)
}

func (t *tx) writeHead(h store.Head) error {
	return t.exec(`UPDATE head SET revision = $1, incarnation = $2, at = $3, hash = $4, digest = $5, next_user = $6, next_group = $7,
		next_attribute = $8, next_value = $9, next_role = $10, next_permission_set = $11, next_model_set = $12,
		next_credential = $13, next_sealed = $14, users = $15, groups = $16 WHERE id = 1`, valuesOf(nil, headFields(&h))...)
}
