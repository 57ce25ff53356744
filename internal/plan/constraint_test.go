package plan_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"cohort/internal/core/coretest"
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
	*coretest.World
	g, h   directory.GroupID
	u      directory.UserID
	region directory.AttributeID
}

func newConstrained(t *testing.T, hidden bool) constrained {
	w := coretest.New(t)
	c := constrained{World: w, g: w.Group("G"), h: w.Group("H"), u: w.User("U")}
	c.region = directory.AttributeID(w.Do(directory.CreateAttribute{
		Name: "region", Type: directory.TypeString, UserCanView: true, Hidden: hidden,
	}).Results[0].ID)
	w.Do(directory.SetGroupValue{Group: c.g, Attribute: c.region, Value: coretest.Text("emea")},
		directory.SetGroupValue{Group: c.h, Attribute: c.region, Value: coretest.Text("mars")},
		directory.SetUserValue{User: c.u, Attribute: c.region, Value: coretest.Text("moon")})
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
	c.T.Helper()
	a, err := c.Admin().Attribute(c.T.Context(), c.region)
	if err != nil {
		c.T.Fatal(err)
	}
	return a
}

func (c constrained) misfits() (said []string) {
	c.T.Helper()
	q := &directory.LintQuery{Codes: []directory.FindingCode{directory.LintMisfit}}
	for q != nil {
		page, err := inspect.Lint(c.T.Context(), c.Admin(), nil, *q)
		if err != nil {
			c.T.Fatal(err)
		}
		for _, f := range page.Findings {
			said = append(said, f.Msg)
		}
		q = page.Next
	}
	return said
}

func (c constrained) verify() (problems, notes int) {
	c.T.Helper()
	_, err := verify.Check(c.T.Context(), c.Store, &verify.Report{
		Problem: func(s string) { problems++; c.T.Log(s) }, Note: func(string) { notes++ },
	})
	if err != nil {
		c.T.Fatal(err)
	}
	return problems, notes
}

func TestTighteningSaysWhichValuesWouldNotFit(t *testing.T) {
	c := newConstrained(t, false)
	said := c.Refusal(c.Admin(), c.tighten(""))
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
		if said := c.Refusal(c.Admin(), e); !strings.HasPrefix(said, field+" ") {
			t.Errorf("the refusal is not about %s: %s", field, said)
		}
	}
}

func TestMisfitsAreDroppedOrStay(t *testing.T) {
	c := newConstrained(t, false)
	dropped := c.Do(c.tighten(directory.DropMisfits))
	if got := c.Effective(c.u, c.region); got != "none:" {
		t.Errorf("after dropping: %s", got)
	}
	c.Do(directory.Revert{Revision: dropped.Revision})
	if got := c.Effective(c.u, c.region); got != "user:moon" || len(c.attr().Allowed) != 0 {
		t.Errorf("after the revert: %s, %+v", got, c.attr())
	}
	p, err := c.Admin().Preview(t.Context(), directory.Change{Edits: []directory.Edit{c.tighten(directory.KeepMisfits)}})
	if err != nil || len(p.Warnings) != 1 || p.Warnings[0].Code != directory.WarnKeepsMisfits {
		t.Errorf("the preview warns of %+v, %v", p.Warnings, err)
	}
	c.Do(c.tighten(directory.KeepMisfits))
	if got := c.Effective(c.u, c.region); got != "user:moon" {
		t.Errorf("after keeping: %s", got)
	}
	if said := c.misfits(); len(said) != 2 || !strings.Contains(said[0], "on H") || !strings.Contains(said[1], "user ") {
		t.Errorf("lint says %q", said)
	}
	if problems, notes := c.verify(); problems != 0 || notes != 2 {
		t.Errorf("verify finds %d problems and %d notes", problems, notes)
	}
	// A value that is kept can be written back and given a window, and nothing else.
	if done := c.Do(directory.SetUserValue{User: c.u, Attribute: c.region, Value: coretest.Text("moon")}); done.Changed {
		t.Error("writing the value back changes something")
	}
	window := &directory.Window{ExpiresAt: 4_000_000_000_000}
	c.Do(directory.SetUserValue{User: c.u, Attribute: c.region, Value: coretest.Text("moon"), Window: window})
	c.Refuse(c.Admin(), directory.KindInvalid, directory.SetUserValue{User: c.u, Attribute: c.region,
		Value: coretest.Text("venus")})
	c.Refuse(c.Admin(), directory.KindInvalid, directory.SetGroupValue{Group: c.g, Attribute: c.region,
		Value: coretest.Text("moon")})
	// A constraint that is tightened again says what fitted until now.
	if said := c.Refusal(c.Admin(),
		directory.UpdateAttribute{Attribute: c.region, Pattern: new("a.*")}); !strings.Contains(said, "1 value ") {
		t.Errorf("tightened again: %s", said)
	}
	// One that is wider asks nothing, and changes no value.
	c.Do(directory.UpdateAttribute{Attribute: c.region, Allowed: &[]directory.AllowedValue{{Value: "apac"},
		{Value: "emea"}, {Value: "mars"}}})
	if said := c.misfits(); len(said) != 1 {
		t.Errorf("with a wider constraint lint says %q", said)
	}
}

