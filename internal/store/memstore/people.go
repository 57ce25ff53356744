package memstore

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// people holds the tables of sign-ins, drafts, imports and SCIM clients.
type people struct {
	links   table[[32]byte, store.SignInLink]
	pending table[[32]byte, store.PendingSignIn]
	signIns table[[32]byte, store.SignIn]
	logouts table[[32]byte, directory.Instant]
	drafts  table[directory.UserID, store.Draft]
	imports table[string, store.Import]
	scim    table[scimNoteKey, store.SCIMNote]
}

func (p people) copy() people {
	p.links.owned, p.pending.owned, p.signIns.owned, p.logouts.owned, p.drafts.owned = false, false, false, false, false
	p.scim.owned, p.imports.owned = false, false
	return p
}

func (e ephemera) PutSignInLink(ctx context.Context, l store.SignInLink) error {
	return e.s.write(ctx, func(next *state) error {
		for hash, other := range next.ephemeral.people.links.m {
			if other.User == l.User {
				next.ephemeral.people.links.remove(hash)
			}
		}
		next.ephemeral.people.links.put(l.Hash, l)
		return nil
	})
}

func (e ephemera) TakeSignInLink(ctx context.Context, hash [32]byte) (l store.SignInLink, ok bool, err error) {
	err = e.s.write(ctx, func(next *state) error {
		l, ok = next.ephemeral.people.links.m[hash]
		next.ephemeral.people.links.remove(hash)
		return nil
	})
	return l, ok, err
}

func (e ephemera) PutPendingSignIn(ctx context.Context, p store.PendingSignIn, most int) error {
	return e.s.write(ctx, func(next *state) error {
		t := &next.ephemeral.people.pending
		p.Data = slices.Clone(p.Data)
		t.put(p.Hash, p)
		for len(t.m) > most {
			oldest := p
			for _, other := range t.m {
				if cmp.Or(cmp.Compare(other.CreatedAt, oldest.CreatedAt), bytes.Compare(other.Hash[:], oldest.Hash[:])) < 0 {
					oldest = other
				}
			}
			t.remove(oldest.Hash)
		}
		return nil
	})
}

func (e ephemera) TakePendingSignIn(ctx context.Context, hash [32]byte) (p store.PendingSignIn, ok bool, err error) {
	err = e.s.write(ctx, func(next *state) error {
		p, ok = next.ephemeral.people.pending.m[hash]
		next.ephemeral.people.pending.remove(hash)
		return nil
	})
	return p, ok, err
}

func (e ephemera) PutSignIn(ctx context.Context, s store.SignIn) error {
	return e.s.write(ctx, func(next *state) error {
		s.Token = slices.Clone(s.Token)
		next.ephemeral.people.signIns.put(s.Hash, s)
		return nil
	})
}

func (e ephemera) SignIn(ctx context.Context, hash [32]byte) (s store.SignIn, ok bool, err error) {
	s, err = readEphemeral(ctx, e.s, func(l *ephemeralRows) store.SignIn {
		var found store.SignIn
		found, ok = l.people.signIns.m[hash]
		return found
	})
	return s, ok, err
}

func (e ephemera) SignIns(ctx context.Context, user directory.UserID) ([]store.SignIn, error) {
	return readEphemeral(ctx, e.s, func(l *ephemeralRows) (list []store.SignIn) {
		for _, s := range l.people.signIns.m {
			if user == 0 || s.User == user {
				list = append(list, s)
			}
		}
		slices.SortFunc(list, func(a, b store.SignIn) int {
			return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), bytes.Compare(a.Hash[:], b.Hash[:]))
		})
		return list
	})
}

func (e ephemera) SeeSignIn(ctx context.Context, hash [32]byte, at directory.Instant) error {
	return e.s.write(ctx, func(next *state) error {
		if s, ok := next.ephemeral.people.signIns.m[hash]; ok && s.SeenAt < at {
			s.SeenAt = at
			next.ephemeral.people.signIns.put(hash, s)
		}
		return nil
	})
}

func (e ephemera) DeleteSignIn(ctx context.Context, hash [32]byte) (ok bool, err error) {
	err = e.s.write(ctx, func(next *state) error {
		_, ok = next.ephemeral.people.signIns.m[hash]
		next.ephemeral.people.signIns.remove(hash)
		return nil
	})
	return ok, err
}

func (e ephemera) EndSignIns(ctx context.Context, l store.Logout) (ended int64, ok bool, err error) {
	err = e.s.write(ctx, func(next *state) error {
		p := &next.ephemeral.people
		if _, there := p.logouts.m[l.ID]; there {
			return nil
		}
		ok = true
		p.logouts.put(l.ID, l.ExpiresAt)
		ended = removeIf(&p.signIns, func(s store.SignIn) bool {
			return s.Method == l.Method && (l.Subject == "" || s.Subject == l.Subject) &&
				(l.Session == "" || s.Session == l.Session)
		})
		return nil
	})
	return ended, ok, err
}

func (e ephemera) SweepSignIns(ctx context.Context, before directory.Instant) (n int64, err error) {
	err = e.s.write(ctx, func(next *state) error {
		p := &next.ephemeral.people
		n = removeIf(&p.links, func(l store.SignInLink) bool { return l.ExpiresAt < before }) +
			removeIf(&p.pending, func(s store.PendingSignIn) bool { return s.ExpiresAt < before }) +
			removeIf(&p.signIns, func(s store.SignIn) bool { return s.ExpiresAt < before }) +
			removeIf(&p.logouts, func(expires directory.Instant) bool { return expires < before })
		return nil
	})
	return n, err
}

func removeIf[K comparable, V any](t *table[K, V], over func(V) bool) (n int64) {
	for key, row := range t.m {
		if over(row) {
			t.remove(key)
			n++
		}
	}
	return n
}

func (e ephemera) Draft(ctx context.Context, user directory.UserID) (d store.Draft, ok bool, err error) {
	d, err = readEphemeral(ctx, e.s, func(l *ephemeralRows) store.Draft {
		var found store.Draft
		found, ok = l.people.drafts.m[user]
		return found
	})
	return d, ok, err
}

func (e ephemera) PutDraft(ctx context.Context, d store.Draft) (ok bool, err error) {
	err = e.s.write(ctx, func(next *state) error {
		if ok = next.ephemeral.people.drafts.m[d.User].Version == d.Version-1; ok {
			d.Data = slices.Clone(d.Data)
			next.ephemeral.people.drafts.put(d.User, d)
		}
		return nil
	})
	return ok && err == nil, err
}

func (e ephemera) DeleteDraft(ctx context.Context, user directory.UserID) error {
	return e.s.write(ctx, func(next *state) error {
		next.ephemeral.people.drafts.remove(user)
		return nil
	})
}

func (e ephemera) SweepDrafts(ctx context.Context, before directory.Instant) (int64, error) {
	return sweep(ctx, e.s, func(l *ephemeralRows) *table[directory.UserID, store.Draft] { return &l.people.drafts },
		func(d store.Draft) bool { return d.ChangedAt < before })
}
