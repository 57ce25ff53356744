package propeller

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"cohort/internal/directory"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/fault"
	"cohort/internal/propeller/schema"
)

// A resource is a kind of object that paths name by a key and a value.
type resource struct {
	name     string // in messages
	kind     directory.ObjectKind
	keys     string // in the message about a wrong key
	exists   int    // the codes of errors
	multiple int
	notFound int
	isParent int // the code if the parent of something below is not found
}

func usergroups() resource {
	return resource{
		// The comma at the end is the vendor's.
		name: "Usergroup", kind: directory.ObjectGroup, keys: "id,sourceId,",
		exists: fault.UsergroupExists, multiple: fault.UsergroupMultiple, notFound: fault.UsergroupNotFound,
		isParent: fault.UsergroupIsParent,
	}
}

func users() resource {
	return resource{
		name: "User", kind: directory.ObjectUser, keys: "id,sourceId",
		exists: fault.UserExists, multiple: fault.UserMultiple, notFound: fault.UserNotFound, isParent: fault.UserIsParent,
	}
}

// A lookup names an object.
type lookup struct {
	resource
	key      string
	value    string
	source   string             // narrows sourceId; empty matches any
	language directory.Language // narrows sourceId, too
	missing  int                // the code of the error if the object is not found
}

// lookup reads how the path names its object. Routes below an object have their own error for
// a missing one.
func (q *request) lookup(res resource, below bool) (lookup, error) {
	l := lookup{
		resource: res, key: q.pathValue("lookupKey"), value: q.pathValue("lookupValue"),
		source: q.query.Get("source"), missing: res.notFound,
	}
	if below {
		l.missing = res.isParent
	}
	if l.key != document.KeyID && l.key != document.KeySourceID {
		return l, fault.New(fault.InvalidLookupKey, l.key, res.keys)
	}
	language := q.query.Get("language")
	if language != "" && !schema.IsLanguage(language) {
		return l, fault.Schema("#/language: string [" + fault.Clip(language) + "] does not match pattern ^[A-Za-z]{2}$")
	}
	l.language = directory.Language(strings.ToUpper(language))
	return l, nil
}

// absent returns the error that the object does not exist.
func (l lookup) absent() error { return fault.New(l.missing, l.key, l.value) }

// find returns the id of the object. It picks none if several match.
func (l lookup) find(ctx context.Context, dir Directory, standard directory.Language) (int64, error) {
	id, err := l.named(ctx, dir, standard)
	if err == nil && l.key == document.KeyID {
		_, err = l.languageOf(ctx, dir, id)
	}
	return id, l.orAbsent(err)
}

// named is find for callers that read the object next: an object that is named by its id may
// be absent.
func (l lookup) named(ctx context.Context, dir Directory, standard directory.Language) (int64, error) {
	if l.key == document.KeyID {
		id, err := directory.ParseID[directory.GroupID](document.KeyID, l.value)
		if err != nil {
			return 0, l.absent()
		}
		return int64(id), nil
	}
	if l.value == "" || !utf8.ValidString(l.value) || strings.ContainsRune(l.value+l.source, 0) ||
		!utf8.ValidString(l.source) {
		return 0, l.absent()
	}
	refs, err := dir.BySource(ctx, l.kind, l.source, l.value)
	if err != nil {
		return 0, err
	}
	var found []int64
	for _, ref := range refs {
		if l.language != "" {
			language, err := l.languageOf(ctx, dir, ref.Object.ID)
			if err != nil {
				return 0, err
			}
			if cmp.Or(language, standard) != l.language {
				continue
			}
		}
		if !slices.Contains(found, ref.Object.ID) { // it may have the id in several sources
			found = append(found, ref.Object.ID)
		}
	}
	switch {
	case len(found) == 0:
		return 0, l.absent()
	case len(found) > 1:
		return 0, fault.New(l.multiple)
	}
	return found[0], nil
}

func (l lookup) orAbsent(err error) error {
	if directory.KindOf(err) == directory.KindNotFound && err != nil {
		return l.absent()
	}
	return err
}

// languageOf returns the language of an existing object.
func (l lookup) languageOf(ctx context.Context, dir Directory, id int64) (directory.Language, error) {
	if l.kind == directory.ObjectUser {
		u, err := dir.User(ctx, directory.UserID(id))
		return u.User.Language, err
	}
	g, err := dir.Group(ctx, directory.GroupID(id))
	return g.Language, err
}

// object returns the object with an id.
func (l lookup) object(id int64) directory.Object { return directory.Object{Kind: l.kind, ID: id} }
