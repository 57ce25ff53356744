package directory

// A ValueKind is what decides which values an attribute takes.
type ValueKind struct {
	kind        Type
	hidden      bool
	constraints Constraints
}

// ValueKind is the kind of the attribute's values.
func (a *Attribute) ValueKind() ValueKind { return ValueKind{a.Type, a.Hidden, a.Constraints} }

// Equal compares two kinds.
func (k ValueKind) Equal(l ValueKind) bool {
	return k.kind == l.kind && k.hidden == l.hidden && k.constraints.Equal(&l.constraints)
}

// TakesAllOf reports whether every value that fits the attribute as it was fits it as
// it is.
func (a *Attribute) TakesAllOf(was *Attribute) bool {
	return a.Type == was.Type && a.Hidden == was.Hidden && a.Constraints.TakesAllOf(&was.Constraints, a.Type)
}

// Fits keep what attributes take ready. It is for one goroutine.
type Fits map[AttributeID]*Fit

// Of is the check of an attribute.
func (f Fits) Of(a *Attribute) *Fit {
	fit, ok := f[a.ID]
	if !ok || !fit.IsOf(a) {
		fit = NewFit(a)
		f[a.ID] = fit
	}
	return fit
}

// Check refuses a stored value that its attribute does not take. What it has in
// common with before may stay whatever the constraints are now.
func (f Fits) Check(field string, a *Attribute, before, v Value) error {
	if err := CheckForm(field, a, v); err != nil {
		return err
	}
	return f.CheckConstraints(field, a, before, v)
}

// CheckConstraints is Check for a value of the attribute's type. No sealed text
// is opened.
func (f Fits) CheckConstraints(field string, a *Attribute, before, v Value) error {
	if a.Constraints.IsZero() || a.Hidden {
		return nil
	}
	return f.Of(a).CheckChange(field, before, v)
}

// CheckForm refuses a stored value that is none of the attribute's type.
func CheckForm(field string, a *Attribute, v Value) error {
	switch {
	case a.Hidden != (v.Sealed != 0):
		return Invalid(field, "must be sealed if and only if %s is hidden", a.Name)
	case a.Hidden:
		return nil
	case a.Type.Localized() && len(v.Texts) == 0:
		return Invalid(field, "must have a text per language: %s is of type %s", a.Name, a.Type)
	case a.Type.Localized():
		return CheckTexts(field, a, v)
	case len(v.Texts) > 0:
		return Invalid(field, "has a text per language, but the type %s of %s has none", a.Type, a.Name)
	}
	return ParseValue(field, a.Type, v.Text)
}

// NoValue equals no value that is stored.
func NoValue() Value { return Value{Sealed: -1} }

// CheckTexts checks the texts of a localized value.
func CheckTexts(field string, a *Attribute, v Value) error {
	for i, t := range v.Texts {
		if _, err := ParseLanguage(field, string(t.Language)); err != nil || t.Language == "" {
			return Invalid(field, "has a text for %q, which is no language", t.Language)
		}
		if i > 0 && v.Texts[i-1].Language >= t.Language {
			return Invalid(field, "has texts that are not in the order of their languages")
		}
		if err := ParseValue(field, a.Type, t.Text); err != nil {
			return err
		}
	}
	return nil
}
