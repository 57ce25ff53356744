package plan

import (
	"cohort/internal/directory"
)

// A kind of value is what decides which values an attribute takes.
type valueKind struct {
	kind        directory.Type
	hidden      bool
	constraints directory.Constraints
}

func kindOf(a *directory.Attribute) valueKind { return valueKind{a.Type, a.Hidden, a.Constraints} }

func (k valueKind) equal(l valueKind) bool {
	return k.kind == l.kind && k.hidden == l.hidden && k.constraints.Equal(&l.constraints)
}

// takesAllOf reports whether every value that fits an attribute as it was fits
// it as it is.
func takesAllOf(is, was *directory.Attribute) bool {
	return is.Type == was.Type && is.Hidden == was.Hidden && is.Constraints.TakesAllOf(&was.Constraints, is.Type)
}

// Fits keep what attributes take ready. It is for one goroutine.
type Fits map[directory.AttributeID]*directory.Fit

func (f Fits) of(a *directory.Attribute) *directory.Fit {
	fit, ok := f[a.ID]
	if !ok || !fit.IsOf(a) {
		fit = directory.NewFit(a)
		f[a.ID] = fit
	}
	return fit
}

// check refuses a stored value that its attribute does not take. What it has in
// common with before may stay whatever the constraints are now.
func (f Fits) check(field string, a *directory.Attribute, before, v directory.Value) error {
	if err := CheckForm(field, a, v); err != nil {
		return err
	}
	return f.CheckConstraints(field, a, before, v)
}

// CheckConstraints is check for a value of the attribute's type. No sealed text
// is opened.
func (f Fits) CheckConstraints(field string, a *directory.Attribute, before, v directory.Value) error {
	if a.Constraints.IsZero() || a.Hidden {
		return nil
	}
	return f.of(a).CheckChange(field, before, v)
}

// CheckForm refuses a stored value that is none of the attribute's type.
func CheckForm(field string, a *directory.Attribute, v directory.Value) error {
	switch {
	case a.Hidden != (v.Sealed != 0):
		return directory.Invalid(field, "must be sealed if and only if %s is hidden", a.Name)
	case a.Hidden:
		return nil
	case a.Type.Localized() && len(v.Texts) == 0:
		return directory.Invalid(field, "must have a text per language: %s is of type %s", a.Name, a.Type)
	case a.Type.Localized():
		return CheckTexts(field, a, v)
	case len(v.Texts) > 0:
		return directory.Invalid(field, "has a text per language, but the type %s of %s has none", a.Type, a.Name)
	}
	return directory.ParseValue(field, a.Type, v.Text)
}

// checkValues refuses values that do not fit their attribute, and attributes
// whose values do not fit.
func (p *Planner) checkValues(writes []directory.RowWrite) error {
	for _, w := range writes {
		var err error
		switch r := w.After.(type) {
		case directory.GroupValue:
			before, _ := w.Before.(directory.GroupValue)
			err = p.checkValue(r.Attribute, before.Value, r.Value, w.Before == nil, r.Window)
		case directory.UserValue:
			before, _ := w.Before.(directory.UserValue)
			err = p.checkValue(r.Attribute, before.Value, r.Value, w.Before == nil, r.Window)
		case directory.Facet:
			if before, ok := w.Before.(directory.Facet); !ok || before != r {
				err = p.env.CheckFacet(r)
			}
		case directory.Membership:
			_, err = directory.ParseWindow(r.StartsAt, r.ExpiresAt)
		case directory.Attribute:
			before, there := w.Before.(directory.Attribute)
			err = p.checkDefinition(&before, &r, there)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkValue refuses a new value that does not fit, and a window that ends
// before it begins. Whether a value that stays fits what an attribute becomes
// is decided with the attribute.
func (p *Planner) checkValue(id directory.AttributeID, before, v directory.Value, isNew bool,
	w directory.Window) error {
	if _, err := directory.ParseWindow(w.StartsAt, w.ExpiresAt); err != nil {
		return err
	}
	a, ok := p.Catalog.RawAttribute(id)
	switch {
	case !ok:
		return directory.Invalid("attribute", "%d is not there: a value cannot name it", id)
	case a.ID.Computed():
		return directory.Protected("attribute", "is computed from the user: it has no values to set or remove")
	case isNew:
		return p.fits.check("value", &a, NoValue(), v)
	case v.Equal(before):
		was, ok := p.Base.RawAttribute(id)
		if ok && was.Type == a.Type && was.Hidden == a.Hidden {
			return nil // an old fault at the worst
		}
		return CheckForm("value", &a, v)
	}
	return p.fits.check("value", &a, before, v)
}

// NoValue equals no value that is stored.
func NoValue() directory.Value { return directory.Value{Sealed: -1} }

// checkDefinition refuses an attribute whose type, rule, constraints and default
// do not go together, or whose values do not fit it.
func (p *Planner) checkDefinition(before, is *directory.Attribute, there bool) error {
	same := there && kindOf(before).equal(kindOf(is))
	if !same || before.Rule != is.Rule {
		parsed := *is
		if err := ParseKind(&parsed); err != nil {
			return err
		}
	}
	was := NoValue()
	if there {
		was = before.Default
	}
	if is.HasDefault() && (!same || !is.Default.Equal(was)) {
		if err := p.fits.check("default", is, was, is.Default); err != nil {
			return err
		}
	}
	if !there || takesAllOf(is, before) || p.refitted[is.ID].equal(kindOf(is)) {
		return nil
	}
	return p.checkAllValues(is)
}

// checkAllValues refuses a type or constraints that a value of the attribute
// does not fit.
func (p *Planner) checkAllValues(a *directory.Attribute) error {
	if a.HasDefault() {
		if err := p.fits.check("default", a, NoValue(), a.Default); err != nil {
			return misfit(a.ID.Object(), err)
		}
	}
	for _, v := range p.Catalog.AllGroupValues(a.ID) {
		if err := p.fits.check("value", a, NoValue(), v.Value); err != nil {
			return misfit(v.Group.Object(), err)
		}
	}
	var unfit error
	err := p.RowsOf(directory.RowUserValue, a.ID.Object(), func(row directory.Row) (bool, error) {
		if v, ok := row.(directory.UserValue); ok {
			if err := p.fits.check("value", a, NoValue(), v.Value); err != nil {
				unfit = misfit(v.User.Object(), err)
			}
		}
		return unfit == nil, nil
	})
	if err != nil {
		return err
	}
	return unfit
}

func misfit(owner directory.Object, err error) error {
	return &directory.Error{
		Kind: directory.KindInvalid, Field: "type", Code: directory.CodeInvalid,
		Msg: "does not fit the value of " + owner.String(), Err: err,
	}
}
