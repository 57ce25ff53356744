package console

import (
	"net/url"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// A searchPage is what a text finds.
type searchPage struct {
	Query string
	Hits  []hit
	Exact string
}

// A hit is something that was found.
type hit struct {
	Kind  string // user, group or attribute
	Name  string
	Note  string
	Href  string
	Value string // for a form: how the thing is named uniquely
}

const hitsShown = 8 // of each kind

// search finds users, groups and attributes by name, e-mail or id.
func search(q *request) error {
	page := searchPage{Query: strings.TrimSpace(q.query.Get("q"))}
	kinds := q.query["kind"]
	if page.Query != "" {
		var err error
		if page.Hits, err = q.hits(page.Query, kinds); err != nil {
			return err
		}
	}
	return q.show("search", frame{
		Title: "Search", Search: page.Query, Data: page,
		Calls: q.calls().native("users?" + url.Values{"last_name": {page.Query + "%"}}.Encode()).
			native("groups?" + url.Values{"name": {page.Query + "%"}}.Encode()).list,
	})
}

func (q *request) hits(text string, kinds []string) ([]hit, error) {
	wanted := func(kind string) bool { return len(kinds) == 0 || slices.Contains(kinds, kind) }
	var hits []hit
	if wanted("user") {
		found, err := q.findUsers(text, hitsShown)
		if err != nil {
			return nil, err
		}
		for i := range found {
			u := &found[i]
			hits = append(hits, hit{"user", userName(&u.UserRows), u.Email(), q.to("users", directory.FormatID(u.User.ID)),
				directory.FormatID(u.User.ID)})
		}
	}
	if wanted("attribute") {
		found, err := q.findAttributes(text, hitsShown)
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			hits = append(hits, hit{"attribute", a.Name, a.Label, q.to("attributes", a.Name), a.Name})
		}
	}
	if wanted("group") {
		found, err := q.findGroups(text, hitsShown)
		if err != nil {
			return nil, err
		}
		for i := range found {
			g := &found[i]
			hits = append(hits, hit{"group", q.names.groupPart(g).Text, q.pathText(g.ID), q.names.groupPart(g).Href,
				directory.FormatID(g.ID)})
		}
	}
	return hits, nil
}

// findUsers finds users by id, e-mail, or the beginning of names.
func (q *request) findUsers(text string, most int) ([]directory.UserDetail, error) {
	text = strings.TrimSpace(text)
	if id, err := directory.ParseID[directory.UserID]("user", text); err == nil {
		u, err := q.dir.WholeUser(q.ctx(), id)
		if directory.KindOf(err) == directory.KindNotFound {
			return nil, nil
		}
		return []directory.UserDetail{u}, err
	}
	return q.findUsersIn(text, most, nil)
}

// findUsersIn is findUsers among some.
func (q *request) findUsersIn(text string, most int, among directory.UsersAnd) ([]directory.UserDetail, error) {
	searches := userSearches(text)
	if id, err := directory.ParseID[directory.UserID]("user", text); err == nil {
		searches = []userSearch{{where: directory.UsersByID{id}}}
	}
	var found []directory.UserDetail
	seen := map[directory.UserID]bool{}
	for _, search := range searches {
		if len(found) >= most {
			break
		}
		query := directory.UserQuery{Where: search.where, Sort: search.sort, Limit: most, Uncounted: true}
		if len(among) > 0 {
			query.Where = append(directory.UsersAnd{search.where}, among...)
		}
		list, _, err := q.dir.Users(q.ctx(), query)
		if err != nil {
			return nil, err
		}
		for _, u := range list {
			if !seen[u.User.ID] && len(found) < most {
				seen[u.User.ID] = true
				found = append(found, u)
			}
		}
	}
	return found, nil
}

// A userSearch finds users by an index. It sorts them as the index does: the first of them are
// found without reading all.
type userSearch struct {
	where directory.UserFilter
	sort  []directory.UserSort
}

// userSearches are tried one after the other.
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

// findGroups finds groups by id or a part of their names; names that begin so
// come first.
func (q *request) findGroups(text string, most int) ([]directory.Group, error) {
	if id, err := directory.ParseID[directory.GroupID]("group", text); err == nil {
		g, err := q.dir.Group(q.ctx(), id)
		if directory.KindOf(err) == directory.KindNotFound {
			return nil, nil
		}
		return []directory.Group{g}, err
	}
	var begin, within []directory.Group
	key := directory.Fold(text)
	_, err := q.dir.GroupsAfter(q.ctx(), 0, 1, func(g *directory.Group) bool {
		switch name := directory.Fold(g.Name); {
		case strings.HasPrefix(name, key):
			begin = append(begin, *g)
		case len(within) < most && strings.Contains(name, key):
			within = append(within, *g)
		}
		return len(begin) == most // nothing that comes later is shown
	})
	found := append(begin, within...)
	return found[:min(most, len(found))], err
}

func (q *request) findAttributes(text string, most int) ([]directory.Attribute, error) {
	all, err := q.dir.Attributes(q.ctx())
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
	return found[:min(most, len(found))], nil
}

// pathText is where a group is: its first parents, from the root down.
func (q *request) pathText(id directory.GroupID) string {
	path, err := q.dir.GroupPath(q.ctx(), id)
	if err != nil || len(path) < 2 {
		return ""
	}
	var names []string
	for _, g := range slices.Backward(path[1:]) {
		names = append(names, g.Name)
	}
	return strings.Join(names, " › ")
}
