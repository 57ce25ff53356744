package core

import (
	"slices"
	"strings"

	"cohort/internal/directory"
)

// A packedUser has what most users have of their own in one piece of memory. A
// read of effective values looks at most of it, so that it waits once and not
// for each list; and the garbage collector, which looks at all users that are
// kept, finds two objects for each and not nine.
type packedUser struct {
	rows        directory.UserRows
	era         uint64
	memberships [6]directory.Membership
	values      [1]directory.UserValue
	credentials [1]directory.Credential
}

// pack lays rows out anew. Lists that are too long stand elsewhere, as they did
// before. The rows that are given, which are of an era, are used up.
func pack(rows *directory.UserRows, era uint64) *packedUser {
	packText(rows)
	p := &packedUser{rows: *rows, era: era}
	p.rows.Memberships = packList(p.memberships[:0], rows.Memberships)
	p.rows.Values = packList(p.values[:0], rows.Values)
	p.rows.Credentials = packList(p.credentials[:0], rows.Credentials)
	return p
}

// answers reports whether these are the rows of a user at a state that was
// loaded before they were found. There may be none.
func (p *packedUser) answers(s *state) bool {
	return p != nil && p.arrives() && p.era == s.era && p.rows.TouchedRev <= s.head.Revision
}

// arrives looks at every line of the processor's cache that effective values
// are read from, so that all are on their way before the first is waited for. It
// is true, as no number is negative: so that the compiler must look.
func (p *packedUser) arrives() bool {
	all := int64(p.rows.User.DeletedRev | p.rows.TouchedRev)
	for i := range p.memberships {
		all |= int64(p.memberships[i].Group)
	}
	for i := range p.values {
		all |= int64(p.values[i].Attribute) | int64(p.values[i].ExpiresAt)
	}
	return all >= 0
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
	texts = append(texts, (*string)(&u.Kind), &u.FirstName, &u.LastName, &u.ContactEmail, &u.Timezone, (*string)(&u.Language))
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
