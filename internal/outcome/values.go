package outcome

import (
	"cohort/internal/directory"
)

// checkValues refuses values that do not fit their attribute, and attributes
// whose values do not fit.
func (c *Check) checkValues(writes []directory.RowWrite) error {
	for _, w := range writes {
		var err error
		switch r := w.After.(type) {
		case directory.GroupValue:
			before, _ := w.Before.(directory.GroupValue)
			err = c.checkValue(r.Attribute, before.Value, r.Value, w.Before == nil, r.Window)
		case directory.UserValue:
			before, _ := w.Before.(directory.UserValue)
			err = c.checkValue(r.Attribute, before.Value, r.Value, w.Before == nil, r.Window)
		case directory.Facet:
			if before, ok := w.Before.(directory.Facet); !ok || before != r {
				err = c.Facet(r)
			}
		case directory.Membership:
			_, err = directory.ParseWindow(r.StartsAt, r.ExpiresAt)
		case directory.Attribute:
			before, there := w.Before.(directory.Attribute)
			err = c.checkDefinition(&before, &r, there)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkValue refuses a new value that does not fit, and a window that ends
// before it begins. checkDefinition decides whether values that stay fit an
// attribute that changes.
func (c *Check) checkValue(id directory.AttributeID, before, v directory.Value, isNew bool,
	w directory.Window) error {
	if _, err := directory.ParseWindow(w.StartsAt, w.ExpiresAt); err != nil {
		return err
	}
	a, ok := c.Catalog.RawAttribute(id)
	switch {
	case !ok:
		return directory.Invalid("attribute", "%d is not there: a value cannot name it", id)
	case a.ID.Computed():
		return directory.Protected("attribute", "is computed from the user: it has no values to set or remove")
	case isNew:
		return c.Fits.Check("value", &a, directory.NoValue(), v)
	case v.Equal(before):
		was, ok := c.Base.RawAttribute(id)
		if ok && was.Type == a.Type && was.Hidden == a.Hidden {
			return nil // an old fault at the worst
		}
		return directory.CheckForm("value", &a, v)
	}
	return c.Fits.Check("value", &a, before, v)
}

// checkDefinition refuses an attribute whose type, rule, constraints and default
// do not go together, or whose values do not fit it.
func (c *Check) checkDefinition(before, is *directory.Attribute, there bool) error {
	same := there && before.ValueKind().Equal(is.ValueKind())
	if !same || before.Rule != is.Rule {
		parsed := *is
		if err := directory.ParseKind(&parsed); err != nil {
			return err
		}
	}
	was := directory.NoValue()
	if there {
		was = before.Default
	}
	if is.HasDefault() && (!same || !is.Default.Equal(was)) {
		if err := c.Fits.Check("default", is, was, is.Default); err != nil {
			return err
		}
	}
	if !there || is.TakesAllOf(before) || c.Refitted[is.ID].Equal(is.ValueKind()) {
		return nil
	}
	return c.checkAllValues(is)
}

// checkAllValues refuses a type or constraints that a value of the attribute
// does not fit.
func (c *Check) checkAllValues(a *directory.Attribute) error {
	if a.HasDefault() {
		if err := c.Fits.Check("default", a, directory.NoValue(), a.Default); err != nil {
			return misfit(a.ID.Object(), err)
		}
	}
	for _, v := range c.Catalog.AllGroupValues(a.ID) {
		if err := c.Fits.Check("value", a, directory.NoValue(), v.Value); err != nil {
			return misfit(v.Group.Object(), err)
		}
	}
	var unfit error
	err := c.RowsOf(directory.RowUserValue, a.ID.Object(), func(row directory.Row) (bool, error) {
		if v, ok := row.(directory.UserValue); ok {
			if err := c.Fits.Check("value", a, directory.NoValue(), v.Value); err != nil {
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
