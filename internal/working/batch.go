package working

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/state"
	"cohort/internal/store"
)

// ErrAlone is the error of a question that a Batch cannot answer once a change
// is in it: whoever asks it is planned in the next transaction.
var ErrAlone = errors.New("the change must be planned on what is stored")

// maxBatch is from how many row writes on a batch takes no other change.
const maxBatch = 10_000

// A Batch is the working set of changes that are written together: the rows of a
// transaction, and over them those of the changes taken so far. The next change is
// planned on it as its reader. It answers what planning asks often: by key, by index,
// all of a user, the rows of an object, counts of members, sealed values, secrets and
// answers. Nothing is written before Write.
type Batch struct {
	layer
	base    store.Head // as stored
	head    store.Head // after the changes
	changes []*Effect
	merged  int // how many changes are in the layer and the maps below

	known   map[directory.UserID]directory.UserRows // read ahead, or touched; the zero of ids that nobody has
	touched map[directory.UserID]store.TouchedUser
	members map[directory.GroupID]int64
	windows bool                                 // a membership with a window changed, so counts are not known
	secrets map[directory.CredentialID]*[32]byte // nil: removed
	sealed  map[directory.SealedID]store.Sealed
	objects map[directory.Object]directory.Touch
	answers map[answerKey]store.Answer
	free    FreeRange
}

type answerKey struct {
	caller directory.UserID
	key    string
}

// NewBatch is an empty batch on the rows of a transaction that is at a state.
// Free is what is known of ids that no user has.
func NewBatch(ctx context.Context, r store.Reader, s *state.State, free FreeRange) *Batch {
	b := &Batch{
		layer: newLayer(ctx, r), base: s.Head, head: s.Head, free: FreeRange{Revision: s.Head.Revision},
		known:   map[directory.UserID]directory.UserRows{},
		touched: map[directory.UserID]store.TouchedUser{}, members: map[directory.GroupID]int64{},
		secrets: map[directory.CredentialID]*[32]byte{}, sealed: map[directory.SealedID]store.Sealed{},
		objects: map[directory.Object]directory.Touch{}, answers: map[answerKey]store.Answer{},
	}
	if free.Revision == s.Head.Revision {
		b.free = free
	}
	return b
}

