package core

import (
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/resolve"
	"cohort/internal/state"
)

// A CachedUser is a user in the cache: the inputs of its effective values, and the
// states at which they hold. It fills two lines of a processor's cache.
type CachedUser struct {
	resolve.Subject // of nobody if it has no Rows
	Touched         directory.Revision
	lineage         uint64
	Deleted         bool
	_               [8]byte // fills the second line
}

// A packedUser has what most users have of their own in one piece of memory, so
// that the garbage collector, which looks at all users that are kept, finds two
// objects for each and not nine.
type packedUser struct {
	rows        directory.UserRows
	memberships [6]directory.Membership
	values      [1]directory.UserValue
	credentials [1]directory.Credential
	written     [1]directory.ValueRef
}

// Pack lays rows out anew. Lists that are too long stand elsewhere, as they did
// before. The rows that are given, which are of a lineage, are used up.
func Pack(rows *directory.UserRows, lineage uint64) CachedUser {
	packText(rows)
	p := &packedUser{rows: *rows}
	p.rows.Memberships = packList(p.memberships[:0], rows.Memberships)
	p.rows.Values = packList(p.values[:0], rows.Values)
	p.rows.Credentials = packList(p.credentials[:0], rows.Credentials)
	return CachedUser{Subject: resolve.SubjectOf(&p.rows, p.written[:0]), Touched: rows.TouchedRev, lineage: lineage,
		Deleted: rows.User.DeletedRev != 0}
}

// Answers reports whether these are the rows of a user at a state that was
// loaded before they were found. There may be none.
func (u *CachedUser) Answers(s *state.State) bool {
	return u.Rows != nil && u.lineage == s.Lineage && u.Touched <= s.Head.Revision
}

// packList puts a list into a place, if it fits. Nothing can be appended to it
// there.
func packList[T any](place, list []T) []T {
	if len(list) == 0 || len(list) > cap(place) {
		return list
	}
	place = append(place, list...)
	return slices.Clip(place)
}

// packText makes all texts of a user parts of one.
func packText(rows *directory.UserRows) {
	var texts []*string
	u := &rows.User
	texts = append(texts, (*string)(&u.Kind), &u.FirstName, &u.LastName, &u.ContactEmail, &u.Timezone,
		(*string)(&u.Language))
	for i := range rows.Values {
		v := &rows.Values[i].Value
		texts = append(texts, &v.Text)
		for j := range v.Texts {
			texts = append(texts, (*string)(&v.Texts[j].Language), &v.Texts[j].Text)
		}
	}
	for i := range rows.Credentials {
		c := &rows.Credentials[i]
		texts = append(texts, (*string)(&c.Kind), &c.Identifier, &c.Shown)
	}
	parts := make([]string, len(texts))
	for i, text := range texts {
		parts[i] = *text
	}
	all := strings.Join(parts, "")
	for _, text := range texts {
		*text, all = all[:len(*text)], all[len(*text):]
	}
}

// Uncached is a user that is not kept.
func Uncached(rows *directory.UserRows) CachedUser {
	return CachedUser{Subject: resolve.Subject{Rows: rows}, Touched: rows.TouchedRev, Deleted: rows.User.DeletedRev != 0}
}
