package plan

import (
	"strings"

	"cohort/internal/directory"
)

// attribute returns an attribute that is there, or not found.
func (p *Planner) attribute(id directory.AttributeID) (directory.Attribute, error) {
	a, ok := p.Catalog.Attribute(id)
	if !ok {
		return a, directory.NotFound("attribute", id)
	}
	return a, nil
}

func (p *Planner) createAttribute(e directory.CreateAttribute) (directory.Result, error) {
	a := directory.Attribute{
		Name: e.Name, Label: e.Label, Type: e.Type, Rule: e.Rule, UserValueMode: e.UserValueMode,
		UserCanView: e.UserCanView || e.UserCanEdit, UserCanEdit: e.UserCanEdit, CreatedAt: p.At,
		Description: e.Description, Constraints: e.Constraints,
	}
	if a.Label == "" {
		a.Label = labelOf(a.Name)
	}
	if a.Rule == "" {
		a.Rule = directory.RuleRank
	}
	if a.UserValueMode == "" {
		a.UserValueMode = directory.ModeWins
	}
	a.Hidden = e.Hidden
	if err := p.parseAttribute(&a, e.UniqueLabel); err != nil {
		return directory.Result{}, err
	}
	id, err := p.NewAttributeID(e.ID)
	if err != nil {
		return directory.Result{}, err
	}
	a.ID = id
	if e.Default != nil {
		if a.Default, err = p.parseDefault(&a, *e.Default); err != nil {
			return directory.Result{}, err
		}
	}
	if e.UniqueLabel {
		p.uniques = append(p.uniques, id.Object())
	}
	recordAs(p, func(edit *directory.CreateAttribute) { edit.Default = shownInRecord(&a, edit.Default) })
	return made(id), p.Put(a)
}

// labelOf is the label that an attribute gets if none is given.
func labelOf(name string) string {
	words := strings.Fields(strings.ReplaceAll(name, "_", " "))
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

// shownInRecord is a default as the record may show it.
func shownInRecord(a *directory.Attribute, given *directory.Value) *directory.Value {
	if given == nil || !a.Hidden {
		return given
	}
	sealed := a.Default
	return &sealed
}

// parseAttribute cleans everything but the default, in place.
func (p *Planner) parseAttribute(a *directory.Attribute, uniqueLabel bool) error {
	var err error
	if a.Name, err = directory.ParseAttributeName("name", a.Name); err != nil {
		return err
	}
	if other, ok := p.Catalog.AttributeByName(a.Name); ok && other.ID != a.ID {
		return directory.Taken("name", "is the name of another attribute")
	}
	if a.Label, err = directory.ParseRequiredName("label", a.Label); err != nil {
		return err
	}
	if uniqueLabel {
		if _, taken, err := p.Find(directory.AttributeLabelKey(a.Label), a.Key()); err != nil {
			return err
		} else if taken {
			return directory.Taken("label", "is the label of another attribute")
		}
	}
	if a.Description, err = directory.ParseDescription("description", a.Description); err != nil {
		return err
	}
	return directory.ParseKind(a)
}

// parseDefault is parseValue for a default, where the empty text is none.
func (p *Planner) parseDefault(a *directory.Attribute, v directory.Value) (directory.Value, error) {
	if v.IsZero() {
		return directory.Value{}, nil
	}
	return p.parseValue("default", a, a.ID.Object(), a.Default, v)
}

func (p *Planner) updateAttribute(e directory.UpdateAttribute) error {
	was, err := p.attribute(e.Attribute)
	if err != nil {
		return err
	}
	a := was
	set(&a.Name, e.Name)
	set(&a.Label, e.Label)
	set(&a.Type, e.Type)
	set(&a.Rule, e.Rule)
	set(&a.UserValueMode, e.UserValueMode)
	set(&a.Hidden, e.Hidden)
	set(&a.UserCanView, e.UserCanView)
	set(&a.UserCanEdit, e.UserCanEdit)
	set(&a.Description, e.Description)
	set(&a.Allowed, e.Allowed)
	set(&a.Pattern, e.Pattern)
	set(&a.Least, e.Least)
	set(&a.Greatest, e.Greatest)
	set(&a.MaxLength, e.MaxLength)
	a.UserCanView = a.UserCanView || a.UserCanEdit
	if was.Hidden && !a.Hidden {
		return directory.Invalid("hidden", "cannot be undone")
	}
	if err := p.parseAttribute(&a, e.UniqueLabel && a.Label != was.Label); err != nil {
		return err
	}
	if e.UniqueLabel && a.Label != was.Label {
		p.uniques = append(p.uniques, a.ID.Object())
	}
	if _, err := directory.ParseMisfits("misfits", string(e.Misfits)); err != nil {
		return err
	}
	if !a.TakesAllOf(&was) {
		if err := p.refitValues(&was, &a, e.Misfits); err != nil {
			return err
		}
	}
	if err := p.updateDefault(e, &a); err != nil {
		return err
	}
	if err := ProtectAttribute(&was, &a); err != nil {
		return err
	}
	if a.Hidden && !was.Hidden {
		if err := p.hide(a.ID); err != nil {
			return err
		}
	}
	recordAs(p, func(edit *directory.UpdateAttribute) { edit.Default = shownInRecord(&a, edit.Default) })
	return p.Put(a)
}

// updateDefault sets the default; the zero Value clears.
func (p *Planner) updateDefault(e directory.UpdateAttribute, a *directory.Attribute) error {
	if e.Default == nil {
		return nil
	}
	var err error
	a.Default, err = p.parseDefault(a, *e.Default)
	return err
}

// ProtectAttribute refuses changes of attributes that the directory itself
// gives a meaning.
func ProtectAttribute(was, a *directory.Attribute) error {
	changed := was.Name != a.Name || was.Label != a.Label || was.Type != a.Type || was.Rule != a.Rule ||
		was.UserValueMode != a.UserValueMode || was.Hidden != a.Hidden || was.Description != a.Description ||
		!was.Constraints.Equal(&a.Constraints)
	if was.Permanent && changed {
		return directory.Protected("attribute", "%s is built in: only its default and who may see and edit it can be changed",
			was.Name)
	}
	return nil
}

func (p *Planner) deleteAttribute(e directory.DeleteAttribute) error {
	a, err := p.attribute(e.Attribute)
	if err != nil {
		return err
	}
	a.DeletedRev = p.revision
	return p.Put(a)
}
