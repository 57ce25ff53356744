package importer_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/history"
	"cohort/internal/importer"
	"cohort/internal/record"
	"cohort/internal/sample"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/store/storetest"
	"cohort/internal/verify"
	"cohort/internal/view"
)

// sampleRows are the rows of a sample, in the order of an import.
func sampleRows(users int) []directory.Row {
	d := sample.New(sample.Shape{
		Seed: 3, Users: users, Groups: 30, Depth: 4, Attributes: 30, GroupValues: 100, Memberships: 3 * users,
		UserValues: users / 2, Skew: 1,
	}, sample.Initialized())
	rows := slices.Collect(d.Catalog())
	slices.SortStableFunc(rows, func(a, b directory.Row) int {
		ka, kb := a.Key(), b.Key()
		return cmp.Or(cmp.Compare(ka.Kind, kb.Kind), cmp.Compare(ka.A, kb.A), cmp.Compare(ka.B, kb.B))
	})
	for i := range users {
		u := d.User(i)
		rows = append(rows, u.User)
		slices.SortFunc(u.Memberships, func(a, b directory.Membership) int { return cmp.Compare(a.Group, b.Group) })
		for _, m := range u.Memberships {
			rows = append(rows, m)
		}
		for _, v := range u.Values {
			rows = append(rows, v)
		}
		if i == 0 {
			rows = append(rows, directory.UserRole{User: u.User.ID, Role: directory.AdminRole})
		}
		mail := fmt.Sprintf("User%d@example.com", i)
		rows = append(rows, directory.Credential{
			ID: directory.CredentialID(i + 1), User: u.User.ID, Kind: directory.CredentialEmail,
			Identifier: strings.ToLower(mail), Shown: mail, CreatedAt: u.User.CreatedAt,
		})
	}
	return append(rows,
		directory.SourceReference{Object: d.UserID(0).Object(), Source: "erp", SourceID: "1"},
		directory.SourceReference{Object: d.UserID(1).Object(), Source: "erp", SourceID: "2"},
		directory.Facet{Object: d.Group(0).Object(), Dialect: "looker", Kind: "k", Data: `{"a":1}`},
	)
}

func imported(t *testing.T, rows []directory.Row, most int) store.Store {
	t.Helper()
	s := memstore.New()
	c := coretest.Importing(t, s, most)
	defer c.Close()
	done, err := importer.Run(t.Context(), c, importer.Import{Job: "j", Rows: coretest.Yielding(rows, io.EOF)})
	if err != nil || done.Rows != int64(len(rows)) || done.Before != 0 || done.Repeated {
		t.Fatalf("Import = %+v, %v; want %d rows", done, err, len(rows))
	}
	return s
}

