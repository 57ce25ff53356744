package core_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/importer"
	"cohort/internal/inspect"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/verify"
)

// A constrained world has an attribute region with values that do not fit the
// constraint that tests set on it.
type constrained struct {
	*world
	g, h   directory.GroupID
	u      directory.UserID
	region directory.AttributeID
}

func newConstrained(t *testing.T, hidden bool) constrained {
	w := newWorld(t)
	c := constrained{world: w, g: w.group("G"), h: w.group("H"), u: w.user("U")}
	c.region = directory.AttributeID(w.do(directory.CreateAttribute{
		Name: "region", Type: directory.TypeString, UserCanView: true, Hidden: hidden,
	}).Results[0].ID)
	w.do(directory.SetGroupValue{Group: c.g, Attribute: c.region, Value: text("emea")},
		directory.SetGroupValue{Group: c.h, Attribute: c.region, Value: text("mars")},
		directory.SetUserValue{User: c.u, Attribute: c.region, Value: text("moon")})
	return c
}

// tighten allows emea and apac only.
func (c constrained) tighten(m directory.Misfits) directory.UpdateAttribute {
	return directory.UpdateAttribute{
		Attribute: c.region, Misfits: m, Allowed: &[]directory.AllowedValue{{Value: "emea", Label: "Europe"},
			{Value: "apac"}},
	}
}

