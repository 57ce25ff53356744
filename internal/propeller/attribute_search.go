package propeller

import (
	"slices"
	"strings"

	"cohort/internal/directory"
)

// maxSearched is how many ids or names a search may list.
const maxSearched = 1000

func searchShape() *shape {
	return &shape{types: []wireType{typeObject}, members: map[string]*shape{
		"ids":   arrayShape(maxSearched, idShape(0)),
		"names": arrayShape(maxSearched, textShape(directory.MaxNameLen)),
		"class": classShape(), "isPublic": boolShape(), "isSearchable": boolShape(), "isHidden": boolShape(),
		"isSystem": boolShape(),
		"page":     anyShape(), "offset": anyShape(),
	}}
}

// searchAttributes answers with a page of the definitions that match everything in the body,
// sorted by id.
func (q *request) searchAttributes() error {
	n, err := q.body(searchShape())
	if err != nil {
		return err
	}
	page, err := readPage(func(name string) (string, bool) {
		m, ok := n.members[name]
		if !ok {
			return "", false
		}
		return m.text, true
	})
	if err != nil {
		return err
	}
	all, err := q.dir.Attributes(q.ctx())
	if err != nil {
		return err
	}
	if class := n.textOr("class", classUser); class != classUser {
		all = nil
	}
	all = slices.DeleteFunc(all, func(a directory.Attribute) bool { return !isListed(n, &a) })
	if all, err = q.filterByFlags(n, all); err != nil {
		return err
	}
	bodies := []map[string]any{}
	part := page.cut(len(all))
	for _, a := range all[part.from:part.to] {
		body, err := q.showAttribute(&a)
		if err != nil {
			return err
		}
		bodies = append(bodies, body)
	}
	return q.replyPage(page, bodies, len(bodies), len(all))
}

// isListed reports whether an attribute is among the ids and names of a search. An absent list
// matches all.
func isListed(n *node, a *directory.Attribute) bool {
	if ids, ok := n.members["ids"]; ok &&
		!slices.ContainsFunc(ids.items, func(id *node) bool { return id.text == directory.FormatID(a.ID) }) {
		return false
	}
	names, ok := n.members["names"]
	return !ok || slices.ContainsFunc(names.items, func(name *node) bool { return strings.ToLower(name.text) == a.Name })
}

// filterByFlags keeps the attributes with the flags of a search.
func (q *request) filterByFlags(n *node, all []directory.Attribute) ([]directory.Attribute, error) {
	flags := []string{"isPublic", "isSearchable", "isHidden", "isSystem"}
	if !slices.ContainsFunc(flags, func(name string) bool { return n.members[name] != nil }) {
		return all, nil
	}
	var kept []directory.Attribute
	for _, a := range all {
		d, err := q.definition(q.dir, a.ID)
		if err != nil {
			return nil, err
		}
		fits := true
		for i, is := range []bool{!d.Private, d.Searchable, d.Hidden, d.System || a.System} {
			if m := n.members[flags[i]]; m != nil && (m.kind() == 't') != is {
				fits = false
			}
		}
		if fits {
			kept = append(kept, a)
		}
	}
	return kept, nil
}
