package plan

import (
	"cohort/internal/directory"
	"cohort/internal/store"
)

// parseValue checks a value for an owner and gives it its stored form: sealed
// for hidden attributes, with the other languages kept for localized ones.
// have is the value that is there, or the zero Value.
func (p *Planner) parseValue(
	field string, a *directory.Attribute, owner directory.Object, have, v directory.Value,
) (directory.Value, error) {
	if err := directory.CheckWritten(field, a.Type, v.Written); err != nil {
		return v, err
	}
	same := directory.SameValue(a.Type, have, v)
	if v.Written = directory.JSONText; same {
		v = have
	}
	if a.Type.Localized() {
		return p.parseLocalized(field, a, have, v)
	}
	if len(v.Texts) > 0 {
		return v, directory.Invalid(field, "has a text per language, but the type %s has none", a.Type)
	}
	if a.Hidden && v.Sealed != 0 && v.Sealed == have.Sealed {
		return have, nil
	}
	if v.Sealed != 0 {
		return v, directory.Invalid(field, "cannot be given sealed")
	}
	if err := directory.ParseValue(field, a.Type, v.Text); err != nil {
		return v, err
	}
	if a.Hidden {
		if err := p.fits.Of(a).CheckConstraints(field, v.Text); err != nil {
			return v, err
		}
		return p.seal(a.ID, owner, v.Text)
	}
	return v, p.fits.CheckConstraints(field, a, have, v)
}

// parseLocalized sets the text of the directory's language if the value comes
// from a dialect that knows no languages, and else all of them.
func (p *Planner) parseLocalized(field string, a *directory.Attribute, have,
	v directory.Value) (directory.Value, error) {
	if len(v.Texts) == 0 {
		v = have.With(p.env.Language, v.Text)
	}
	if err := directory.CheckTexts(field, a, v); err != nil {
		return v, err
	}
	return v, p.fits.CheckConstraints(field, a, have, v)
}

// A hiddenText is a plain value on its way behind a seal.
type hiddenText struct {
	attribute directory.AttributeID
	owner     directory.Object
	text      string
}

// seal encrypts a hidden value. Writing the text that is there is a change like
// any other: nothing tells whether a guess is right.
func (p *Planner) seal(a directory.AttributeID, owner directory.Object, text string) (directory.Value, error) {
	key := hiddenText{a, owner, text}
	if sealed, ok := p.seals[key]; ok {
		return sealed, nil // equal texts of an owner get one seal in a change
	}
	keyID, ciphertext, err := p.env.Sealer.Seal(a, owner, text)
	if err != nil {
		return directory.Value{}, err
	}
	id, err := take(&p.Head.Next.Sealed, "value")
	if err != nil {
		return directory.Value{}, err
	}
	p.sealed = append(p.sealed, store.Sealed{ID: id, KeyID: keyID, Ciphertext: ciphertext})
	p.seals[key] = directory.Value{Sealed: id}
	return directory.Value{Sealed: id}, nil
}

// unseal opens a sealed value, also one that this change has just sealed.
func (p *Planner) unseal(a directory.AttributeID, owner directory.Object, id directory.SealedID) (string, error) {
	for _, s := range p.sealed {
		if s.ID == id {
			return p.env.Sealer.Open(a, owner, s.KeyID, s.Ciphertext)
		}
	}
	s, err := p.Reader.Sealed(p.ctx, id)
	if err != nil {
		return "", err
	}
	return p.env.Sealer.Open(a, owner, s.KeyID, s.Ciphertext)
}

// errNothingToKeep refuses to keep a hidden value where there is none.
func errNothingToKeep() error {
	return directory.Invalid("value", "of a hidden attribute cannot be empty; there is none that could stay")
}

// rewindow is the window of an existing row after an edit: the one that the edit asks
// for. A dialect that knows no windows keeps a window in force, and clears any other,
// as it did not show the row.
func (p *Planner) rewindow(have directory.Window, asked *directory.Window, vendor bool) directory.Window {
	switch {
	case asked != nil:
		return *asked
	case vendor && !have.InForce(p.At):
		return directory.Window{}
	}
	return have
}

func (p *Planner) setUserValue(e directory.SetUserValue) error {
	rows, err := p.User(e.User)
	if err != nil {
		return err
	}
	a, err := p.attribute(e.Attribute)
	if err != nil {
		return err
	}
	if a.ID.Computed() {
		return p.setComputed(e)
	}
	row, shown := directory.UserValue{User: e.User, Attribute: e.Attribute}, false
	for _, v := range rows.Values {
		if v.Attribute == e.Attribute {
			row, shown = v, v.InForce(p.At)
		}
	}
	if a.Hidden && e.Keep {
		if !shown {
			return errNothingToKeep()
		}
		recordAs(p, func(edit *directory.SetUserValue) { edit.Value = row.Value })
		return nil
	}
	if row.Value, err = p.parseValue("value", &a, e.User.Object(), row.Value, e.Value); err != nil {
		return err
	}
	row.Window = p.rewindow(row.Window, e.Window, e.Vendor)
	if a.Hidden {
		recordAs(p, func(edit *directory.SetUserValue) { edit.Value = row.Value })
	}
	return p.Put(row)
}

// setComputed writes the user's field behind an attribute that is computed.
func (p *Planner) setComputed(e directory.SetUserValue) error {
	if err := directory.CheckWritten("value", directory.TypeString, e.Value.Written); err != nil {
		return err
	}
	update := directory.UpdateUser{User: e.User}
	switch e.Attribute {
	case directory.AttrFirstName:
		update.FirstName = &e.Value.Text
	case directory.AttrLastName:
		update.LastName = &e.Value.Text
	case directory.AttrTimezone:
		update.Timezone = &e.Value.Text
	default:
		return directory.Protected("attribute", "is computed and cannot be set")
	}
	return p.updateUser(update)
}

func (p *Planner) deleteUserValue(e directory.DeleteUserValue) error {
	rows, err := p.User(e.User)
	if err != nil {
		return err
	}
	a, err := p.attribute(e.Attribute)
	if err != nil {
		return err
	}
	for _, v := range rows.Values {
		if v.Attribute != e.Attribute {
			continue
		}
		left, err := withoutLanguage(&a, v.Value, e.Language)
		if err != nil {
			return err
		}
		if left.IsZero() {
			return p.Remove(v.Key())
		}
		v.Value = left
		return p.Put(v)
	}
	return directory.NotFound("value", e.Attribute)
}