func (c constrained) attr() directory.Attribute {
	c.t.Helper()
	a, err := c.admin().Attribute(c.t.Context(), c.region)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

func (c constrained) misfits() (said []string) {
	c.t.Helper()
	q := &directory.LintQuery{Codes: []directory.FindingCode{directory.LintMisfit}}
	for q != nil {
		page, err := inspect.Lint(c.t.Context(), c.admin(), nil, *q)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, f := range page.Findings {
			said = append(said, f.Msg)
		}
		q = page.Next
	}
	return said
}

func (c constrained) verify() (problems, notes int) {
	c.t.Helper()
	_, err := verify.Check(c.t.Context(), c.store, &verify.Report{
		Problem: func(s string) { problems++; c.t.Log(s) }, Note: func(string) { notes++ },
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return problems, notes
}

func TestTighteningSaysWhichValuesWouldNotFit(t *testing.T) {
	c := newConstrained(t, false)
	said := c.refusal(c.admin(), c.tighten(""))
	for _, part := range []string{"allowed ", "2 values", c.h.Object().String(), c.u.Object().String(),
		"drop, convert or keep"} {
		if !strings.Contains(said, part) {
			t.Errorf("the refusal does not say %q: %s", part, said)
		}
	}
	if strings.Contains(said, c.g.Object().String()) {
		t.Errorf("the refusal names a value that fits: %s", said)
	}
	for field, e := range map[string]directory.UpdateAttribute{
		"pattern":    {Attribute: c.region, Pattern: new("e.*")},
		"max_length": {Attribute: c.region, MaxLength: new(3)},
		"misfits":    {Attribute: c.region, Misfits: "perhaps"},
	} {
		if said := c.refusal(c.admin(), e); !strings.HasPrefix(said, field+" ") {
			t.Errorf("the refusal is not about %s: %s", field, said)
		}
	}
}

func TestMisfitsAreDroppedOrStay(t *testing.T) {
	c := newConstrained(t, false)
	dropped := c.do(c.tighten(directory.DropMisfits))
	if got := c.effective(c.u, c.region); got != "none:" {
		t.Errorf("after dropping: %s", got)
	}
	c.do(directory.Revert{Revision: dropped.Revision})
	if got := c.effective(c.u, c.region); got != "user:moon" || len(c.attr().Allowed) != 0 {
		t.Errorf("after the revert: %s, %+v", got, c.attr())
	}
	p, err := c.admin().Preview(t.Context(), directory.Change{Edits: []directory.Edit{c.tighten(directory.KeepMisfits)}})
	if err != nil || len(p.Warnings) != 1 || p.Warnings[0].Code != directory.WarnKeepsMisfits {
		t.Errorf("the preview warns of %+v, %v", p.Warnings, err)
	}
	c.do(c.tighten(directory.KeepMisfits))
	if got := c.effective(c.u, c.region); got != "user:moon" {
		t.Errorf("after keeping: %s", got)
	}
	if said := c.misfits(); len(said) != 2 || !strings.Contains(said[0], "on H") || !strings.Contains(said[1], "user ") {
		t.Errorf("lint says %q", said)
	}
	if problems, notes := c.verify(); problems != 0 || notes != 2 {
		t.Errorf("verify finds %d problems and %d notes", problems, notes)
	}
	// A value that is kept can be written back and given a window, and nothing else.
	if done := c.do(directory.SetUserValue{User: c.u, Attribute: c.region, Value: text("moon")}); done.Changed {
		t.Error("writing the value back changes something")
	}
	window := &directory.Window{ExpiresAt: 4_000_000_000_000}
	c.do(directory.SetUserValue{User: c.u, Attribute: c.region, Value: text("moon"), Window: window})
	c.refuse(c.admin(), directory.KindInvalid, directory.SetUserValue{User: c.u, Attribute: c.region,
		Value: text("venus")})
	c.refuse(c.admin(), directory.KindInvalid, directory.SetGroupValue{Group: c.g, Attribute: c.region,
		Value: text("moon")})
	// A constraint that is tightened again says what fitted until now.
	if said := c.refusal(c.admin(),
		directory.UpdateAttribute{Attribute: c.region, Pattern: new("a.*")}); !strings.Contains(said, "1 value ") {
		t.Errorf("tightened again: %s", said)
	}
	// One that is wider asks nothing, and changes no value.
	c.do(directory.UpdateAttribute{Attribute: c.region, Allowed: &[]directory.AllowedValue{{Value: "apac"},
		{Value: "emea"}, {Value: "mars"}}})
	if said := c.misfits(); len(said) != 1 {
		t.Errorf("with a wider constraint lint says %q", said)
	}
}

func TestValuesFitWhateverTheEdit(t *testing.T) {
	c := newConstrained(t, false)
	moon := c.do(directory.SetUserValue{User: c.u, Attribute: c.region, Value: text("emea")}) // it was moon
	c.do(c.tighten(directory.DropMisfits))
	for name, e := range map[string]directory.Edit{
		"a user value":   directory.SetUserValue{User: c.u, Attribute: c.region, Value: text("moon")},
		"a group value":  directory.SetGroupValue{Group: c.h, Attribute: c.region, Value: text("moon")},
		"an empty value": directory.SetGroupValue{Group: c.h, Attribute: c.region, Value: text("")},
		"a list of values": directory.SetGroupValues{Attribute: c.region,
			Items: []directory.GroupValueItem{{Group: c.h, Value: text("moon")}}},
		"a default": directory.UpdateAttribute{Attribute: c.region, Default: new(text("moon"))},
		"a new default": directory.CreateAttribute{Name: "n", Type: directory.TypeInteger,
			Constraints: directory.Constraints{Least: "5"}, Default: new(text("4"))},
		"a bound of texts":   directory.UpdateAttribute{Attribute: c.region, Least: new("5")},
		"a built-in":         directory.UpdateAttribute{Attribute: directory.AttrLocale, Pattern: new("en")},
		"a long description": directory.UpdateAttribute{Attribute: c.region, Description: new(strings.Repeat("x", 1001))},
		"of a group, too":    directory.UpdateGroup{Group: c.g, Description: new("a\x00b")},
	} {
		_, err := c.admin().Commit(t.Context(), directory.Change{Edits: []directory.Edit{e}})
		if k := directory.KindOf(err); k != directory.KindInvalid && k != directory.KindProtected {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.refuse(c.admin(), directory.KindConflict, directory.Revert{Revision: moon.Revision})
	// In one change, what is set first must fit what the attribute becomes.
	said := c.refusal(c.admin(), directory.SetUserValue{User: c.u, Attribute: c.region, Value: text("apac")},
		directory.UpdateAttribute{Attribute: c.region, Allowed: &[]directory.AllowedValue{{Value: "emea"}}})
	if !strings.Contains(said, "1 value") {
		t.Errorf("a value of the same change: %s", said)
	}
	c.do(directory.UpdateAttribute{Attribute: c.region, Allowed: &[]directory.AllowedValue{}, Pattern: new(""),
		Description: new(" Where\r\nit is ")})
	if a := c.attr(); !a.Constraints.IsZero() || a.Description != "Where\nit is" {
		t.Errorf("cleared: %+v", a)
	}
}

func TestARevertThatTightensSaysWhatWouldNotFit(t *testing.T) {
	c := newConstrained(t, false)
	c.do(c.tighten(directory.DropMisfits))
	loose := c.do(directory.UpdateAttribute{Attribute: c.region, Allowed: &[]directory.AllowedValue{}})
	c.do(directory.SetUserValue{User: c.u, Attribute: c.region, Value: text("venus")})
	undo := directory.Revert{Revision: loose.Revision}
	c.refuse(c.admin(), directory.KindConflict, undo)
	undo.Misfits = directory.KeepMisfits
	c.do(undo)
	if got := c.effective(c.u, c.region); got != "user:venus" || len(c.misfits()) != 1 || len(c.attr().Allowed) != 2 {
		t.Errorf("after the revert: %s, %q, %+v", got, c.misfits(), c.attr())
	}
}

func TestALocalizedValueLosesTheTextsThatDoNotFit(t *testing.T) {
	w := newWorld(t)
	g, a := w.group("G"), w.attribute("a", directory.TypeText)
	both := directory.Value{Texts: []directory.LocalText{{Language: "DE", Text: "sehr lang"},
		{Language: "EN", Text: "long"}}}
	w.do(directory.SetGroupValue{Group: g, Attribute: a, Value: both})
	tighter := directory.UpdateAttribute{Attribute: a, MaxLength: new(4)}
	if said := w.refusal(w.admin(), tighter); !strings.Contains(said, "1 value") {
		t.Errorf("refused: %s", said)
	}
	tighter.Misfits = directory.KeepMisfits
	kept := w.do(tighter)
	w.do(directory.SetGroupValue{Group: g, Attribute: a, Value: both.With("EN", "shor")}) // the German text stays
	w.refuse(w.admin(), directory.KindInvalid,
		directory.SetGroupValue{Group: g, Attribute: a, Value: both.With("FR", "trop long")})
	w.do(directory.Revert{Revision: kept.Revision})
	tighter.Misfits = directory.DropMisfits
	w.do(tighter)
	values, err := w.admin().GroupValues(t.Context(), a)
	if err != nil || len(values) != 1 ||
		!values[0].Value.Equal(directory.Value{Texts: []directory.LocalText{{Language: "EN", Text: "shor"}}}) {
		t.Errorf("left is %+v, %v", values, err)
	}
}

func TestConstraintsOfHiddenValuesTellNothing(t *testing.T) {
	c := newConstrained(t, true)
	setter := c.as(c.withPermissions("Setter", "set_values", "manage_attributes", "read_effective"))
	said := c.refusal(setter, c.tighten(""))
	if !strings.HasPrefix(said, "misfits must be drop, convert or keep") || strings.Contains(said, "user:") {
		t.Errorf("the refusal tells of values: %s", said)
	}
	_, err := setter.Preview(t.Context(), directory.Change{Edits: []directory.Edit{c.tighten(directory.DropMisfits)}})
	if directory.KindOf(err) != directory.KindInvalid {
		t.Errorf("a preview tells what would be dropped: %v", err)
	}
	if _, err := setter.Preview(t.Context(),
		directory.Change{Edits: []directory.Edit{c.tighten(directory.KeepMisfits)}}); err != nil {
		t.Errorf("a preview of keeping: %v", err)
	}
	if said := c.refusal(c.admin(), c.tighten("")); !strings.Contains(said, "2 values") {
		t.Errorf("who may open them is told: %s", said)
	}
	if _, err := setter.Commit(t.Context(),
		directory.Change{Edits: []directory.Edit{c.tighten(directory.KeepMisfits)}}); err != nil {
		t.Fatal(err)
	}
	if said := c.misfits(); len(said) != 0 {
		t.Errorf("lint tells of hidden values: %q", said)
	}
	c.refuse(setter, directory.KindInvalid, directory.SetUserValue{User: c.u, Attribute: c.region, Value: text("venus")})
	c.do(directory.SetUserValue{User: c.u, Attribute: c.region, Value: text("apac")})
}

func TestHidingKeepsWhatDidNotFitBefore(t *testing.T) {
	c := newConstrained(t, false)
	c.do(c.tighten(directory.KeepMisfits))
	c.do(directory.UpdateAttribute{Attribute: c.region, Hidden: new(true)})
	rows := 0
	err := c.store.Read(t.Context(), func(r store.Reader) error {
		return r.Scan(context.Background(), directory.RowGroupValue, func(directory.Row) error { rows++; return nil })
	})
	if err != nil || rows != 2 {
		t.Errorf("%d group values are left, %v", rows, err)
	}
}

func TestAnImportTakesWhatAnExportHas(t *testing.T) {
	c := newConstrained(t, false)
	c.do(c.tighten(directory.KeepMisfits), directory.UpdateGroup{Group: c.g, Description: new("all of it")})
	var rows []directory.Row
	err := c.store.Read(t.Context(), func(r store.Reader) error {
		for _, kind := range []directory.RowKind{directory.RowGroup, directory.RowAttribute, directory.RowGroupValue} {
			if err := r.Scan(t.Context(), kind,
				func(row directory.Row) error { rows = append(rows, row); return nil }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s := memstore.New()
	other := importing(t, s, 0)
	defer other.Close()
	if _, err := importer.Run(t.Context(), other, importer.Import{Job: "j", Rows: yielding(rows, io.EOF)}); err != nil {
		t.Fatal(err)
	}
	notes := 0
	if n, err := verify.Check(t.Context(), s, &verify.Report{Problem: func(s string) { t.Error(s) },
		Note: func(string) { notes++ }}); n != 0 || err != nil {
		t.Error(n, err)
	}
	if notes < 1 {
		t.Error("verify does not name the value that does not fit")
	}
	bad := append([]directory.Row{}, rows...)
	for i, row := range bad {
		if a, ok := row.(directory.Attribute); ok && a.ID == c.region {
			a.Pattern = "("
			bad[i] = a
		}
	}
	fresh := importing(t, memstore.New(), 0)
	defer fresh.Close()
	if _, err := importer.Run(t.Context(), fresh,
		importer.Import{Job: "j", Rows: yielding(bad, io.EOF)}); directory.KindOf(err) != directory.KindInvalid {
		t.Errorf("an import with a broken pattern: %v", err)
	}
}
