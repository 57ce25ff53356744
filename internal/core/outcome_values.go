package core

import (
	"cohort/internal/directory"
)

// A fit is what decides which values an attribute takes.
type fit struct {
	kind   directory.Type
	hidden bool
}

func fitOf(a *directory.Attribute) fit { return fit{a.Type, a.Hidden} }

// checkValues refuses values that do not fit their attribute, and attributes
// whose values do not fit. No sealed text is opened.
func (p *planner) checkValues(writes []directory.RowWrite) error {
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
				err = p.core.checkFacet(r)
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
// before it begins.
func (p *planner) checkValue(id directory.AttributeID, before, v directory.Value, isNew bool, w directory.Window) error {
	if _, err := directory.ParseWindow(w.StartsAt, w.ExpiresAt); err != nil {
		return err
	}
	a, ok := p.catalog.RawAttribute(id)
	switch {
	case !ok:
		return directory.Invalid("attribute", "%d is not there: a value cannot name it", id)
	case a.ID.Computed():
		return directory.Protected("attribute", "is computed from the user: it has no values to set or remove")
	case !isNew && v.Equal(before):
		was, ok := p.base.RawAttribute(id)
		if ok && fitOf(&was) == fitOf(&a) {
			return nil // an old fault at the worst
		}
	}
	return checkFits("value", &a, v)
}

// checkFits refuses a stored value that its attribute does not take.
func checkFits(field string, a *directory.Attribute, v directory.Value) error {
	switch {
	case a.Hidden != (v.Sealed != 0):
		return directory.Invalid(field, "must be sealed if and only if %s is hidden", a.Name)
	case a.Hidden:
		return nil
	case a.Type.Localized() && len(v.Texts) == 0:
		return directory.Invalid(field, "must have a text per language: %s is of type %s", a.Name, a.Type)
	case a.Type.Localized():
		return checkTexts(field, a, v)
	case len(v.Texts) > 0:
		return directory.Invalid(field, "has a text per language, but the type %s of %s has none", a.Type, a.Name)
	}
	return directory.ParseValue(field, a.Type, v.Text)
}

// checkDefinition refuses an attribute whose type, rule and default do not go
// together, or whose values do not fit it.
func (p *planner) checkDefinition(before, is *directory.Attribute, there bool) error {
	same := there && fitOf(before) == fitOf(is)
	if !same || before.Rule != is.Rule {
		parsed := *is
		if err := parseKind(&parsed); err != nil {
			return err
		}
	}
	if is.HasDefault() && (!same || !is.Default.Equal(before.Default)) {
		if err := checkFits("default", is, is.Default); err != nil {
			return err
		}
	}
	if !there || same || p.refitted[is.ID] == fitOf(is) {
		return nil
	}
	return p.checkAllValues(is)
}

// checkAllValues refuses a type that a value of the attribute does not fit.
func (p *planner) checkAllValues(a *directory.Attribute) error {
	for _, v := range p.catalog.AllGroupValues(a.ID) {
		if err := checkFits("value", a, v.Value); err != nil {
			return misfit(v.Group.Object(), err)
		}
	}
	var unfit error
	err := p.rowsOf(directory.RowUserValue, a.ID.Object(), func(row directory.Row) (bool, error) {
		if v, ok := row.(directory.UserValue); ok {
			if err := checkFits("value", a, v.Value); err != nil {
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
