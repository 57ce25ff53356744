package desired

import (
	"slices"
	"strings"

	"cohort/internal/directory"
)

// planAttributes creates and changes attributes, except for the order of values.
func (p *planner) planAttributes() {
	for i := range p.state.Attributes {
		a := &p.state.Attributes[i]
		t := p.attributes.byKey[a.Key]
		switch {
		case t.skip || t.live != nil && p.opt.CreateOnly:
		case t.live != nil && a.onlyOrders():
		case t.live == nil:
			p.createAttribute(a, t)
		default:
			p.updateAttribute(a, t)
		}
		p.typeOf(a, t)
	}
}

// typeOf records what values of the attribute must fit after the plan.
func (p *planner) typeOf(a *Attribute, t *target[LiveAttribute, directory.AttributeID]) {
	now := p.types[t.id].Attribute
	if a.Type != nil {
		now.Type = directory.Type(*a.Type)
	}
	if a.Hidden != nil {
		now.Hidden = *a.Hidden
	}
	now.Constraints = a.constraintsOver(now.Constraints)
	p.types[t.id] = typedAs(now)
}

func (p *planner) createAttribute(a *Attribute, t *target[LiveAttribute, directory.AttributeID]) {
	if a.Type == nil {
		p.problem("attribute", &a.Entry, "is not there and needs a type to be made")
		t.skip = true
		return
	}
	p.begin("attribute", a.Key, a.Place)
	p.item(Create, "", "", "", "")
	create := directory.CreateAttribute{
		Name: strings.ToLower(a.name()), Label: text(a.Label), Type: directory.Type(*a.Type),
		Rule:          directory.Rule(text(a.Rule)),
		UserValueMode: directory.UserValueMode(text(a.UserValueMode)), Hidden: text(a.Hidden),
		UserCanView: text(a.UserCanView) || text(a.UserCanEdit), UserCanEdit: text(a.UserCanEdit),
		Description: text(a.Description), Constraints: a.constraintsOver(directory.Constraints{}),
	}
	secret := false
	if a.Default != nil && !a.Default.Clear && !a.Default.Keep {
		v, ok := p.read("attribute", &a.Entry, "default", a.Default, create.Type)
		if !ok {
			return
		}
		made := directory.Attribute{Type: create.Type, Constraints: create.Constraints}
		if !p.fits("attribute", &a.Entry, "default", v, typedAs(made)) {
			return
		}
		create.Default, secret = &v, create.Hidden
	}
	i := p.edit(create)
	p.plan.secrets[i] = secret
	t.id = directory.Made[directory.AttributeID](i)
	p.sources(t.id.Object(), nil, &a.Entry, true)
	for _, f := range a.Facets {
		p.edit(directory.SetFacet{Object: t.id.Object(), Dialect: f.Dialect, Kind: f.Kind, Name: f.Name, Data: f.Data})
	}
}

func (p *planner) updateAttribute(a *Attribute, t *target[LiveAttribute, directory.AttributeID]) {
	have := t.live
	p.begin("attribute", a.Key, a.Place)
	id := shownID(t.id)
	update := directory.UpdateAttribute{Attribute: t.id}
	if name := a.wantedName(); name != nil {
		lower := strings.ToLower(*name)
		change(p, id, "name", have.Name, &lower, &update.Name)
	}
	change(p, id, "label", have.Label, a.Label, &update.Label)
	change(p, id, "type", have.Type, (*directory.Type)(a.Type), &update.Type)
	change(p, id, "rule", have.Rule, (*directory.Rule)(a.Rule), &update.Rule)
	change(p, id, "user_value_mode", have.UserValueMode, (*directory.UserValueMode)(a.UserValueMode),
		&update.UserValueMode)
	change(p, id, "hidden", have.Hidden, a.Hidden, &update.Hidden)
	change(p, id, "user_can_view", have.UserCanView, a.UserCanView, &update.UserCanView)
	change(p, id, "user_can_edit", have.UserCanEdit, a.UserCanEdit, &update.UserCanEdit)
	p.updateConstraints(a, have, &update)
	secret := false
	if a.Default != nil {
		var ok bool
		if secret, ok = p.updateDefault(a, have, &update); !ok {
			return
		}
	}
	if len(p.open.Items) > 0 {
		update.Misfits = p.opt.misfitsOf(&update, have)
		p.plan.secrets[p.edit(update)] = secret
	}
	p.sources(t.id.Object(), have.Sources, &a.Entry, p.attributes.manage(have))
}

// constraintsOver applies the managed constraints to existing ones.
func (a *Attribute) constraintsOver(c directory.Constraints) directory.Constraints {
	if a.Allowed != nil {
		c.Allowed = *a.Allowed
	}
	for to, want := range map[*string]*string{&c.Pattern: a.Pattern, &c.Least: a.Least, &c.Greatest: a.Greatest} {
		if want != nil {
			*to = *want
		}
	}
	if a.MaxLength != nil {
		c.MaxLength = *a.MaxLength
	}
	return c
}

