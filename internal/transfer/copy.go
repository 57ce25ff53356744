package transfer

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// How much one transaction stores.
const (
	copiedRows    = 50_000
	copiedRecords = 1000
	copiedBytes   = 16 << 20 // of records
)

// A Progress is called with the current part of long work, how much is done, and the total, or
// 0 if that is unknown.
type Progress func(what string, done, total int64)

// A Copied is the outcome of Copy.
type Copied struct {
	Head    store.Head
	Rows    int64
	Secrets int64
	Sealed  int64
}

// Copy makes a store equal to another: rows, history, sealed values, secrets and reveals, with
// their revisions, hashes and ids. Tokens, failed logins and the answers to repeated requests
// stay behind. The target must be new, or contain the remains of an interrupted Copy, which
// are removed first.
//
// Copy reads the target again, compares it with the source, and checks it against the hash
// chain and the state digest; only then does it write the head. Until then the target is at
// revision 0, and no program takes it for a directory.
func Copy(ctx context.Context, from, to store.Store, progress Progress) (done Copied, err error) {
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	if err := refuseUsed(ctx, to); err != nil {
		return Copied{}, err
	}
	err = from.Read(ctx, func(r store.Reader) error {
		if err := begin(ctx, r, to); err != nil {
			return err
		}
		c := &copier{ctx: ctx, from: r, to: to, progress: progress, members: map[directory.GroupID]int64{}}
		c.commit.Head.Incarnation = 1
		if done, err = c.run(); err != nil {
			return err
		}
		if err := same(ctx, r, to, done.Head, progress); err != nil {
			return err
		}
		if err := copyReveals(ctx, from, to); err != nil {
			return err
		}
		return to.Write(ctx, func(tx store.Tx) error { return tx.Append(ctx, store.Commit{Head: done.Head}) })
	})
	if err == nil {
		err = to.Learn(ctx)
	}
	return done, err
}

// refuseUsed refuses a target in use.
func refuseUsed(ctx context.Context, to store.Store) error {
	used := false
	err := to.Read(ctx, func(r store.Reader) error {
		head, err := r.Head(ctx)
		used = head.Revision != 0
		return err
	})
	if err == nil && used {
		err = &directory.Error{Kind: directory.KindConflict,
			Msg: "there is a directory in the target already; a migration needs a new one"}
	}
	return err
}

// begin empties a target and stores the first row: from then on no program takes it for an
// unused one and creates a directory in it.
func begin(ctx context.Context, from store.Reader, to store.Store) error {
	first, ok, err := from.Row(ctx, directory.Group{ID: directory.AllUsers}.Key())
	if err != nil {
		return err
	}
	err = to.Write(ctx, func(tx store.Tx) error {
		if err := tx.Clear(ctx); err != nil || !ok {
			return err
		}
		return tx.Append(ctx, store.Commit{
			Writes: []directory.RowWrite{{After: first}}, Head: store.Head{Incarnation: 1},
		})
	})
	if noted, ok := to.(target); ok && err == nil {
		err = noted.Begun(ctx)
	}
	return err
}

// A target is a store that nobody else opens until it has content.
type target interface {
	Begun(ctx context.Context) error
}

// copyReveals copies the log of opened hidden values, oldest first, without those that an
// earlier Copy stored.
func copyReveals(ctx context.Context, from, to store.Store) error {
	const all = 1 << 30
	there, err := to.Ephemera().Reveals(ctx, all)
	if err != nil {
		return err
	}
	list, err := from.Ephemera().Reveals(ctx, all)
	if err != nil {
		return err
	}
	for i := len(list) - len(there) - 1; i >= 0; i-- {
		if err := to.Ephemera().PutReveal(ctx, list[i]); err != nil {
			return err
		}
	}
	return nil
}

// A copier collects what is read into commits.
type copier struct {
	ctx      context.Context
	from     store.Reader
	to       store.Store
	progress Progress
	commit   store.Commit
	bytes    int
	members  map[directory.GroupID]int64
	done     Copied
}

func (c *copier) run() (Copied, error) {
	var err error
	if c.done.Head, err = c.from.Head(c.ctx); err != nil {
		return c.done, err
	}
	if c.done.Head.Revision == 0 {
		return c.done, &directory.Error{Kind: directory.KindNotFound, Msg: "there is no directory in the source"}
	}
	for _, step := range []func() error{c.catalog, c.sealed, c.users, c.attached, c.secrets, c.history, c.memberCounts} {
		if err := step(); err != nil {
			return c.done, err
		}
	}
	return c.done, c.flush()
}

