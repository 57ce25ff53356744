package plan

import (
	"fmt"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// shownMisfits is how many owners of values that do not fit an error names.
const shownMisfits = 5

// A refit carries an attribute's values over to a new type or new constraints,
// or behind seals.
type refit struct {
	*Planner
	was, is *directory.Attribute
	misfits directory.Misfits
	before  *directory.Fit // what the attribute took before
	unfit   []directory.Object
}

// refitValues makes every value that is there fit what an attribute becomes.
// Values that do not are counted and named in a refusal, unless the edit says
// to drop, convert or keep them. What did not fit the constraints before stays.
func (p *Planner) refitValues(was, is *directory.Attribute, misfits directory.Misfits) error {
	r := &refit{Planner: p, was: was, is: is, misfits: misfits, before: directory.NewFit(was)}
	if err := r.mayTell(); err != nil {
		return err
	}
	for _, v := range p.Catalog.AllGroupValues(was.ID) {
		err := r.carry(v.Group.Object(), v.Value, func(value directory.Value) directory.Row { v.Value = value; return v })
		if err != nil {
			return err
		}
	}
	if err := r.userValues(); err != nil {
		return err
	}
	if err := r.defaultValue(); err != nil {
		return err
	}
	if err := r.refusal(); err != nil {
		return err
	}
	p.refitted[was.ID] = is.ValueKind()
	return nil
}

// mayTell refuses to tell a caller who may not open hidden values whether they fit:
// the edit must decide what becomes of misfits before anyone looks.
func (r *refit) mayTell() error {
	if !r.was.Hidden || r.Powers.Has(directory.RevealHiddenValues) {
		return nil
	}
	r.blind = r.blind || r.misfits != directory.KeepMisfits
	switch {
	case r.was.Type != r.is.Type && (r.misfits == "" || r.misfits == directory.KeepMisfits):
		return directory.Invalid("misfits", "must be drop or convert: nobody is told whether hidden values fit")
	case r.misfits == "":
		return directory.Invalid("misfits", "must be drop, convert or keep: nobody is told whether hidden values fit")
	}
	return nil
}

func (r *refit) userValues() error {
	var rows []directory.UserValue
	err := r.RowsOf(directory.RowUserValue, r.was.ID.Object(), func(row directory.Row) (bool, error) {
		if v, ok := row.(directory.UserValue); ok {
			rows = append(rows, v)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, v := range rows {
		err := r.carry(v.User.Object(), v.Value, func(value directory.Value) directory.Row { v.Value = value; return v })
		if err != nil {
			return err
		}
	}
	return nil
}

// carry carries over the value of a row; with gives the row another value.
func (r *refit) carry(
	owner directory.Object, v directory.Value, with func(directory.Value) directory.Row,
) error {
	value, keep, err := r.value(owner, v)
	if err != nil {
		return err
	}
	row := with(value)
	if keep {
		return r.Put(row)
	}
	return r.Remove(row.Key())
}

func (r *refit) defaultValue() error {
	if !r.is.HasDefault() {
		return nil
	}
	value, keep, err := r.value(r.is.ID.Object(), r.is.Default)
	if err != nil {
		return err
	}
	r.is.Default = directory.Value{}
	if keep {
		r.is.Default = value
	}
	return nil
}

// value carries one value over; keep is false if it is to be dropped.
func (r *refit) value(owner directory.Object, v directory.Value) (out directory.Value, keep bool, err error) {
	if !r.is.Hidden && directory.CheckForm("value", r.is, v) == nil {
		if r.fits.CheckConstraints("value", r.is, directory.NoValue(), v) == nil || r.mayStay(v) {
			return v, true, nil
		}
		if len(v.Texts) > 0 {
			return r.texts(owner, v)
		}
	}
	if r.was.Hidden && r.was.Type == r.is.Type && r.misfits == directory.KeepMisfits {
		r.Kept[r.is.ID]++ // perhaps: it is not opened
		return v, true, nil
	}
	text, ok := v.In(r.env.Language)
	if v.Sealed != 0 {
		if text, err = r.unseal(r.was.ID, owner, v.Sealed); err != nil {
			return v, false, err
		}
	}
	plain := text
	fits := ok && r.was.Type.Localized() == r.is.Type.Localized() && r.takes(text)
	if !fits && r.misfits == directory.ConvertMisfits && ok {
		text, fits = convert(r.was.Type, r.is.Type, text)
		fits = fits && r.takes(text)
	}
	switch {
	case !fits:
		r.unfit = append(r.unfit, owner)
		return v, r.misfits != directory.DropMisfits && r.misfits != directory.ConvertMisfits, nil
	case v.Sealed != 0 && text == plain:
		return v, true, nil
	case r.is.Hidden:
		out, err = r.seal(r.is.ID, owner, text)
	case r.is.Type.Localized():
		out = directory.Value{}.With(r.env.Language, text)
	default:
		out = directory.Value{Text: text}
	}
	return out, true, err
}

// texts drops or converts the texts of a localized value that the constraints do
// not take.
func (r *refit) texts(owner directory.Object, v directory.Value) (out directory.Value, keep bool, err error) {
	if r.misfits == "" {
		r.unfit = append(r.unfit, owner)
		return v, true, nil
	}
	for _, t := range v.Texts {
		if !r.takes(t.Text) {
			converted, ok := convert(r.was.Type, r.is.Type, t.Text)
			if t.Text = converted; r.misfits != directory.ConvertMisfits || !ok || !r.takes(converted) {
				continue
			}
		}
		out.Texts = append(out.Texts, t)
	}
	return out, len(out.Texts) > 0, nil
}

// takes reports whether the attribute takes a text as it will be, or else the
// text may stay.
func (r *refit) takes(text string) bool {
	if directory.ParseValue("value", r.is.Type, text) != nil {
		return false
	}
	return r.fits.Of(r.is).CheckConstraints("value", text) == nil || r.mayStay(directory.Value{Text: text})
}

// mayStay reports whether a value of the right type may stay though the
// constraints do not take it: because the edit says so, or because the
// constraints before did not take it either.
func (r *refit) mayStay(v directory.Value) bool {
	if r.misfits == directory.KeepMisfits {
		r.Kept[r.is.ID]++
		return true
	}
	if r.misfits != "" || r.was.Constraints.IsZero() {
		return false
	}
	if len(v.Texts) == 0 {
		return r.before.CheckConstraints("value", v.Text) != nil
	}
	return slices.ContainsFunc(v.Texts, func(t directory.LocalText) bool {
		return r.before.CheckConstraints("value", t.Text) != nil
	})
}

func (r *refit) refusal() error {
	if len(r.unfit) == 0 || r.misfits == directory.DropMisfits || r.misfits == directory.ConvertMisfits {
		return nil
	}
	names := make([]string, 0, shownMisfits)
	for _, o := range r.unfit[:min(len(r.unfit), shownMisfits)] {
		names = append(names, o.String())
	}
	field, ways := "type", "drop or convert"
	if r.was.Type == r.is.Type {
		ways = "drop, convert or keep"
		if tighter := r.is.Constraints.TighterIn(&r.was.Constraints, r.is.Type); tighter != "" {
			field = tighter
		}
	}
	return directory.Invalid(field, "does not fit %s that %s set (%s); change or remove them first, or say to %s them",
		plural(len(r.unfit), "value"), choose(len(r.unfit), "is", "are"), strings.Join(names, ", "), ways)
}

func plural(n int, noun string) string {
	return fmt.Sprintf("%d %s", n, choose(n, noun, noun+"s"))
}

func choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// convert turns a text of one type into one of another, where there is one
// obvious way: a single value into a list of one, a list of one into its
// element, yes and no as other systems spell them, surrounding space dropped.
func convert(from, to directory.Type, text string) (string, bool) {
	switch {
	case from.IsList() && !to.IsList():
		elements := directory.SplitList(text)
		if len(elements) != 1 {
			return "", false
		}
		text = elements[0]
	case !from.IsList() && to.IsList():
		text = directory.JoinList([]string{text})
	}
	text = strings.TrimSpace(text)
	if to == directory.TypeYesNo {
		switch strings.ToLower(text) {
		case "true", "1", "y":
			text = "yes"
		case "false", "0", "n":
			text = "no"
		}
	}
	return text, directory.ParseValue("value", to, text) == nil
}