// updateConstraints plans the description and the constraints.
func (p *planner) updateConstraints(a *Attribute, have *LiveAttribute, update *directory.UpdateAttribute) {
	id := shownID(have.ID)
	change(p, id, "description", have.Description, a.Description, &update.Description)
	if a.Allowed != nil && !slices.Equal(*a.Allowed, have.Allowed) {
		update.Allowed = a.Allowed
		p.item(Change, id, "allowed", shownAllowed(have.Allowed), shownAllowed(*a.Allowed))
	}
	change(p, id, "pattern", have.Pattern, a.Pattern, &update.Pattern)
	change(p, id, "least", have.Least, a.Least, &update.Least)
	change(p, id, "greatest", have.Greatest, a.Greatest, &update.Greatest)
	change(p, id, "max_length", have.MaxLength, a.MaxLength, &update.MaxLength)
}

func shownAllowed(list []directory.AllowedValue) string {
	texts := make([]string, len(list))
	for i, a := range list {
		if texts[i] = a.Value; a.Label != "" {
			texts[i] += " (" + a.Label + ")"
		}
	}
	return listed(texts)
}

// misfitsOf says what happens to values that do not fit after an update, or "" if there can be
// none. A change of type keeps none.
func (o *Options) misfitsOf(u *directory.UpdateAttribute, have *LiveAttribute) directory.Misfits {
	tightens := u.Allowed != nil || u.Pattern != nil || u.Least != nil || u.Greatest != nil || u.MaxLength != nil
	switch {
	case u.Type == nil && u.Rule == nil && !tightens:
		return ""
	case u.Type != nil && have.Hidden && o.Misfits == directory.KeepMisfits:
		return ""
	}
	return o.Misfits
}

// updateDefault plans the default. secret reports whether its text is hidden.
func (p *planner) updateDefault(a *Attribute, have *LiveAttribute,
	update *directory.UpdateAttribute) (secret, ok bool) {
	want, id := a.Default, shownID(have.ID)
	set := have.HasSecret || have.HasDefault()
	hidden := have.Hidden || text(a.Hidden)
	switch {
	case want.Keep, hidden && set && !want.Clear && !p.opt.Secrets:
		return false, true
	case want.Clear:
		if set {
			update.Default = &directory.Value{}
			p.item(Change, id, "default", p.showDefault(have), "")
		}
		return false, true
	}
	typ := have.Type
	if a.Type != nil {
		typ = directory.Type(*a.Type)
	}
	v, ok := p.read("attribute", &a.Entry, "default", want, typ)
	if !ok {
		return false, false
	}
	if !hidden && set && p.same(v, have.Default) {
		return false, true
	}
	made := have.Attribute
	made.Type, made.Constraints = typ, a.constraintsOver(have.Constraints)
	if !p.fits("attribute", &a.Entry, "default", v, typedAs(made)) {
		return false, false
	}
	update.Default = &v
	p.item(Change, id, "default", p.showDefault(have), p.show(v, hidden))
	return hidden, true
}

func (p *planner) showDefault(have *LiveAttribute) string {
	if !have.HasSecret && !have.HasDefault() {
		return ""
	}
	return p.show(have.Default, have.Hidden)
}

// hiddenShown stands for a hidden text.
const hiddenShown = "(hidden)"

// show renders a value for people.
func (p *planner) show(v directory.Value, hidden bool) string {
	switch {
	case hidden:
		return hiddenShown
	case len(v.Texts) == 0:
		return v.Text
	}
	texts := make([]string, len(v.Texts))
	for i, t := range v.Texts {
		texts[i] = string(t.Language) + ": " + t.Text
	}
	return listed(texts)
}

// same reports whether the wanted value is present. A text without a language is in that of
// the directory, and says nothing about others.
func (p *planner) same(want, have directory.Value) bool {
	if len(want.Texts) > 0 || len(have.Texts) == 0 {
		return want.Equal(have)
	}
	if len(have.Texts) == 1 {
		return have.Texts[0].Text == want.Text
	}
	text, ok := have.In(p.opt.Language)
	return ok && text == want.Text
}

// read returns the wanted value from where it is stored, and checks it.
func (p *planner) read(kind string, e *Entry, field string, v *Value, t directory.Type) (directory.Value, bool) {
	value := v.Value
	if v.Env != "" || v.File != "" {
		if p.opt.Secret == nil {
			p.problem(kind, e, "%s comes from outside the files, which is not done here", field)
			return value, false
		}
		text, err := p.opt.Secret(*v)
		if err != nil {
			p.problem(kind, e, "%s: %s", field, err)
			return value, false
		}
		value = directory.Value{Text: text}
	}
	texts := []string{value.Text}
	if len(value.Texts) > 0 {
		texts = texts[:0]
		for _, t := range value.Texts {
			texts = append(texts, t.Text)
		}
		if !t.Localized() {
			p.problem(kind, e, "%s has a text per language, but the type %s has none", field, t)
			return value, false
		}
	}
	for _, text := range texts {
		if err := directory.ParseValue(field, t, text); err != nil {
			p.problem(kind, e, "%s", err)
			return value, false
		}
	}
	return value, true
}

// fits checks a wanted value against the constraints of its attribute.
func (p *planner) fits(kind string, e *Entry, field string, v directory.Value, t typed) bool {
	if t.fit == nil {
		return true
	}
	texts := v.Texts
	if len(texts) == 0 {
		texts = []directory.LocalText{{Text: v.Text}}
	}
	for _, text := range texts {
		if err := t.fit.CheckConstraints(field, text.Text); err != nil {
			p.problem(kind, e, "%s", err)
			return false
		}
	}
	return true
}