func soundness(t *testing.T, s store.Store) (notes []string) {
	t.Helper()
	_, err := verify.Check(t.Context(), s, &verify.Report{
		Problem: func(what string) { t.Error(what) }, Note: func(what string) { notes = append(notes, what) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return notes
}

func contents(t *testing.T, s store.Store) storetest.Contents {
	t.Helper()
	c, err := storetest.Read(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnImportIsABaseline(t *testing.T) {
	rows := sampleRows(200)
	s := imported(t, rows, 150)
	if notes := soundness(t, s); len(notes) != 1 || !strings.Contains(notes[0], "from revision 2 on") {
		t.Errorf("notes = %q", notes)
	}
	found := contents(t, s)
	byKey := map[directory.RowKey]directory.Row{}
	for _, list := range found.Rows {
		for _, row := range list {
			byKey[row.Key()] = row
		}
	}
	for _, row := range rows {
		if got := byKey[row.Key()]; string(record.Image(row)) != string(record.Image(got)) {
			t.Errorf("row %+v is %+v now", row, got)
		}
	}
	through, sum := int64(0), int64(0)
	for i, rec := range found.Records[1:] {
		b, ok := record.Baseline(rec)
		if !ok || b.Part != i+1 || b.Through <= through || b.Done != (i+2 == len(found.Records)) ||
			rec.Header.RequestID != "j" {
			t.Errorf("record %d is %+v, %v after %d", i+2, b, ok, through)
		}
		through = b.Through
		n := int64(0)
		for _, c := range b.Counts {
			n += c.Rows
		}
		if sum += n; n > 150 {
			t.Errorf("a change of %d rows", n)
		}
	}
	if through != int64(len(rows)) || sum != through {
		t.Errorf("the records count %d rows, through %d; want %d", sum, through, len(rows))
	}
	if _, ok := record.Baseline(found.Records[0]); ok {
		t.Error("the first record, of what every directory has, passes for an import")
	}
}

func TestHistoryBeginsBehindAnImport(t *testing.T) {
	s := imported(t, sampleRows(50), 100)
	c, err := core.Open(t.Context(), s, core.Options{Sealer: coretest.PlainSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	last := c.Head().Revision
	admin, made, err := c.Bootstrap(t.Context(), "", "")
	if err != nil || !made || admin.User != 1 || admin.Secret == "" || admin.ClientID == "" {
		t.Fatalf("Bootstrap = %+v, %v, %v; want credentials for user 1", admin, made, err)
	}
	if _, made, err := c.Bootstrap(t.Context(), "", ""); made || err != nil {
		t.Errorf("Bootstrap made another administrator: %v", err)
	}
	a := view.New(c).As(directory.Caller{User: admin.User})
	if _, err := a.Commit(t.Context(),
		directory.Change{Edits: []directory.Edit{directory.UpdateUser{User: 7, FirstName: new("Ada")}}}); err != nil {
		t.Fatal(err)
	}
	for rev := range last + 3 {
		_, _, err := a.EffectiveAt(t.Context(), 7, nil, directory.Point{Revision: rev})
		switch kind := directory.KindOf(err); {
		case rev == 0: // is now
		case rev < last && kind != directory.KindGone:
			t.Errorf("as of revision %d, before the end of the import: %v, want gone", rev, err)
		case rev >= last && err != nil:
			t.Errorf("as of revision %d: %v", rev, err)
		}
	}
	if _, err := history.Revert(t.Context(), a, last, ""); directory.KindOf(err) != directory.KindProtected {
		t.Errorf("reverting an import: %v, want protected", err)
	}
	if _, err := a.Commit(t.Context(),
		directory.Change{Edits: []directory.Edit{directory.PruneHistory{Through: last}}}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.EffectiveAt(t.Context(), 7, nil,
		directory.Point{Revision: last - 1}); directory.KindOf(err) != directory.KindGone {
		t.Errorf("as of an import that was pruned: %v, want gone", err)
	}
	changes, err := history.Changes(t.Context(), a, directory.ChangeQuery{RequestID: "j"})
	if err != nil || len(changes) != int(last)-1 {
		t.Errorf("the history has %d changes of the job, %v; want %d", len(changes), err, last-1)
	}
	if _, err := view.New(c).As(directory.Caller{User: admin.User}).Commit(t.Context(),
		directory.Change{Edits: []directory.Edit{directory.Baseline{}}}); err == nil {
		t.Error("a caller makes a baseline")
	}
	soundness(t, s)
}

// An import may end anywhere: in the middle of a row, or when a change is
// committed and nobody has heard of it.
func TestAnImportGoesOnWhereItEnded(t *testing.T) {
	rows := sampleRows(60)
	whole := contents(t, imported(t, rows, 40))
	for end := 0; end <= len(rows); end += effort.Of(67, 13) {
		s := memstore.New()
		stop := errors.New("stopped")
		for at := end; ; at += 1 + end/2 {
			c := coretest.Importing(t, s, 40)
			source := coretest.Yielding(rows[:min(at, len(rows))], stop)
			if at >= len(rows) {
				source = coretest.Yielding(rows, io.EOF)
			}
			done, err := importer.Run(t.Context(), c, importer.Import{Job: "j", Rows: source})
			c.Close()
			if at >= len(rows) {
				if err != nil || done.Rows != int64(len(rows)) {
					t.Fatalf("the last run after %d rows: %+v, %v", end, done, err)
				}
				break
			}
			if !errors.Is(err, stop) {
				t.Fatalf("a run that ends after %d rows: %v", at, err)
			}
		}
		got := contents(t, s)
		for kind, want := range whole.Rows {
			if kind == "group" || kind == "attribute" {
				continue // what is built in was made at another time
			}
			if !slices.EqualFunc(want, got.Rows[kind],
				func(a, b directory.Row) bool { return string(record.Image(a)) == string(record.Image(b)) }) {
				t.Fatalf("after an end at row %d the rows of kind %s are others", end, kind)
			}
		}
		if got.Head.Users != whole.Head.Users || got.Head.Groups != whole.Head.Groups ||
			got.Head.Named != whole.Head.Named || got.Head.Next != whole.Head.Next {
			t.Errorf("the head is %+v, want %+v", got.Head, whole.Head)
		}
		soundness(t, s)
	}
}

func TestNothingIsDoneToADirectoryWhoseImportHasNotEnded(t *testing.T) {
	rows := sampleRows(60)
	s := memstore.New()
	c := coretest.Importing(t, s, 40)
	_, err := importer.Run(t.Context(), c, importer.Import{Job: "j", Rows: coretest.Yielding(rows[:300],
		errors.New("stopped"))})
	c.Close()
	if err == nil || c.Head().Revision < 3 {
		t.Fatalf("Import = %v at revision %d", err, c.Head().Revision)
	}
	if _, err := core.Open(t.Context(), s,
		core.Options{Sealer: coretest.PlainSealer{}}); directory.KindOf(err) != directory.KindConflict {
		t.Errorf("a directory of which a part is missing is opened: %v", err)
	}
	c = coretest.Importing(t, s, 40)
	defer c.Close()
	if _, err := importer.Run(t.Context(), c,
		importer.Import{Job: "other", Rows: coretest.Yielding(rows,
			io.EOF)}); directory.KindOf(err) != directory.KindConflict {
		t.Errorf("another file goes on: %v", err)
	}
	if _, made, err := c.Bootstrap(t.Context(), "", ""); made || err != nil {
		t.Errorf("Bootstrap = %v, %v in the middle of an import", made, err)
	}
	if _, err := importer.Run(t.Context(), c, importer.Import{Job: "j", Rows: coretest.Yielding(rows,
		io.EOF)}); err != nil {
		t.Fatal(err)
	}
	before := c.Head()
	done, err := importer.Run(t.Context(), c, importer.Import{Job: "j", Rows: coretest.Yielding(nil,
		errors.New("is not read"))})
	if err != nil || !done.Repeated || done.Rows != int64(len(rows)) || c.Head() != before {
		t.Errorf("repeating the import: %+v, %v", done, err)
	}
	if _, err := importer.Run(t.Context(), c,
		importer.Import{Job: "other", Rows: coretest.Yielding(rows,
			io.EOF)}); directory.KindOf(err) != directory.KindConflict {
		t.Errorf("another file is imported into what an import has made: %v", err)
	}
}

func TestOnlyAnEmptyDirectoryIsImportedInto(t *testing.T) {
	w := coretest.New(t)
	_, err := importer.Run(t.Context(), w.Core, importer.Import{Job: "j", Rows: coretest.Yielding(sampleRows(3), io.EOF)})
	if directory.KindOf(err) != directory.KindConflict {
		t.Errorf("Import = %v, want a conflict", err)
	}
}

func TestACancelledImportCanBeRepeated(t *testing.T) {
	rows := sampleRows(60)
	s := memstore.New()
	c := coretest.Importing(t, s, 40)
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := importer.Run(ctx, c, importer.Import{Job: "j", Rows: coretest.Yielding(rows, io.EOF),
		Progress: func(n int64) {
			if n > 100 {
				cancel()
			}
		}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Import = %v, want that it was cancelled", err)
	}
	if done, err := importer.Run(t.Context(), c, importer.Import{Job: "j", Rows: coretest.Yielding(rows,
		io.EOF)}); err != nil ||
		done.Before <= 100 {
		t.Errorf("Import = %+v, %v", done, err)
	}
	soundness(t, s)
}
