package native

import (
	"cohort/internal/directory"
	"cohort/internal/render"
)

func rankedBody(a *directory.Attribute, v *directory.RankedValue) valueBody {
	b := valueOf(a, v.Value, v.Window)
	b.Rank = v.Rank
	return b
}

// groupValues lists the own values of a group by attribute.
func (a *api) groupValues(q *request) error {
	id, err := q.pathGroup()
	if err != nil {
		return err
	}
	values, err := q.dir.WholeValuesOf(q.ctx(), id)
	if err != nil {
		return err
	}
	list := []valueBody{}
	for i := range values {
		attr, err := q.dir.Attribute(q.ctx(), values[i].Attribute)
		if err != nil {
			return err
		}
		list = append(list, rankedBody(&attr, &values[i]))
	}
	return q.reply(200, map[string]any{"values": list})
}

// showGroupValue renders a group's value for GET.
func (q *request) showGroupValue(group directory.GroupID, a *directory.Attribute) func(now Reader) (any, error) {
	return func(now Reader) (any, error) {
		values, err := now.WholeValuesOf(q.ctx(), group)
		if err != nil {
			return nil, err
		}
		for i := range values {
			if values[i].Attribute == a.ID {
				return rankedBody(a, &values[i]), nil
			}
		}
		return nil, directory.NotFound("value", a.Name)
	}
}

func (q *request) pathGroupValue() (directory.GroupID, directory.Attribute, error) {
	group, err := q.pathGroup()
	if err != nil {
		return 0, directory.Attribute{}, err
	}
	attr, err := q.pathAttribute()
	return group, attr, err
}

func (a *api) groupValue(q *request) error {
	group, attr, err := q.pathGroupValue()
	if err != nil {
		return err
	}
	body, err := q.showGroupValue(group, &attr)(q.dir)
	if err != nil {
		return err
	}
	return q.replyObject(body)
}

func (a *api) setGroupValue(q *request) error {
	group, attr, err := q.pathGroupValue()
	if err != nil {
		return err
	}
	var in struct {
		Value rawValue `json:"value"`
		Rank  *int     `json:"rank"`
		windowBody
	}
	if err := q.body(&in); err != nil {
		return err
	}
	edit := directory.SetGroupValue{Group: group, Attribute: attr.ID, Rank: in.Rank}
	if edit.Value, err = in.Value.value("value", false); err != nil {
		return err
	}
	if edit.Window, err = in.window(); err != nil {
		return err
	}
	return q.edit(q.showGroupValue(group, &attr), edit)
}

func (a *api) deleteGroupValue(q *request) error {
	group, attr, err := q.pathGroupValue()
	if err != nil {
		return err
	}
	return q.edit(q.showGroupValue(group, &attr), directory.DeleteGroupValue{Group: group, Attribute: attr.ID})
}

// showAttributeValues renders an attribute's group values by rank.
func (q *request) showAttributeValues(a *directory.Attribute) func(now Reader) (any, error) {
	return func(now Reader) (any, error) {
		values, err := now.WholeValues(q.ctx(), a.ID)
		if err != nil {
			return nil, err
		}
		list := []valueBody{}
		for i := range values {
			b := rankedBody(a, &values[i])
			g, _ := now.Group(q.ctx(), values[i].Group)
			b.Group = &render.Group{ID: directory.FormatID(values[i].Group), Name: g.Name}
			list = append(list, b)
		}
		return map[string]any{"values": list}, nil
	}
}

func (a *api) attributeValues(q *request) error {
	attr, err := q.pathAttribute()
	if err != nil {
		return err
	}
	body, err := q.showAttributeValues(&attr)(q.dir)
	if err != nil {
		return err
	}
	return q.replyObject(body)
}

// setAttributeValues replaces an attribute's group values.
func (a *api) setAttributeValues(q *request) error {
	attr, err := q.pathAttribute()
	if err != nil {
		return err
	}
	var in struct {
		Values []struct {
			Group string   `json:"group"`
			Value rawValue `json:"value"`
			Rank  *int     `json:"rank"`
		} `json:"values"`
	}
	if err := q.longBody(&in); err != nil {
		return err
	}
	if in.Values == nil {
		return directory.Missing("values")
	}
	edit := directory.SetGroupValues{Attribute: attr.ID}
	for _, v := range in.Values {
		item := directory.GroupValueItem{Rank: v.Rank}
		if item.Group, err = q.selectGroup("group", v.Group); err != nil {
			return err
		}
		if item.Value, err = v.Value.value("value", false); err != nil {
			return err
		}
		edit.Items = append(edit.Items, item)
	}
	return q.edit(q.showAttributeValues(&attr), edit)
}
