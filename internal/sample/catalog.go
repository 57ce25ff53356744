package sample

import (
	"cmp"
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"strconv"

	"cohort/internal/directory"
)

// A form is a kind of attribute, with texts that are values of it.
type form struct {
	kind directory.Type
	rule directory.Rule
	text func(n int) string
}

// forms are the kinds of attribute, which take turns.
func forms() []form {
	word := func(n int) string { return fmt.Sprintf("value %d", n%997) }
	list := func(n int) string {
		return directory.JoinList([]string{fmt.Sprint("e", n%31), fmt.Sprint("e", 31+n%29)})
	}
	return []form{
		{directory.TypeString, directory.RuleRank, word},
		{directory.TypeString, directory.RuleNearest, word},
		{directory.TypeInteger, directory.RuleMin, func(n int) string { return strconv.Itoa(n % 1000) }},
		{directory.TypeNumber, directory.RuleMax, func(n int) string { return fmt.Sprintf("%d.%02d", n%500, n%100) }},
		{directory.TypeYesNo, directory.RuleAny, func(n int) string { return [...]string{"no", "yes"}[n%2] }},
		{directory.TypeEnumList, directory.RuleUnion, list},
		{directory.TypeText, directory.RuleRank, word},
		{directory.TypeDate, directory.RuleMax, func(n int) string { return fmt.Sprintf("2026-%02d-%02d", 1+n%12, 1+n%28) }},
		{directory.TypeZipcode, directory.RuleRank, func(n int) string { return fmt.Sprintf("%05d", n%100_000) }},
		{directory.TypeDateTime, directory.RuleRank,
			func(n int) string { return fmt.Sprintf("2026-%02d-%02dT%02d:00:00Z", 1+n%12, 1+n%28, n%24) }},
		{directory.TypeRelativeURL, directory.RuleRank, func(n int) string { return fmt.Sprintf("/dashboards/%d", n%997) }},
		{directory.TypeList, directory.RuleUnion, list},
		{directory.TypeEnum, directory.RuleRank, func(n int) string { return fmt.Sprint("option ", n%7) }},
		{directory.TypeYesNo, directory.RuleAll, func(n int) string { return [...]string{"yes", "no"}[n%2] }},
		{directory.TypeFilterString, directory.RuleRank,
			func(n int) string { return fmt.Sprintf("region %d,-region %d", n%97, n%89) }},
	}
}

// form returns the kind of attribute number a.
func (d *Directory) form(a int) form {
	all := d.forms
	if d.shape.Plain {
		return all[0]
	}
	return all[a%len(all)]
}

// value makes a value of attribute number a.
func (d *Directory) value(a int, r *stream) directory.Value { return d.valueOf(a, r.below(1<<20)) }

func (d *Directory) valueOf(a, n int) directory.Value {
	f := d.form(a)
	if !f.kind.Localized() {
		return directory.Value{Text: f.text(n)}
	}
	return directory.Value{Texts: []directory.LocalText{{Language: "DE", Text: f.text(n + 1)},
		{Language: "EN", Text: f.text(n)}}}
}

// Name is the name of attribute number a.
func (d *Directory) Name(a int) string { return fmt.Sprintf("sample_%03d", a) }

// attribute returns attribute number a. Every other one has a default.
func (d *Directory) attribute(a int) directory.Attribute {
	f := d.form(a)
	row := directory.Attribute{
		ID: d.Attribute(a), Name: d.Name(a), Label: fmt.Sprintf("Sample %03d", a), Type: f.kind, Rule: f.rule,
		UserValueMode: directory.ModeWins, UserCanView: true, CreatedAt: created(a),
	}
	if a%2 == 0 {
		row.Default = d.valueOf(a, a)
	}
	return row
}

func (d *Directory) groupValueCount() int {
	count := 0
	for g := range d.shape.Groups {
		count += d.valuesOn(g)
	}
	return count
}

// valuesOn is how many values group g has.
func (d *Directory) valuesOn(g int) int {
	from, to := share(d.shape.GroupValues, d.shape.Groups, g)
	return min(to-from, d.shape.Attributes)
}

// order returns the order key of the group value number n: the numbers below
// a power of two in another order, as an odd factor does it.
func (d *Directory) order(n int) int64 {
	mask := int64(1)<<bits.Len(uint(d.shape.GroupValues)) - 1
	return (int64(n)*0x9e3779b1&mask + 1) * directory.OrderGap
}

// Rows yields all rows in the order in which a state is exported and imported:
// the catalog, then each user with its memberships and values.
func (d *Directory) Rows() iter.Seq[directory.Row] {
	return func(yield func(directory.Row) bool) {
		for row := range d.Catalog() {
			if !yield(row) {
				return
			}
		}
		for i := range d.shape.Users {
			u := d.User(i)
			if !yield(u.User) {
				return
			}
			slices.SortFunc(u.Memberships, func(a, b directory.Membership) int { return cmp.Compare(a.Group, b.Group) })
			for _, m := range u.Memberships {
				if !yield(m) {
					return
				}
			}
			for _, v := range u.Values {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// Catalog yields all rows that are not of a user, by kind and key.
func (d *Directory) Catalog() iter.Seq[directory.Row] {
	return func(yield func(directory.Row) bool) {
		for g := range d.shape.Groups {
			if !yield(directory.Group{ID: d.Group(g), Name: fmt.Sprintf("Group %05d", g), CreatedAt: created(g)}) {
				return
			}
		}
		var space [2]int
		for g := range d.shape.Groups {
			nestings := make([]directory.Nesting, 0, len(space))
			for n, parent := range d.parents(space[:0], g) {
				nestings = append(nestings, directory.Nesting{Group: d.Group(g), Parent: d.Group(parent),
					Position: int64(n+1) * directory.OrderGap})
			}
			slices.SortFunc(nestings, func(a, b directory.Nesting) int { return cmp.Compare(a.Parent, b.Parent) })
			for _, n := range nestings {
				if !yield(n) {
					return
				}
			}
		}
		for a := range d.shape.Attributes {
			if !yield(d.attribute(a)) {
				return
			}
		}
		d.groupValues(func(v directory.GroupValue) bool { return yield(v) })
	}
}

func (d *Directory) groupValues(yield func(directory.GroupValue) bool) {
	n := 0
	var space [64]int
	for g := range d.shape.Groups {
		r := newStream(d.shape.Seed, ofGroupValues, g)
		attributes := r.pick(space[:0], d.valuesOn(g), d.shape.Attributes)
		slices.Sort(attributes)
		for _, a := range attributes {
			v := directory.GroupValue{
				ID: d.first.Value + directory.ValueID(n), Group: d.Group(g), Attribute: d.Attribute(a), Value: d.value(a, &r),
				Order: d.order(n),
			}
			n++
			if !yield(v) {
				return
			}
		}
	}
}
