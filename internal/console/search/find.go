package search

import (
	"slices"
	"strings"

	"cohort/internal/console/pagekit"
	"cohort/internal/directory"
)

// One returns the only hit of a search for a field of a form; several or none are an error.
func One[T any](field, text string, found []T, err error) (T, error) {
	var none T
	switch {
	case err != nil:
		return none, err
	case len(found) == 0:
		return none, directory.Invalid(field, "%q matches nothing; type the beginning of a name, or an id",
			text)
	case len(found) > 1:
		return none, directory.Invalid(field, "%q matches several; type more of the name, or the id", text)
	}
	return found[0], nil
}

// TypedUser finds the one user that a field of the form names.
func TypedUser(q *pagekit.Request, field string) (directory.UserID, error) {
	found, err := FindUsers(q, q.Typed(field), 2)
	u, err := One(field, q.Typed(field), found, err)
	return u.User.ID, err
}

// TypedGroup finds the one group that a field of the form names. A group with exactly this
// name wins.
func TypedGroup(q *pagekit.Request, field string) (directory.GroupID, error) {
	text := q.Typed(field)
	found, err := FindGroups(q, text, 40)
	exact := slices.IndexFunc(found,
		func(g directory.Group) bool { return directory.Fold(g.Name) == directory.Fold(text) })
	if exact >= 0 && !slices.ContainsFunc(found[exact+1:],
		func(g directory.Group) bool { return directory.Fold(g.Name) == directory.Fold(text) }) {
		found = found[exact : exact+1]
	}
	g, err := One(field, text, found, err)
	return g.ID, err
}

// FindUsers finds users by id, e-mail, or the beginning of names.
func FindUsers(q *pagekit.Request, text string, limit int) ([]directory.UserDetail, error) {
	text = strings.TrimSpace(text)
	if id, err := directory.ParseID[directory.UserID]("user", text); err == nil {
		u, err := q.Dir.WholeUser(q.Context(), id)
		if directory.KindOf(err) == directory.KindNotFound {
			return nil, nil
		}
		return []directory.UserDetail{u}, err
	}
	return FindUsersIn(q, text, limit, nil)
}

// FindUsersIn is FindUsers among the users that filters select.
func FindUsersIn(q *pagekit.Request, text string, limit int, among directory.UsersAnd) ([]directory.UserDetail, error) {
	searches := userSearches(text)
	if id, err := directory.ParseID[directory.UserID]("user", text); err == nil {
		searches = []userSearch{{where: directory.UsersByID{id}}}
	}
	var found []directory.UserDetail
	seen := map[directory.UserID]bool{}
	for _, search := range searches {
		if len(found) >= limit {
			break
		}
		query := directory.UserQuery{Where: search.where, Sort: search.sort, Limit: limit, Uncounted: true}
		if len(among) > 0 {
			query.Where = append(directory.UsersAnd{search.where}, among...)
		}
		list, _, err := q.Dir.Users(q.Context(), query)
		if err != nil {
			return nil, err
		}
		for _, u := range list {
			if !seen[u.User.ID] && len(found) < limit {
				seen[u.User.ID] = true
				found = append(found, u)
			}
		}
	}
	return found, nil
}

// A userSearch finds users by an index. It sorts them as the index does, so the first of them
// are found without reading all.
type userSearch struct {
	where directory.UserFilter
	sort  []directory.UserSort
}

// userSearches returns the searches for a text; they are tried in order.
func userSearches(text string) []userSearch {
	like := func(field directory.UserField, begin string) directory.UserFilter {
		p, err := directory.ParsePattern("q", strings.NewReplacer("%", "", "_", "").Replace(begin)+"%")
		if err != nil {
			return directory.UsersByID{}
		}
		return directory.UsersLike{Field: field, Pattern: p}
	}
	by := func(field directory.UserField) userSearch {
		return userSearch{like(field, text), []directory.UserSort{{Field: field}}}
	}
	if text == "" {
		return nil
	}
	if strings.Contains(text, "@") {
		return []userSearch{by(directory.FieldEmail)}
	}
	searches := []userSearch{by(directory.FieldFirstName), by(directory.FieldLastName), by(directory.FieldEmail)}
	if first, last, ok := strings.Cut(text, " "); ok {
		both := directory.UsersAnd{like(directory.FieldFirstName, first),
			like(directory.FieldLastName, strings.TrimSpace(last))}
		searches = append([]userSearch{{where: both}}, searches...)
	}
	return searches
}

// FindGroups finds groups by id or by a part of their names; names that begin with the text
// come first.
func FindGroups(q *pagekit.Request, text string, limit int) ([]directory.Group, error) {
	if id, err := directory.ParseID[directory.GroupID]("group", text); err == nil {
		g, err := q.Dir.Group(q.Context(), id)
		if directory.KindOf(err) == directory.KindNotFound {
			return nil, nil
		}
		return []directory.Group{g}, err
	}
	var begin, within []directory.Group
	key := directory.Fold(text)
	_, err := q.Dir.GroupsAfter(q.Context(), 0, 1, func(g *directory.Group) bool {
		switch name := directory.Fold(g.Name); {
		case strings.HasPrefix(name, key):
			begin = append(begin, *g)
		case len(within) < limit && strings.Contains(name, key):
			within = append(within, *g)
		}
		return len(begin) == limit // nothing that comes later is shown
	})
	found := append(begin, within...)
	return found[:min(limit, len(found))], err
}

// FindAttributes finds attributes by a part of their names or labels; names that begin with the text come first.
func FindAttributes(q *pagekit.Request, text string, limit int) ([]directory.Attribute, error) {
	all, err := q.Dir.Attributes(q.Context())
	if err != nil {
		return nil, err
	}
	var begin, within []directory.Attribute
	key := directory.Fold(text)
	for _, a := range all {
		switch {
		case strings.HasPrefix(a.Name, key):
			begin = append(begin, a)
		case strings.Contains(a.Name, key) || strings.Contains(directory.Fold(a.Label), key):
			within = append(within, a)
		}
	}
	found := append(begin, within...)
	return found[:min(limit, len(found))], nil
}
