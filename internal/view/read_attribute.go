package view

import (
	"context"

	"cohort/internal/core"
	"cohort/internal/directory"
)

// Attributes are those that the caller may see, by id.
func (a *View) Attributes(ctx context.Context) ([]directory.Attribute, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.Kind(directory.RowAttribute)
	}
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	var list []directory.Attribute
	for attr := range v.Catalog.Attributes() {
		if v.SeesAttribute(&attr) {
			list = append(list, attr)
		}
	}
	return list, nil
}

// Attribute returns an attribute that the caller may see.
func (a *View) Attribute(ctx context.Context, id directory.AttributeID) (directory.Attribute, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.Kind(directory.RowAttribute)
	}
	v, err := a.view(ctx)
	if err != nil {
		return directory.Attribute{}, err
	}
	return v.Attribute(id)
}

// Attribute returns the definition of an attribute that the caller may see.
func (v *Scope) Attribute(id directory.AttributeID) (directory.Attribute, error) {
	attr, ok := v.Catalog.Attribute(id)
	if !ok || !v.SeesAttribute(&attr) {
		return directory.Attribute{}, directory.NotFound("attribute", id)
	}
	return attr, nil
}

// GroupValues are an attribute's values in force, by rank, of the groups that
// the caller may see.
func (a *View) GroupValues(ctx context.Context, id directory.AttributeID) ([]directory.RankedValue, error) {
	return a.groupValues(ctx, id, func(v *Scope, value *directory.GroupValue) bool { return value.InForce(v.At) })
}

// groupValues are an attribute's values that are wanted, by rank, of the groups
// that the caller may see.
func (a *View) groupValues(
	ctx context.Context, id directory.AttributeID, wanted func(*Scope, *directory.GroupValue) bool,
) ([]directory.RankedValue, error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := v.Attribute(id); err != nil {
		return nil, err
	}
	sees := v.Groups()
	list := []directory.RankedValue{}
	rank := 0
	for value := range v.Catalog.GroupValues(id) {
		rank++
		if sees(value.Group) && wanted(v, &value) {
			list = append(list, directory.RankedValue{GroupValue: value, Rank: rank})
		}
	}
	return list, nil
}

// GroupValue returns a group's value in force of an attribute.
func (a *View) GroupValue(
	ctx context.Context, group directory.GroupID, attribute directory.AttributeID,
) (directory.RankedValue, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.Row(directory.GroupValue{Group: group, Attribute: attribute}.Key())
	}
	v, err := a.view(ctx)
	if err != nil {
		return directory.RankedValue{}, err
	}
	if _, err := v.group(group); err != nil {
		return directory.RankedValue{}, err
	}
	if _, err := v.Attribute(attribute); err != nil {
		return directory.RankedValue{}, err
	}
	value, ok := v.Catalog.GroupValue(group, attribute)
	if !ok || !value.InForce(v.At) {
		return directory.RankedValue{}, directory.NotFound("value", attribute)
	}
	rank, _ := v.Catalog.RankOf(group, attribute)
	return directory.RankedValue{GroupValue: value, Rank: rank}, nil
}

// Effective gives a user's effective values of the attributes, in their order;
// nil asks for all that the caller may see, by id.
func (a *View) Effective(
	ctx context.Context, user directory.UserID, attributes []directory.AttributeID,
) ([]directory.Effective, error) {
	return a.EffectiveIn(ctx, user, attributes, "")
}

// EachEffective calls f for the values of Effective, with the definition of the
// attribute, which is shared, and if groups decide the rank of the first one's
// value; 0 if there is none, or the caller may not see that group. left is how
// many values are left, this one included.
func (a *View) EachEffective(
	ctx context.Context, user directory.UserID, attributes []directory.AttributeID,
	f func(left int, value *directory.Effective, attribute *directory.Attribute, rank int) error,
) error {
	v, u, err := a.userView(ctx, user)
	if err != nil {
		return err
	}
	sees := v.Groups()
	values := v.Catalog.Effective(nil, u.Rows, v.shown(user, attributes), a.core.Language(), v.At)
	for i := range values {
		attr, ok := v.Catalog.Definition(values[i].Attribute)
		if !ok {
			continue
		}
		rank := 0
		if groups := values[i].Groups; values[i].Origin == directory.OriginGroup && len(groups) > 0 && sees(groups[0]) {
			rank, _ = v.Catalog.RankOf(groups[0], values[i].Attribute)
		}
		if err := f(len(values)-i, &values[i], attr, rank); err != nil {
			return err
		}
	}
	return nil
}

// Explain gives one effective value with every candidate. Groups that the caller
// may not see appear only as hidden groups, with the outcome of their values.
func (a *View) Explain(
	ctx context.Context, user directory.UserID, attribute directory.AttributeID,
) (directory.Explanation, error) {
	v, u, err := a.userView(ctx, user)
	if err != nil {
		return directory.Explanation{}, err
	}
	if _, err := v.Attribute(attribute); err != nil {
		return directory.Explanation{}, err
	}
	if !v.seesValue(user, attribute) {
		return directory.Explanation{}, directory.NotFound("attribute", attribute)
	}
	x := v.Catalog.Explain(u.Rows, attribute, a.core.Language(), v.At)
	v.redact(&x)
	return x, nil
}

// redact takes from an explanation what the caller may not see.
func (v *Scope) redact(x *directory.Explanation) {
	if v.seesGroups() {
		return
	}
	sees := v.Groups()
	for i := range x.Candidates {
		c := &x.Candidates[i]
		if c.By != 0 && !sees(c.By) {
			c.By = directory.HiddenGroup
		}
		for at, g := range c.Path {
			if !sees(g) {
				c.Path[at] = directory.HiddenGroup
			}
		}
		if c.Origin == directory.OriginGroup && !sees(c.Group) {
			*c = directory.Candidate{
				Origin: c.Origin, Group: directory.HiddenGroup, Rank: c.Rank, Distance: c.Distance, Outcome: c.Outcome, By: c.By,
			}
		}
	}
}

// userView loads a user whose effective values the caller may read, with the
// view of the same revision.
func (a *View) userView(ctx context.Context, id directory.UserID) (*Scope, core.CachedUser, error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, core.CachedUser{}, err
	}
	if !v.isMe(id) && !v.has(directory.ReadEffective, directory.SetValues) {
		return nil, core.CachedUser{}, directory.NotFound("user", id)
	}
	u, ok, err := a.user(ctx, id)
	if err != nil {
		return nil, core.CachedUser{}, err
	}
	if !ok {
		return nil, core.CachedUser{}, directory.NotFound("user", id)
	}
	return v, u, nil
}

// GroupExplain gives what a group hands down of an attribute with every
// candidate, as Explain does.
func (a *View) GroupExplain(
	ctx context.Context, group directory.GroupID, attribute directory.AttributeID,
) (x directory.Explanation, err error) {
	v, err := a.view(ctx)
	if err != nil {
		return x, err
	}
	if _, err := v.group(group); err != nil {
		return x, err
	}
	if _, err := v.Attribute(attribute); err != nil {
		return x, err
	}
	x = v.Catalog.ExplainGroup(group, attribute, a.core.Language(), v.At)
	v.redact(&x)
	return x, nil
}
