package impact

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"cohort/internal/directory"
	"cohort/internal/resolve"
	"cohort/internal/store"
)

// Limits of what a preview keeps while it looks at users.
const (
	maxEffects    = 1000    // pairs of values, per attribute
	maxEffectText = 4 << 20 // bytes of values, of all pairs together
	shownEffects  = 100     // pairs of values that are shown, per attribute
	maxSample     = 10
)

// A tally counts, user by user, what changes between two catalogs.
type tally struct {
	before, after *resolve.Catalog
	lang          directory.Language
	at            directory.Instant

	attrs    []directory.AttributeID // compared for users who are not touched
	all      []directory.AttributeID // compared for those who are
	effects  map[directory.AttributeID]*effects
	text     int // bytes of values kept
	was, is  []directory.Effective
	examined int64
	affected directory.UserCount
	sample   []directory.AffectedUser
	spare    []directory.AffectedUser // examples of effects that the sample has already
}

// effects are those of one attribute.
type effects struct {
	directory.AttributeEffect
	pairs map[pair]*directory.ValueEffect
}

// A pair is two values, as texts that can be compared.
type pair struct{ before, after string }

func newTally(r *Reach, lang directory.Language, at directory.Instant) *tally {
	t := &tally{before: r.before, after: r.after, lang: lang, at: at, effects: map[directory.AttributeID]*effects{}}
	t.attrs = slices.Sorted(maps.Keys(r.attrs))
	// Computed values come from the rows of a user who is not touched.
	t.attrs = slices.DeleteFunc(t.attrs, directory.AttributeID.Computed)
	all := map[directory.AttributeID]bool{}
	for _, c := range []*resolve.Catalog{r.before, r.after} {
		for a := range c.Attributes() {
			all[a.ID] = true
		}
	}
	t.all = slices.Sorted(maps.Keys(all))
	return t
}

// compareInputs is compare for a user of whom no row is written. All rows are
// read of one who becomes an example.
func (t *tally) compareInputs(ctx context.Context, r store.Reader, u *directory.UserRows) error {
	examples := len(t.sample) + len(t.spare)
	t.compare(u, u, t.attrs)
	if len(t.sample)+len(t.spare) == examples {
		return nil
	}
	whole, ok, err := r.UserRows(ctx, u.User.ID)
	if err != nil || !ok {
		return err
	}
	for _, list := range [][]directory.AffectedUser{t.sample, t.spare} {
		for i := range list {
			if list[i].User.ID == u.User.ID {
				list[i] = t.example(list[i].Attribute, &whole, &whole)
			}
		}
	}
	return nil
}

// compare looks at a user as it is before and after the change; nil is one that
// is not there, which has no values.
func (t *tally) compare(before, after *directory.UserRows, attrs []directory.AttributeID) {
	t.examined++
	t.was = effectiveOf(t.before, t.was[:0], before, attrs, t.lang, t.at)
	t.is = effectiveOf(t.after, t.is[:0], after, attrs, t.lang, t.at)
	there := cmp.Or(after, before)
	if there == nil {
		return
	}
	changed := false
	for i, id := range attrs {
		was, is := setValue(&t.was[i]), setValue(&t.is[i])
		if was.Set == is.Set && was.Value.Equal(is.Value) {
			continue
		}
		changed = true
		fresh := t.count(id, was, is, there.User.Disabled)
		t.illustrate(fresh, id, before, after)
	}
	if changed {
		t.affected.Add(there.User.Disabled)
	}
}

func effectiveOf(
	c *resolve.Catalog, dst []directory.Effective, u *directory.UserRows, attrs []directory.AttributeID,
	lang directory.Language, at directory.Instant,
) []directory.Effective {
	if u != nil {
		return c.Effective(dst, u, attrs, lang, at)
	}
	for _, id := range attrs {
		dst = append(dst, directory.Effective{Attribute: id})
	}
	return dst
}

