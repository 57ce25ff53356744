package view

import (
	"context"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// maxSameName is how many objects of one name are looked at.
const maxSameName = 100

// GroupsByName finds the groups of a name that the caller may see: those that
// have exactly this name, else those that differ in case only. At most 100.
func (a *View) GroupsByName(ctx context.Context, name string) (ids []directory.GroupID, err error) {
	name, err = directory.ParseName("name", name)
	if err != nil {
		return nil, err
	}
	err = a.Read(ctx, func(v *Scope, r store.Reader) error {
		keys, err := r.Find(ctx, directory.GroupNameKey(name), maxSameName)
		if err != nil {
			return err
		}
		sees := v.Groups()
		var exact, folded []directory.GroupID
		for _, key := range keys {
			g, ok := v.Catalog.Group(directory.GroupID(key.A))
			if !ok || !sees(g.ID) {
				continue
			}
			if folded = append(folded, g.ID); g.Name == name {
				exact = append(exact, g.ID)
			}
		}
		if ids = exact; len(exact) == 0 {
			ids = folded
		}
		return nil
	})
	return ids, err
}

// UsersByName finds the users that the caller may see by first and last name: those
// of exactly this name, else those whose name differs in case only. At most 100.
func (a *View) UsersByName(ctx context.Context, name string) ([]directory.UserID, error) {
	name, err := directory.ParseName("name", name)
	if err != nil {
		return nil, err
	}
	var exact, folded []directory.UserID
	seen := map[directory.UserID]bool{}
	for _, parts := range divisions(name) {
		where, err := usersNamed(parts[0], parts[1])
		if err != nil {
			return nil, err
		}
		users, _, err := a.Users(ctx, directory.UserQuery{Where: where, Limit: maxSameName, Uncounted: true})
		if err != nil {
			return nil, err
		}
		for i := range users {
			u := &users[i].User
			shown := u.DisplayName()
			if seen[u.ID] || directory.Fold(shown) != directory.Fold(name) {
				continue
			}
			seen[u.ID] = true
			if folded = append(folded, u.ID); shown == name {
				exact = append(exact, u.ID)
			}
		}
	}
	if len(exact) > 0 {
		return exact, nil
	}
	return folded, nil
}

// maxDivisions is in how many ways a name is divided into a first and a last one.
const maxDivisions = 8

// divisions are the ways in which a name can be made of a first and a last one.
func divisions(name string) [][2]string {
	list := [][2]string{{name, ""}, {"", name}}
	for i := strings.IndexByte(name, ' '); i > 0 && len(list) < maxDivisions; {
		list = append(list, [2]string{name[:i], name[i+1:]})
		next := strings.IndexByte(name[i+1:], ' ')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return list
}

func usersNamed(first, last string) (directory.UserFilter, error) {
	var where directory.UsersAnd
	for field, text := range map[directory.UserField]string{directory.FieldFirstName: first,
		directory.FieldLastName: last} {
		if text == "" {
			where = append(where, directory.UsersEmpty{Field: field, Empty: true})
			continue
		}
		p, err := directory.ParsePattern("name", text)
		if err != nil {
			return nil, err
		}
		where = append(where, directory.UsersLike{Field: field, Pattern: p})
	}
	return where, nil
}
