package propeller

import (
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/schema"
)

// maxSearched is how many ids or names a search may list.
const maxSearched = 1000

func searchShape() *schema.Shape {
	return &schema.Shape{Types: []schema.Type{schema.Object}, Members: map[string]*schema.Shape{
		"ids":   schema.List(maxSearched, schema.ID(0)),
		"names": schema.List(maxSearched, schema.Text(directory.MaxNameLen)),
		"class": document.ClassShape(), "isPublic": schema.Bool(), "isSearchable": schema.Bool(), "isHidden": schema.Bool(),
		"isSystem": schema.Bool(),
		"page":     schema.Any(), "offset": schema.Any(),
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
		m, ok := n.Members[name]
		if !ok {
			return "", false
		}
		return m.Text, true
	})
	if err != nil {
		return err
	}
	all, err := q.dir.Attributes(q.ctx())
	if err != nil {
		return err
	}
	if class := n.TextOr("class", document.ClassUser); class != document.ClassUser {
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
func isListed(n *schema.Node, a *directory.Attribute) bool {
	if ids, ok := n.Members["ids"]; ok &&
		!slices.ContainsFunc(ids.Items, func(id *schema.Node) bool { return id.Text == directory.FormatID(a.ID) }) {
		return false
	}
	names, ok := n.Members["names"]
	return !ok || slices.ContainsFunc(names.Items,
		func(name *schema.Node) bool { return strings.ToLower(name.Text) == a.Name })
}

// filterByFlags keeps the attributes with the flags of a search.
func (q *request) filterByFlags(n *schema.Node, all []directory.Attribute) ([]directory.Attribute, error) {
	flags := []string{"isPublic", "isSearchable", "isHidden", "isSystem"}
	if !slices.ContainsFunc(flags, func(name string) bool { return n.Members[name] != nil }) {
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
			if m := n.Members[flags[i]]; m != nil && (m.Kind() == 't') != is {
				fits = false
			}
		}
		if fits {
			kept = append(kept, a)
		}
	}
	return kept, nil
}
