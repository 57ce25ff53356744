package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"slices"
	"sync"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
)

// A fingerprint is a hash of one part of a store's content, in order. Two are equal if and
// only if all rows or records of the part are.
type fingerprint struct {
	part string
	n    int64
	sum  [32]byte
}

// same reads both sides in the same order, and refuses a target that differs or contradicts
// its own records or digest.
func same(ctx context.Context, from store.Reader, to store.Store, head store.Head, progress Progress) error {
	var theirs []fingerprint
	var failed error
	var other sync.WaitGroup
	other.Go(func() {
		failed = to.Read(ctx, func(r store.Reader) (err error) {
			theirs, err = fingerprints(ctx, r, head, func(string, int64, int64) {})
			return err
		})
	})
	ours, err := fingerprints(ctx, from, head, progress)
	other.Wait()
	if err = errors.Join(err, failed); err != nil {
		return fmt.Errorf("compare the target with the source: %w", err)
	}
	for i, a := range ours {
		if b := theirs[i]; a != b {
			return fmt.Errorf("the target is not the same as the source: of %s there are %d here and %d there, or their "+
				"content differs", a.part, a.n, b.n)
		}
	}
	return nil
}

// fingerprints reads everything in a store, and checks that its records form a chain that ends
// at the head, and that its rows add up to the head's digest.
func fingerprints(ctx context.Context, r store.Reader, head store.Head, progress Progress) ([]fingerprint, error) {
	p := &printer{hash: sha256.New()}
	for _, kind := range directory.RowKinds() {
		what := "rows of kind " + kind.String()
		err := p.print(what, func() error { return p.rows(ctx, r, kind, what+" compared", progress) })
		if err != nil {
			return nil, err
		}
	}
	if p.digest != head.Digest {
		return nil, errors.New("the rows do not match the state digest")
	}
	for _, step := range []struct {
		name string
		read func() error
	}{
		{"users", func() error { return p.users(ctx, r) }},
		{"member counts", func() error { return p.members(ctx, r, head) }},
		{"sealed values", func() error {
			return eachSealed(ctx, r, head, func(v store.Sealed) error {
				p.number(int64(v.ID))
				p.part([]byte(v.KeyID))
				p.part(v.Ciphertext)
				p.n++
				return nil
			})
		}},
		{"secrets", func() error {
			return eachSecret(ctx, r, head, func(v store.Secret) error {
				p.number(int64(v.Credential))
				p.part(v.Hash[:])
				p.n++
				return nil
			})
		}},
		{"records", func() error { return p.records(ctx, r, head, progress) }},
	} {
		if err := p.print(step.name, step.read); err != nil {
			return nil, err
		}
	}
	return p.list, nil
}

// A printer hashes parts, each preceded by its length.
type printer struct {
	hash   hash.Hash
	line   []byte
	n      int64
	digest [32]byte
	list   []fingerprint
}

// print returns the fingerprint of a part that read writes.
func (p *printer) print(part string, read func() error) error {
	p.hash.Reset()
	p.n = 0
	if err := read(); err != nil {
		return err
	}
	p.list = append(p.list, fingerprint{part, p.n, [32]byte(p.hash.Sum(nil))})
	return nil
}

func (p *printer) rows(ctx context.Context, r store.Reader, kind directory.RowKind, what string,
	progress Progress) error {
	return r.Scan(ctx, kind, func(row directory.Row) error {
		p.digest = record.Add(p.digest, row)
		p.line = record.AppendRow(p.line[:0], row)
		p.part(p.line)
		if p.n++; p.n%10_000 == 0 {
			progress(what, p.n, 0)
		}
		return nil
	})
}

func (p *printer) number(n int64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	p.hash.Write(b[:])
}

func (p *printer) part(b []byte) {
	p.number(int64(len(b)))
	p.hash.Write(b)
}

// users hashes the readable derived columns. The rows are hashed by kind; this shows that they
// belong together.
func (p *printer) users(ctx context.Context, r store.Reader) error {
	for last := directory.UserID(0); ; {
		users, err := r.UsersAfter(ctx, last, usersAtOnce)
		if err != nil {
			return err
		}
		for i := range users {
			u := &users[i]
			last = u.User.ID
			for _, n := range []int64{int64(last), int64(u.TouchedRev), int64(len(u.Memberships)), int64(len(u.Values)),
				int64(len(u.Roles)), int64(len(u.Credentials))} {
				p.number(n)
			}
			p.n++
		}
		if len(users) < usersAtOnce {
			return nil
		}
	}
}

func (p *printer) members(ctx context.Context, r store.Reader, head store.Head) error {
	var ids []directory.GroupID
	err := r.Scan(ctx, directory.RowGroup, func(row directory.Row) error {
		if g, ok := row.(directory.Group); ok {
			ids = append(ids, g.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for some := range slices.Chunk(ids, usersAtOnce) {
		counts, err := r.MemberCounts(ctx, some, head.At)
		if err != nil {
			return err
		}
		for _, n := range counts {
			p.number(n)
		}
		p.n += int64(len(some))
	}
	return nil
}

// records hashes whole records, including what the chain does not cover: salts, and what
// replaces forgotten parts.
func (p *printer) records(ctx context.Context, r store.Reader, head store.Head, progress Progress) error {
	var prev [32]byte
	for rev := directory.Revision(1); rev <= head.Revision; rev++ {
		rec, err := r.Record(ctx, rev)
		if err != nil {
			return err
		}
		if err := record.Verify(prev, rec); err != nil && directory.KindOf(err) != directory.KindGone {
			return err
		}
		prev = rec.Hash
		p.part(rec.Hash[:])
		p.chunk(rec.Edits)
		for _, c := range rec.Chunks {
			p.chunk(c)
		}
		for _, o := range rec.Objects {
			p.number(int64(o.Object.Kind))
			p.number(o.Object.ID)
			p.number(int64(o.Chunk))
		}
		p.n++
		progress("records compared", int64(rev), int64(head.Revision))
	}
	if prev != head.Hash {
		return errors.New("the chain of records does not end as the head says")
	}
	return nil
}

func (p *printer) chunk(c store.Chunk) {
	redacted := int64(0)
	if c.Redacted {
		redacted = 1
	}
	p.number(redacted)
	p.part(c.Commitment[:])
	p.part(c.Salt)
	p.part(c.Data)
}
