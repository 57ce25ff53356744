package search

import (
	"net/url"
	"slices"
	"strings"

	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// A searchPage lists what a text finds.
type searchPage struct {
	Query string
	Hits  []Hit
	Exact string
}

// A Hit is something that was found.
type Hit struct {
	Kind  string // user, group or attribute
	Name  string
	Note  string
	Href  string
	Value string // a unique name or id, for a form
}

// HitsShown limits the hits of each kind.
const HitsShown = 8

// search finds users, groups and attributes by name, e-mail or id.
func search(q *pagekit.Request) error {
	page := searchPage{Query: strings.TrimSpace(q.Query.Get("q"))}
	kinds := q.Query["kind"]
	if page.Query != "" {
		var err error
		if page.Hits, err = hits(q, page.Query, kinds); err != nil {
			return err
		}
	}
	return q.Show("search", pagekit.Frame{
		Title: "Search", Search: page.Query, Data: page,
		Calls: q.Calls().Native("users?" + url.Values{"last_name": {page.Query + "%"}}.Encode()).
			Native("groups?" + url.Values{"name": {page.Query + "%"}}.Encode()).List,
	})
}

func hits(q *pagekit.Request, text string, kinds []string) ([]Hit, error) {
	wanted := func(kind string) bool { return len(kinds) == 0 || slices.Contains(kinds, kind) }
	var hits []Hit
	if wanted("user") {
		found, err := FindUsers(q, text, HitsShown)
		if err != nil {
			return nil, err
		}
		for i := range found {
			u := &found[i]
			hits = append(hits, Hit{"user", sentence.UserName(&u.UserRows), u.Email(), q.To("users",
				directory.FormatID(u.User.ID)),
				directory.FormatID(u.User.ID)})
		}
	}
	if wanted("attribute") {
		found, err := FindAttributes(q, text, HitsShown)
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			hits = append(hits, Hit{"attribute", a.Name, a.Label, q.To("attributes", a.Name), a.Name})
		}
	}
	if wanted("group") {
		found, err := FindGroups(q, text, HitsShown)
		if err != nil {
			return nil, err
		}
		for i := range found {
			g := &found[i]
			hits = append(hits, Hit{"group", q.Names.GroupPart(g).Text, q.Names.PathText(g.ID), q.Names.GroupPart(g).Href,
				directory.FormatID(g.ID)})
		}
	}
	return hits, nil
}
