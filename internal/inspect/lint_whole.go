package inspect

import (
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"unicode"

	"cohort/internal/admission"
	"cohort/internal/directory"
)

// wholeFindings finds objects that share what should distinguish them. It examines all
// objects.
func (l *linter) wholeFindings() error {
	if l.wants(directory.LintSimilarSources) {
		if err := l.similarSources(); err != nil {
			return err
		}
	}
	// Contact e-mails are shown only to callers who see users.
	if l.wants(directory.LintSharedContact) && l.SeesUsers() {
		return l.sharedContacts()
	}
	return nil
}

// maxNamed is how many objects a finding names.
const maxNamed = 10

// similarSources finds ids of one source that nobody could tell apart on the phone.
func (l *linter) similarSources() error {
	alike, err := l.alike(directory.RowSourceReference, func(row directory.Row) string {
		r, _ := row.(directory.SourceReference)
		if r.Object.Kind == directory.ObjectUser && !l.SeesUsers() {
			return ""
		}
		if id := sourceKey(r.SourceID); id != "" {
			return fmt.Sprintf("%d\n%s\n%s", r.Object.Kind, r.Source, id)
		}
		return ""
	})
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(alike)) {
		var about directory.Finding
		var ids []string
		source, n := "", 0
		for _, row := range alike[key] {
			r, _ := row.(directory.SourceReference)
			there, err := l.isThere(&about, r.Object, n)
			if err != nil {
				return err
			}
			if there {
				n++
				source, ids = r.Source, append(ids, fmt.Sprintf("%q", r.SourceID))
			}
		}
		if n > 1 {
			l.add(directory.LintSimilarSources, about, "In %s the ids %s are alike.", source,
				strings.Join(ids[:min(n, maxNamed)], ", "))
		}
	}
	return nil
}

// isThere reports whether the object of a source id exists and may be seen, and adds it to a
// finding as the n-th object.
func (l *linter) isThere(about *directory.Finding, o directory.Object, n int) (bool, error) {
	switch o.Kind {
	case directory.ObjectGroup:
		id := directory.GroupID(o.ID)
		_, ok := l.Catalog.Group(id)
		if ok && n < maxNamed {
			about.Groups = append(about.Groups, id)
		}
		return ok && l.sees(id), nil
	case directory.ObjectAttribute:
		a, ok := l.Catalog.Attribute(directory.AttributeID(o.ID))
		if ok && n == 0 {
			about.Attribute = a.ID
		}
		return ok && l.SeesAttribute(&a), nil
	case directory.ObjectUser:
		row, _, err := l.reader.Row(l.ctx, directory.User{ID: directory.UserID(o.ID)}.Key())
		u, _ := row.(directory.User)
		if u.Exists() && n < maxNamed {
			about.Users = append(about.Users, u.ID)
		}
		return u.Exists(), err
	default:
		return false, nil
	}
}

// sourceKey returns a source id without what people overlook: case, punctuation, and leading
// zeros of numbers.
func sourceKey(id string) string {
	var key strings.Builder
	digits := false
	for _, r := range directory.Fold(id) {
		switch {
		case unicode.IsDigit(r):
			if r == '0' && !digits {
				continue
			}
			digits = true
		case unicode.IsLetter(r):
			digits = false
		default:
			digits = false
			continue
		}
		key.WriteRune(r)
	}
	return key.String()
}

// sharedContacts finds contact e-mails that several users share.
func (l *linter) sharedContacts() error {
	alike, err := l.alike(directory.RowUser, func(row directory.Row) string {
		if u, ok := row.(directory.User); ok && u.Exists() {
			return directory.Fold(u.ContactEmail)
		}
		return ""
	})
	if err != nil {
		return err
	}
	for _, email := range slices.Sorted(maps.Keys(alike)) {
		var about directory.Finding
		for _, row := range alike[email] {
			if u, ok := row.(directory.User); ok && len(about.Users) < maxNamed {
				about.Users = append(about.Users, u.ID)
			}
		}
		l.add(directory.LintSharedContact, about, "%d users have the contact e-mail %s.", len(alike[email]), email)
	}
	return nil
}

// maxAlike is how many rows with equal keys are kept.
const maxAlike = 10_000

// alike returns the rows of a kind whose key another row has, too, without empty keys. It
// reads the rows twice, so that it keeps only such rows.
func (l *linter) alike(kind directory.RowKind, key func(directory.Row) string) (map[string][]directory.Row, error) {
	seed := maphash.MakeSeed()
	var hashes []uint64
	err := l.reader.Scan(l.ctx, kind, func(row directory.Row) error {
		if k := key(row); k != "" {
			hashes = append(hashes, maphash.String(seed, k))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	admission.AddUsers(l.ctx, len(hashes))
	slices.Sort(hashes)
	twice := map[uint64]bool{}
	for i := 1; i < len(hashes); i++ {
		if hashes[i] == hashes[i-1] {
			twice[hashes[i]] = true
		}
	}
	list, n := map[string][]directory.Row{}, 0
	if len(twice) == 0 {
		return list, nil
	}
	err = l.reader.Scan(l.ctx, kind, func(row directory.Row) error {
		if k := key(row); k != "" && n < maxAlike && twice[maphash.String(seed, k)] {
			list[k] = append(list[k], row)
			n++
		}
		return nil
	})
	maps.DeleteFunc(list, func(_ string, rows []directory.Row) bool { return len(rows) < 2 })
	return list, err
}