func TestValuesFitWhateverTheEdit(t *testing.T) {
	c := newConstrained(t, false)
	moon := c.Do(directory.SetUserValue{User: c.u, Attribute: c.region, Value: coretest.Text("emea")}) // it was moon
	c.Do(c.tighten(directory.DropMisfits))
	for name, e := range map[string]directory.Edit{
		"a user value":   directory.SetUserValue{User: c.u, Attribute: c.region, Value: coretest.Text("moon")},
		"a group value":  directory.SetGroupValue{Group: c.h, Attribute: c.region, Value: coretest.Text("moon")},
		"an empty value": directory.SetGroupValue{Group: c.h, Attribute: c.region, Value: coretest.Text("")},
		"a list of values": directory.SetGroupValues{Attribute: c.region,
			Items: []directory.GroupValueItem{{Group: c.h, Value: coretest.Text("moon")}}},
		"a default": directory.UpdateAttribute{Attribute: c.region, Default: new(coretest.Text("moon"))},
		"a new default": directory.CreateAttribute{Name: "n", Type: directory.TypeInteger,
			Constraints: directory.Constraints{Least: "5"}, Default: new(coretest.Text("4"))},
		"a bound of texts":   directory.UpdateAttribute{Attribute: c.region, Least: new("5")},
		"a built-in":         directory.UpdateAttribute{Attribute: directory.AttrLocale, Pattern: new("en")},
		"a long description": directory.UpdateAttribute{Attribute: c.region, Description: new(strings.Repeat("x", 1001))},
		"of a group, too":    directory.UpdateGroup{Group: c.g, Description: new("a\x00b")},
	} {
		_, err := c.Admin().Commit(t.Context(), directory.Change{Edits: []directory.Edit{e}})
		if k := directory.KindOf(err); k != directory.KindInvalid && k != directory.KindProtected {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.Refuse(c.Admin(), directory.KindConflict, directory.Revert{Revision: moon.Revision})
	// In one change, what is set first must fit what the attribute becomes.
	said := c.Refusal(c.Admin(), directory.SetUserValue{User: c.u, Attribute: c.region, Value: coretest.Text("apac")},
		directory.UpdateAttribute{Attribute: c.region, Allowed: &[]directory.AllowedValue{{Value: "emea"}}})
	if !strings.Contains(said, "1 value") {
		t.Errorf("a value of the same change: %s", said)
	}
	c.Do(directory.UpdateAttribute{Attribute: c.region, Allowed: &[]directory.AllowedValue{}, Pattern: new(""),
		Description: new(" Where\r\nit is ")})
	if a := c.attr(); !a.Constraints.IsZero() || a.Description != "Where\nit is" {
		t.Errorf("cleared: %+v", a)
	}
}

func TestARevertThatTightensSaysWhatWouldNotFit(t *testing.T) {
	c := newConstrained(t, false)
	c.Do(c.tighten(directory.DropMisfits))
	loose := c.Do(directory.UpdateAttribute{Attribute: c.region, Allowed: &[]directory.AllowedValue{}})
	c.Do(directory.SetUserValue{User: c.u, Attribute: c.region, Value: coretest.Text("venus")})
	undo := directory.Revert{Revision: loose.Revision}
	c.Refuse(c.Admin(), directory.KindConflict, undo)
	undo.Misfits = directory.KeepMisfits
	c.Do(undo)
	if got := c.Effective(c.u, c.region); got != "user:venus" || len(c.misfits()) != 1 || len(c.attr().Allowed) != 2 {
		t.Errorf("after the revert: %s, %q, %+v", got, c.misfits(), c.attr())
	}
}

func TestALocalizedValueLosesTheTextsThatDoNotFit(t *testing.T) {
	w := coretest.New(t)
	g, a := w.Group("G"), w.Attribute("a", directory.TypeText)
	both := directory.Value{Texts: []directory.LocalText{{Language: "DE", Text: "sehr lang"},
		{Language: "EN", Text: "long"}}}
	w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: both})
	tighter := directory.UpdateAttribute{Attribute: a, MaxLength: new(4)}
	if said := w.Refusal(w.Admin(), tighter); !strings.Contains(said, "1 value") {
		t.Errorf("refused: %s", said)
	}
	tighter.Misfits = directory.KeepMisfits
	kept := w.Do(tighter)
	w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: both.With("EN", "shor")}) // the German text stays
	w.Refuse(w.Admin(), directory.KindInvalid,
		directory.SetGroupValue{Group: g, Attribute: a, Value: both.With("FR", "trop long")})
	w.Do(directory.Revert{Revision: kept.Revision})
	tighter.Misfits = directory.DropMisfits
	w.Do(tighter)
	values, err := w.Admin().GroupValues(t.Context(), a)
	if err != nil || len(values) != 1 ||
		!values[0].Value.Equal(directory.Value{Texts: []directory.LocalText{{Language: "EN", Text: "shor"}}}) {
		t.Errorf("left is %+v, %v", values, err)
	}
}

