package view

import (
	"context"

	"cohort/internal/core"
	"cohort/internal/directory"
)

// Attributes are those that the caller may see, by id.
func (a *View) Attributes(ctx context.Context) ([]directory.Attribute, error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	var list []directory.Attribute
	for attr := range v.Catalog.Attributes() {
		if v.seesAttribute(&attr) {
			list = append(list, attr)
		}
	}
	return list, nil
}

// Attribute returns an attribute that the caller may see.
func (a *View) Attribute(ctx context.Context, id directory.AttributeID) (directory.Attribute, error) {
	v, err := a.view(ctx)
	if err != nil {
		return directory.Attribute{}, err
	}
	return v.attribute(id)
}

func (v *Scope) attribute(id directory.AttributeID) (directory.Attribute, error) {
	attr, ok := v.Catalog.Attribute(id)
	if !ok || !v.seesAttribute(&attr) {
		return directory.Attribute{}, directory.NotFound("attribute", id)
	}
	return attr, nil
}

// GroupValues are an attribute's values in force, by rank, of the groups that
// the caller may see.
func (a *View) GroupValues(ctx context.Context, id directory.AttributeID) ([]directory.RankedValue, error) {
	return a.groupValues(ctx, id, func(v *Scope, value *directory.GroupValue) bool { return value.InForce(v.at) })
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
	if _, err := v.attribute(id); err != nil {
		return nil, err
	}
	sees := v.groups()
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
	v, err := a.view(ctx)
	if err != nil {
		return directory.RankedValue{}, err
	}
	if _, err := v.group(group); err != nil {
		return directory.RankedValue{}, err
	}
	if _, err := v.attribute(attribute); err != nil {
		return directory.RankedValue{}, err
	}
	value, ok := v.Catalog.GroupValue(group, attribute)
	if !ok || !value.InForce(v.at) {
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

// Explain gives one effective value with every candidate. Of groups that the
// caller may not see nothing is told but that they are there and what became of
// their values.
func (a *View) Explain(
	ctx context.Context, user directory.UserID, attribute directory.AttributeID,
) (directory.Explanation, error) {
	v, u, err := a.userView(ctx, user)
	if err != nil {
		return directory.Explanation{}, err
	}
	if _, err := v.attribute(attribute); err != nil {
		return directory.Explanation{}, err
	}
	if !v.seesValue(user, attribute) {
		return directory.Explanation{}, directory.NotFound("attribute", attribute)
	}
	x := v.Catalog.Explain(u.Rows, attribute, a.core.Language(), v.at)
	v.redact(&x)
	return x, nil
}

// redact takes from an explanation what the caller may not see.
func (v *Scope) redact(x *directory.Explanation) {
	if v.seesGroups() {
		return
	}
	sees := v.groups()
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