func setValue(e *directory.Effective) directory.SetValue {
	return directory.SetValue{Set: e.Origin != directory.OriginNone, Value: e.Value}
}

// count counts one user's change of one attribute, and reports whether it is
// the first of its sort.
func (t *tally) count(id directory.AttributeID, was, is directory.SetValue, disabled bool) (fresh bool) {
	e := t.effects[id]
	if e == nil {
		e = &effects{pairs: map[pair]*directory.ValueEffect{}}
		e.Before, _ = t.before.Attribute(id)
		e.After, _ = t.after.Attribute(id)
		t.effects[id] = e
	}
	e.UserCount.Add(disabled)
	was, is = withoutSeal(was), withoutSeal(is)
	key := pair{rendered(was), rendered(is)}
	known := e.pairs[key]
	if known == nil {
		size := len(key.before) + len(key.after)
		if len(e.pairs) >= maxEffects || t.text+size > maxEffectText {
			e.Others.Add(disabled)
			return false
		}
		t.text += size
		known = &directory.ValueEffect{Before: was, After: is}
		e.pairs[key] = known
		fresh = true
	}
	known.Add(disabled)
	return fresh
}

// withoutSeal makes all hidden values equal: a preview does not tell them apart.
func withoutSeal(v directory.SetValue) directory.SetValue {
	if v.Value.Sealed != 0 {
		v.Value.Sealed = 1
	}
	return v
}

// rendered gives texts that are equal if and only if the values are.
func rendered(v directory.SetValue) string {
	switch {
	case !v.Set:
		return "-"
	case v.Value.Sealed != 0:
		return "s"
	case len(v.Value.Texts) == 0:
		return "t" + v.Value.Text
	}
	b := []byte("l")
	for _, t := range v.Value.Texts {
		b = strconv.AppendQuote(append(b, t.Language...), t.Text)
	}
	return string(b)
}

// illustrate keeps a user as an example.
func (t *tally) illustrate(fresh bool, id directory.AttributeID, before, after *directory.UserRows) {
	list := &t.spare
	if fresh {
		list = &t.sample
	}
	if len(*list) >= maxSample {
		return
	}
	*list = append(*list, t.example(id, before, after))
}

func (t *tally) example(id directory.AttributeID, before, after *directory.UserRows) directory.AffectedUser {
	there := cmp.Or(after, before)
	return directory.AffectedUser{
		User: there.User, Email: there.Email(), Attribute: id,
		Before: t.explain(t.before, before, id), After: t.explain(t.after, after, id),
	}
}

func (t *tally) explain(c *resolve.Catalog, u *directory.UserRows, id directory.AttributeID) directory.Explanation {
	if u == nil {
		return directory.Explanation{Effective: directory.Effective{Attribute: id}}
	}
	return c.Explain(u, id, t.lang, t.at)
}

// attributes are the counts by attribute, with the pairs of the most users.
func (t *tally) attributes() []directory.AttributeEffect {
	var list []directory.AttributeEffect
	for _, id := range slices.Sorted(maps.Keys(t.effects)) {
		e := t.effects[id]
		for _, p := range e.pairs {
			e.Values = append(e.Values, *p)
		}
		slices.SortFunc(e.Values, func(a, b directory.ValueEffect) int {
			return cmp.Or(
				cmp.Compare(b.All(), a.All()),
				cmp.Compare(rendered(a.Before), rendered(b.Before)), cmp.Compare(rendered(a.After), rendered(b.After)),
			)
		})
		for _, p := range e.Values[min(shownEffects, len(e.Values)):] {
			e.Others.Users += p.Users
			e.Others.Disabled += p.Disabled
		}
		e.Values = e.Values[:min(shownEffects, len(e.Values))]
		list = append(list, e.AttributeEffect)
	}
	return list
}

// examples are up to ten, of as many sorts as there are.
func (t *tally) examples() []directory.AffectedUser {
	return slices.Concat(t.sample, t.spare[:min(len(t.spare), maxSample-len(t.sample))])
}