func TestConstraintsOfHiddenValuesTellNothing(t *testing.T) {
	c := newConstrained(t, true)
	setter := c.As(c.WithPermissions("Setter", "set_values", "manage_attributes", "read_effective"))
	said := c.Refusal(setter, c.tighten(""))
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
	if said := c.Refusal(c.Admin(), c.tighten("")); !strings.Contains(said, "2 values") {
		t.Errorf("who may open them is told: %s", said)
	}
	if _, err := setter.Commit(t.Context(),
		directory.Change{Edits: []directory.Edit{c.tighten(directory.KeepMisfits)}}); err != nil {
		t.Fatal(err)
	}
	if said := c.misfits(); len(said) != 0 {
		t.Errorf("lint tells of hidden values: %q", said)
	}
	c.Refuse(setter, directory.KindInvalid, directory.SetUserValue{User: c.u, Attribute: c.region,
		Value: coretest.Text("venus")})
	c.Do(directory.SetUserValue{User: c.u, Attribute: c.region, Value: coretest.Text("apac")})
}

func TestHidingKeepsWhatDidNotFitBefore(t *testing.T) {
	c := newConstrained(t, false)
	c.Do(c.tighten(directory.KeepMisfits))
	c.Do(directory.UpdateAttribute{Attribute: c.region, Hidden: new(true)})
	rows := 0
	err := c.Store.Read(t.Context(), func(r store.Reader) error {
		return r.Scan(context.Background(), directory.RowGroupValue, func(directory.Row) error { rows++; return nil })
	})
	if err != nil || rows != 2 {
		t.Errorf("%d group values are left, %v", rows, err)
	}
}

func TestAnImportTakesWhatAnExportHas(t *testing.T) {
	c := newConstrained(t, false)
	c.Do(c.tighten(directory.KeepMisfits), directory.UpdateGroup{Group: c.g, Description: new("all of it")})
	var rows []directory.Row
	err := c.Store.Read(t.Context(), func(r store.Reader) error {
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
	other := coretest.Importing(t, s, 0)
	defer other.Close()
	if _, err := importer.Run(t.Context(), other, importer.Import{Job: "j", Rows: coretest.Yielding(rows,
		io.EOF)}); err != nil {
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
	fresh := coretest.Importing(t, memstore.New(), 0)
	defer fresh.Close()
	if _, err := importer.Run(t.Context(), fresh,
		importer.Import{Job: "j", Rows: coretest.Yielding(bad, io.EOF)}); directory.KindOf(err) != directory.KindInvalid {
		t.Errorf("an import with a broken pattern: %v", err)
	}
}