// ReadAhead reads users that changes are about: from peek, which gives what a
// cache has of them at the state of the batch, or nil, and the others together.
func (b *Batch) ReadAhead(ids []directory.UserID, peek func(directory.UserID) *directory.UserRows) error {
	var missing []directory.UserID
	for _, id := range ids {
		if _, ok := b.known[id]; ok || id <= 0 {
			continue
		}
		if rows := peek(id); rows != nil {
			b.known[id] = *rows // planners work on copies
			continue
		}
		b.known[id] = directory.UserRows{}
		missing = append(missing, id)
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	users, err := b.layer.Reader.UsersByID(b.ctx, missing)
	if err != nil {
		return fmt.Errorf("read users: %w", err)
	}
	for _, rows := range users {
		b.known[rows.User.ID] = rows
	}
	return nil
}

// Take adds what a change does: the next one is planned on what it leaves.
func (b *Batch) Take(e *Effect) {
	b.changes = append(b.changes, e)
	b.head = e.Commit.Head
	b.free.follow(&e.Commit)
}

// PutAnswer notes an answer, to be written with the changes.
func (b *Batch) PutAnswer(a store.Answer) { b.answers[answerKey{a.Caller, a.Key}] = a }

// IsFull reports whether the batch takes no other change.
func (b *Batch) IsFull() bool {
	n := 0
	for _, e := range b.changes {
		n += len(e.Commit.Writes)
	}
	return n >= maxBatch
}

// Free is what is known of ids that no user has after the changes.
func (b *Batch) Free() FreeRange { return b.free }

// merge takes the changes into the layer. It waits until somebody asks, as
// nobody does after the only change of a batch.
func (b *Batch) merge() {
	for _, e := range b.changes[b.merged:] {
		c := &e.Commit
		for _, w := range c.Writes {
			key := w.Key()
			r := b.rows[key]
			if r == nil {
				r = &workingRow{before: w.Before, after: w.Before}
				b.rows[key] = r
			}
			b.replace(key, r, w.After)
			b.windows = b.windows || movesWindows(w)
		}
		for _, t := range c.Touched {
			b.touched[t.User] = t
			delete(b.known, t.User)
			if u, ok := e.users[t.User]; ok {
				u.After.TouchedRev = c.Head.Revision
				b.known[t.User] = u.After
			}
		}
		for _, m := range c.Members {
			b.members[m.Group] += m.Delta
		}
		for _, s := range c.Sealed {
			b.sealed[s.ID] = s
		}
		for i := range c.Secrets {
			b.secrets[c.Secrets[i].Credential] = &c.Secrets[i].Hash
		}
		for _, id := range c.RemoveSecrets {
			b.secrets[id] = nil
		}
		for _, rec := range c.Records {
			for _, o := range rec.Objects {
				b.objects[o.Object] = directory.Touch{Revision: rec.Header.Revision, At: rec.Header.At}
			}
		}
	}
	b.merged = len(b.changes)
}

// movesWindows reports whether a write changes how many memberships with a window
// count: one of them, or the mark of a user who may have some.
func movesWindows(w directory.RowWrite) bool {
	switch w.Key().Kind {
	case directory.RowMembership:
		return directory.HasWindow([]directory.RowWrite{w})
	case directory.RowUser:
		before, there := w.Before.(directory.User)
		after, stays := w.After.(directory.User)
		return there && (!stays || before.DeletedRev != after.DeletedRev)
	default:
		return false
	}
}

// Touched are the users whom the changes have touched, as they leave them; not
// those of which it is not known.
func (b *Batch) Touched() []directory.UserRows {
	b.merge()
	users := make([]directory.UserRows, 0, min(len(b.touched), directory.MaxEdits))
	for id := range b.touched {
		if rows, ok := b.known[id]; ok && rows.User.ID != 0 && len(users) < directory.MaxEdits {
			users = append(users, rows)
		}
	}
	return users
}

// Write writes all changes, and the answers.
func (b *Batch) Write(tx store.Tx) error {
	if len(b.changes) > 0 {
		if err := tx.Append(b.ctx, b.commit()); err != nil {
			return err
		}
	}
	for _, a := range b.answers {
		if err := tx.PutAnswer(b.ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// commit is what all changes come to.
func (b *Batch) commit() store.Commit {
	if len(b.changes) == 1 {
		return b.changes[0].Commit
	}
	b.merge()
	all := store.Commit{Writes: b.Writes(), Head: b.head, Records: make([]store.Record, 0, len(b.changes))}
	for _, id := range slices.Sorted(maps.Keys(b.touched)) {
		all.Touched = append(all.Touched, b.touched[id])
	}
	for _, id := range slices.Sorted(maps.Keys(b.members)) {
		if delta := b.members[id]; delta != 0 {
			all.Members = append(all.Members, store.MemberDelta{Group: id, Delta: delta})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(b.secrets)) {
		if hash := b.secrets[id]; hash != nil {
			all.Secrets = append(all.Secrets, store.Secret{Credential: id, Hash: *hash})
		} else {
			all.RemoveSecrets = append(all.RemoveSecrets, id)
		}
	}
	for _, e := range b.changes {
		all.Sealed = append(all.Sealed, e.Commit.Sealed...)
		all.RevokeUsers = append(all.RevokeUsers, e.Commit.RevokeUsers...)
		all.RevokeKeys = append(all.RevokeKeys, e.Commit.RevokeKeys...)
		all.Forget = append(all.Forget, e.Commit.Forget...)
		all.Records = append(all.Records, e.Commit.Records...)
	}
	return all
}

// Head implements store.Reader.
func (b *Batch) Head(context.Context) (store.Head, error) { return b.head, nil }

// Revision implements store.Reader.
func (b *Batch) Revision(context.Context) (directory.Revision, error) { return b.head.Revision, nil }

// Row implements store.Reader.
func (b *Batch) Row(ctx context.Context, key directory.RowKey) (directory.Row, bool, error) {
	b.merge()
	if r, ok := b.rows[key]; ok {
		return r.after, r.after != nil, nil
	}
	switch key.Kind {
	case directory.RowUser, directory.RowMembership, directory.RowUserValue:
		if u, ok := b.known[directory.UserID(key.A)]; ok && u.User.ID != 0 {
			return ownRow(&u, key)
		}
	default: // of the others the key does not say whose they are, or they are few
	}
	return b.layer.Reader.Row(ctx, key)
}

// Find implements store.Reader.
func (b *Batch) Find(_ context.Context, key directory.IndexKey, limit int) ([]directory.RowKey, error) {
	b.merge()
	return b.find(key, limit)
}

// UserRows implements store.Reader.
func (b *Batch) UserRows(ctx context.Context, id directory.UserID) (directory.UserRows, bool, error) {
	b.merge()
	if rows, ok := b.known[id]; ok {
		return rows, rows.User.ID != 0, nil
	}
	if _, ok := b.touched[id]; ok {
		return directory.UserRows{}, false, ErrAlone
	}
	return b.layer.Reader.UserRows(ctx, id)
}

// RowsOf implements store.Reader.
func (b *Batch) RowsOf(
	_ context.Context, kind directory.RowKind, of directory.Object, f func(directory.Row) error,
) error {
	b.merge()
	return b.eachRowOf(kind, of, f)
}

// LastChanges implements store.Reader.
func (b *Batch) LastChanges(
	ctx context.Context, objects []directory.Object, through directory.Revision,
) ([]directory.Touch, error) {
	b.merge()
	if through < b.head.Revision && len(b.changes) > 0 {
		return nil, ErrAlone
	}
	list, err := b.layer.Reader.LastChanges(ctx, objects, min(through, b.base.Revision))
	for i := range list {
		if touch, ok := b.objects[objects[i]]; ok {
			list[i] = touch
		}
	}
	return list, err
}

// MemberCounts implements store.Reader.
func (b *Batch) MemberCounts(ctx context.Context, groups []directory.GroupID, at directory.Instant) ([]int64, error) {
	b.merge()
	if b.windows {
		return nil, ErrAlone
	}
	counts, err := b.layer.Reader.MemberCounts(ctx, groups, at)
	for i := range counts {
		counts[i] += b.members[groups[i]]
	}
	return counts, err
}

// Secret implements store.Reader.
func (b *Batch) Secret(ctx context.Context, id directory.CredentialID) (hash [32]byte, ok bool, err error) {
	b.merge()
	if planned, known := b.secrets[id]; known {
		return *cmp.Or(planned, &hash), planned != nil, nil
	}
	return b.layer.Reader.Secret(ctx, id)
}

// Sealed implements store.Reader.
func (b *Batch) Sealed(ctx context.Context, id directory.SealedID) (store.Sealed, error) {
	b.merge()
	if s, ok := b.sealed[id]; ok {
		return s, nil
	}
	return b.layer.Reader.Sealed(ctx, id)
}

// Answer implements store.Reader.
func (b *Batch) Answer(ctx context.Context, caller directory.UserID, key string) (store.Answer, bool, error) {
	if a, ok := b.answers[answerKey{caller, key}]; ok {
		return a, true, nil
	}
	return b.layer.Reader.Answer(ctx, caller, key)
}

// Preview implements store.Reader. Changes make none.
func (b *Batch) Preview(ctx context.Context, token string) (store.Preview, bool, error) {
	return b.layer.Reader.Preview(ctx, token)
}