// flush stores what is collected.
func (c *copier) flush() error {
	commit := c.commit
	c.commit, c.bytes = store.Commit{Head: commit.Head}, 0
	return c.to.Write(c.ctx, func(tx store.Tx) error { return tx.Append(c.ctx, commit) })
}

func (c *copier) row(row directory.Row) {
	c.commit.Writes = append(c.commit.Writes, directory.RowWrite{After: row})
	c.done.Rows++
}

// flushFull stores what is collected if it is enough.
func (c *copier) flushFull() error {
	if len(c.commit.Writes) < copiedRows && len(c.commit.Sealed) < copiedRows && len(c.commit.Secrets) < copiedRows &&
		len(c.commit.History) < copiedRecords && c.bytes < copiedBytes {
		return nil
	}
	return c.flush()
}

func (c *copier) scan(kind directory.RowKind) error {
	return c.from.Scan(c.ctx, kind, func(row directory.Row) error {
		if row.Key() == (directory.Group{ID: directory.AllUsers}).Key() {
			c.done.Rows++ // stored already: see begin
			return nil
		}
		c.row(row)
		return c.flushFull()
	})
}

func (c *copier) catalog() error {
	for _, kind := range directory.RowKinds() {
		if kind.InCatalog() {
			if err := c.scan(kind); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *copier) attached() error {
	if err := c.scan(directory.RowSourceReference); err != nil {
		return err
	}
	return c.scan(directory.RowFacet)
}

// users copies users with their rows and their derived columns.
func (c *copier) users() error {
	done := int64(0)
	for last := directory.UserID(0); ; {
		users, err := c.from.UsersAfter(c.ctx, last, usersAtOnce)
		if err != nil {
			return err
		}
		for i := range users {
			c.user(&users[i])
			last = users[i].User.ID
		}
		done += int64(len(users))
		c.progress("users copied", done, c.done.Head.Users)
		if err := c.flushFull(); err != nil || len(users) < usersAtOnce {
			return err
		}
	}
}

func (c *copier) user(u *directory.UserRows) {
	c.row(u.User)
	for _, m := range u.Memberships {
		c.row(m)
		if m.Always() && u.User.DeletedRev == 0 {
			c.members[m.Group]++
		}
	}
	for _, v := range u.Values {
		c.row(v)
	}
	for _, role := range u.Roles {
		c.row(directory.UserRole{User: u.User.ID, Role: role})
	}
	for _, credential := range u.Credentials {
		c.row(credential)
	}
	c.commit.Touched = append(c.commit.Touched, store.TouchedUser{
		User: u.User.ID, EmailKey: directory.Fold(u.Email()), Revision: u.TouchedRev,
	})
}

func (c *copier) memberCounts() error {
	for id, n := range c.members {
		c.commit.Members = append(c.commit.Members, store.MemberDelta{Group: id, Delta: n})
	}
	return nil
}

func (c *copier) sealed() error {
	return eachSealed(c.ctx, c.from, c.done.Head, func(v store.Sealed) error {
		c.commit.Sealed = append(c.commit.Sealed, v)
		c.done.Sealed++
		return c.flushFull()
	})
}

func (c *copier) secrets() error {
	return eachSecret(c.ctx, c.from, c.done.Head, func(v store.Secret) error {
		c.commit.Secrets = append(c.commit.Secrets, v)
		c.done.Secrets++
		return c.flushFull()
	})
}

func (c *copier) history() error {
	for rev := directory.Revision(1); rev <= c.done.Head.Revision; rev++ {
		rec, err := c.from.Record(c.ctx, rev)
		if err != nil {
			return err
		}
		c.commit.History = append(c.commit.History, rec)
		c.bytes += len(rec.Edits.Data) + 100*len(rec.Objects)
		for i := range rec.Chunks {
			c.bytes += len(rec.Chunks[i].Data)
		}
		c.progress("records copied", int64(rev), int64(c.done.Head.Revision))
		if err := c.flushFull(); err != nil {
			return err
		}
	}
	return nil
}

// eachSealed calls f for every sealed value, by id.
func eachSealed(ctx context.Context, r store.Reader, head store.Head, f func(store.Sealed) error) error {
	for id := directory.SealedID(1); id < head.Next.Sealed; id++ {
		v, err := r.Sealed(ctx, id)
		if directory.KindOf(err) == directory.KindNotFound {
			continue
		}
		if err == nil {
			err = f(v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// eachSecret calls f for every secret, by credential.
func eachSecret(ctx context.Context, r store.Reader, head store.Head, f func(store.Secret) error) error {
	for id := directory.CredentialID(1); id < head.Next.Credential; id++ {
		hash, ok, err := r.Secret(ctx, id)
		if err == nil && ok {
			err = f(store.Secret{Credential: id, Hash: hash})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
