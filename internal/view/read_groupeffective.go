package view

import (
	"context"
	"maps"
	"slices"

	"cohort/internal/directory"
)

// GroupPath is a group and its first parents: the group, its first parent, that
// one's first parent, and so on up to a root. It ends before a group that the
// caller may not see.
func (a *View) GroupPath(ctx context.Context, id directory.GroupID) (path []directory.Group, err error) {
	if a.expect != nil {
		a.expect.Group(id)
		end := a.expect.Named()
		defer func() {
			for _, g := range path {
				a.expect.Group(g.ID)
			}
			end()
		}()
	}
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	g, err := v.group(id)
	if err != nil {
		return nil, err
	}
	sees := v.Groups()
	path = []directory.Group{g}
	on := map[directory.GroupID]bool{id: true}
	for { // to the root, however far: a directory of an older version may be deeper than is possible now
		parents := v.Catalog.Parents(path[len(path)-1].ID)
		if len(parents) == 0 || !sees(parents[0]) || on[parents[0]] {
			break
		}
		on[parents[0]] = true
		parent, ok := v.Catalog.Group(parents[0])
		if !ok {
			break
		}
		path = append(path, parent)
	}
	return path, nil
}

// AttributeByName returns the attribute of a name, if the caller may see it.
func (a *View) AttributeByName(ctx context.Context, name string) (directory.Attribute, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.Kind(directory.RowAttribute)
	}
	v, err := a.view(ctx)
	if err != nil {
		return directory.Attribute{}, err
	}
	attr, ok := v.Catalog.AttributeByName(name)
	if !ok || !v.SeesAttribute(&attr) {
		return directory.Attribute{}, directory.NotFound("attribute", name)
	}
	return attr, nil
}

// ValuesOfGroup are the values in force that a group has of its own, by
// attribute, of the attributes that the caller may see.
func (a *View) ValuesOfGroup(ctx context.Context, id directory.GroupID) ([]directory.GroupValue, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.RowsOf(id.Object(), directory.RowGroup, directory.RowGroupValue)
	}
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := v.group(id); err != nil {
		return nil, err
	}
	var list []directory.GroupValue
	for value := range v.Catalog.GroupValuesOf(id) {
		if attr, ok := v.Catalog.Attribute(value.Attribute); ok && v.SeesAttribute(&attr) && value.InForce(v.At) {
			list = append(list, value)
		}
	}
	return list, nil
}

// GroupEffective gives the values that a group has effectively, of the
// attributes, in their order and in a language; empty is the directory's.
// Attributes that the caller may not see are left out.
func (a *View) GroupEffective(
	ctx context.Context, id directory.GroupID, attributes []directory.AttributeID, language directory.Language,
) ([]directory.Effective, error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := v.group(id); err != nil {
		return nil, err
	}
	return v.Catalog.GroupEffective(nil, id, v.seen(attributes), a.languageOr(language), v.At), nil
}

// EffectiveIn is Effective in a language; empty is the directory's.
//
// Values computed from fields of a user whom the caller does not see are left out.
func (a *View) EffectiveIn(
	ctx context.Context, user directory.UserID, attributes []directory.AttributeID, language directory.Language,
) ([]directory.Effective, error) {
	v, u, err := a.userView(ctx, user)
	if err != nil {
		return nil, err
	}
	return v.Catalog.Effective(nil, u.Rows, v.shown(user, attributes), a.languageOr(language), v.At), nil
}

// seen are those of the attributes that the caller may see. They are never nil,
// which would stand for all.
func (v *Scope) seen(attributes []directory.AttributeID) []directory.AttributeID {
	shown := make([]directory.AttributeID, 0, len(attributes))
	for _, id := range attributes {
		if attr, ok := v.Catalog.Definition(id); ok && v.SeesAttribute(attr) {
			shown = append(shown, id)
		}
	}
	return shown
}

func (a *View) languageOr(language directory.Language) directory.Language {
	if language == "" {
		return a.core.Language()
	}
	return language
}

// LanguagesOf are the languages, ascending, in which a value of any of the
// groups and of those above them has a text: the languages that something in
// the groups can inherit a value in.
func (a *View) LanguagesOf(
	ctx context.Context, id directory.AttributeID, groups ...directory.GroupID,
) ([]directory.Language, error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := v.Attribute(id); err != nil {
		return nil, err
	}
	languages := map[directory.Language]bool{}
	above := map[directory.GroupID]bool{directory.AllUsers: true}
	for _, g := range groups {
		above[g] = true
		for _, ancestor := range v.Catalog.Ancestors(g) {
			above[ancestor] = true
		}
	}
	for g := range above {
		if value, ok := v.Catalog.GroupValue(g, id); ok && value.InForce(v.At) {
			for _, t := range value.Value.Texts {
				languages[t.Language] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(languages)), nil
}
