package core

import (
	"fmt"
	"strings"

	"cohort/internal/directory"
)

// shownMisfits is how many owners of values that do not fit an error names.
const shownMisfits = 5

// A refit carries an attribute's values over to a new type, or behind seals.
type refit struct {
	*planner
	was, is *directory.Attribute
	misfits directory.Misfits
	unfit   []directory.Object
}

// refitValues makes every value that is there fit what an attribute becomes.
// Values that do not are counted and named in a refusal, unless the edit says
// to drop or convert them.
func (p *planner) refitValues(was, is *directory.Attribute, misfits directory.Misfits) error {
	if misfits != "" && misfits != directory.DropMisfits && misfits != directory.ConvertMisfits {
		return directory.Invalid("misfits", "must be drop or convert")
	}
	if was.Hidden && misfits == "" && !p.powers.Has(directory.RevealHiddenValues) {
		return directory.Invalid("misfits", "must be drop or convert: whether hidden values fit is not told")
	}
	r := &refit{planner: p, was: was, is: is, misfits: misfits}
	for _, v := range p.catalog.AllGroupValues(was.ID) {
		value, keep, err := r.value(v.Group.Object(), v.Value)
		if err != nil {
			return err
		}
		if v.Value = value; keep {
			err = p.put(v)
		} else {
			err = p.remove(v.Key())
		}
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
	p.refitted[was.ID] = fitOf(is)
	return nil
}

func (r *refit) userValues() error {
	var rows []directory.UserValue
	err := r.rowsOf(directory.RowUserValue, r.was.ID.Object(), func(row directory.Row) (bool, error) {
		if v, ok := row.(directory.UserValue); ok {
			rows = append(rows, v)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, v := range rows {
		value, keep, err := r.value(v.User.Object(), v.Value)
		if err != nil {
			return err
		}
		if v.Value = value; keep {
			err = r.put(v)
		} else {
			err = r.remove(v.Key())
		}
		if err != nil {
			return err
		}
	}
	return nil
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
	if !r.is.Hidden && checkFits("value", r.is, v) == nil {
		return v, true, nil
	}
	text, ok := v.In(r.core.opt.Language)
	if v.Sealed != 0 {
		if text, err = r.unseal(r.was.ID, owner, v.Sealed); err != nil {
			return v, false, err
		}
	}
	plain := text
	fits := ok && r.was.Type.Localized() == r.is.Type.Localized() && directory.ParseValue("value", r.is.Type, text) == nil
	if !fits && r.misfits == directory.ConvertMisfits && ok {
		text, fits = convert(r.was.Type, r.is.Type, text)
	}
	if !fits {
		r.unfit = append(r.unfit, owner)
		return v, r.misfits == "", nil
	}
	if v.Sealed != 0 && text == plain {
		return v, true, nil
	}
	out, err = r.parseValue("value", r.is, owner, directory.Value{}, directory.Value{Text: text})
	return out, true, err
}

func (r *refit) refusal() error {
	if len(r.unfit) == 0 || r.misfits != "" {
		return nil
	}
	names := make([]string, 0, shownMisfits)
	for _, o := range r.unfit[:min(len(r.unfit), shownMisfits)] {
		names = append(names, o.String())
	}
	return directory.Invalid("type", "does not fit %s that %s set (%s); change or remove them first, or say to drop or convert them",
		plural(len(r.unfit), "value"), choose(len(r.unfit), "is", "are"), strings.Join(names, ", "))
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
	isList := func(t directory.Type) bool { return t == directory.TypeList || t == directory.TypeEnumList }
	switch {
	case isList(from) && !isList(to):
		elements := directory.SplitList(text)
		if len(elements) != 1 {
			return "", false
		}
		text = elements[0]
	case !isList(from) && isList(to):
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
