package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/importer"
	"cohort/internal/plan"
	"cohort/internal/record"
	"cohort/internal/sample"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/transfer"
	"cohort/internal/verify"
	"cohort/internal/view"
)

type noSealer struct{ plan.Sealer }

func (noSealer) Seal(directory.AttributeID, directory.Object, string) (string, []byte, error) {
	return "k", []byte("sealed"), nil
}

func open(t *testing.T, s store.Store) *core.Core {
	t.Helper()
	c, err := core.Open(t.Context(), s, core.Options{Sealer: noSealer{}, Importing: true, ImportRows: 100})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// varied is a store with some of everything: also of what must not be shown.
func varied(t *testing.T) (store.Store, *core.Core) {
	t.Helper()
	s := memstore.New()
	c := open(t, s)
	if _, _, err := c.Bootstrap(t.Context(), "", ""); err != nil {
		t.Fatal(err)
	}
	var edits []directory.Edit
	d := sample.New(sample.Shape{Seed: 9, Users: 40, Groups: 12, Depth: 3, Attributes: 30, GroupValues: 60,
		Memberships: 90, UserValues: 30, Skew: 1}, c.Head().Next)
	for e := range d.Edits() {
		edits = append(edits, e)
	}
	edits = append(edits,
		directory.SetLoginEmail{User: 2, Email: "Ada@Example.com"},
		directory.SetIdentity{User: 2, Kind: directory.CredentialGoogle, Identifier: "g-1"},
		directory.SetSource{Object: directory.UserID(2).Object(), Source: "erp", SourceID: "1\n\"2\""},
		directory.SetSource{Object: directory.UserID(3).Object(), Source: "erp", SourceID: "3"},
		directory.SetSource{Object: directory.GroupID(4).Object(), Source: "erp", SourceID: "4"},
		directory.SetFacet{Object: directory.UserID(3).Object(), Dialect: "looker", Kind: "k", Name: "n", Data: `{"x":"é"}`},
		directory.SetFacet{Dialect: "looker", Kind: "settings", Data: `[]`},
		directory.CreateAttribute{ID: 900, Name: "secret", Type: directory.TypeString, Hidden: true,
			Default: &directory.Value{Text: "hush"}},
		directory.SetGroupValue{Group: 3, Attribute: 900, Value: directory.Value{Text: "hush"}},
		directory.SetUserValue{User: 4, Attribute: 900, Value: directory.Value{Text: "hush"}},
		directory.SetGroupRoles{Group: 3, Roles: []directory.RoleID{directory.AdminRole}},
		directory.UpdateAttribute{Attribute: directory.AttrLocale, Default: &directory.Value{Text: "de"}},
		directory.DeleteUser{User: 3}, directory.DeleteGroup{Group: 4}, directory.DeleteAttribute{Attribute: d.Attribute(0)},
	)
	if _, err := view.New(c).As(directory.System("test")).Commit(t.Context(), directory.Change{Edits: edits}); err != nil {
		t.Fatal(err)
	}
	return s, c
}

func export(t *testing.T, s store.Store) (text []byte, trailer transfer.Trailer) {
	t.Helper()
	var b bytes.Buffer
	err := s.Read(t.Context(), func(r store.Reader) (err error) {
		_, trailer, err = transfer.Export(t.Context(), r, &b, nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), trailer
}

func rowLines(text []byte) []string {
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	return lines[1 : len(lines)-1]
}

// The law of exports: what is imported is exported again as it was.
func TestWhatIsExportedIsImported(t *testing.T) {
	s, _ := varied(t)
	text, trailer := export(t, s)
	checked, again, err := transfer.Check(bytes.NewReader(text))
	if err != nil || checked.Revision != 3 || again.SHA256 != trailer.SHA256 {
		t.Fatalf("Check = %+v, %+v, %v", checked, again, err)
	}
	if want := (transfer.Omitted{HiddenValues: 3, APICredentials: 1}); trailer.Omitted != want {
		t.Errorf("omitted %+v, want %+v", trailer.Omitted, want)
	}
	for _, hidden := range []string{"hush", "sealed", "api3", `"user":"3"`, `user:3`, `"id":"4","name":"Group`,
		"deleted_rev"} {
		if strings.Contains(string(text), hidden) {
			t.Errorf("the export contains %q", hidden)
		}
	}
	target := memstore.New()
	c := open(t, target)
	r, err := transfer.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	done, err := importer.Run(t.Context(), c, importer.Import{Job: trailer.SHA256, Next: r.Header().Next.IDs(),
		Rows: r.Next})
	if err != nil || done.Rows != trailer.Total() {
		t.Fatalf("Import = %+v, %v; want %d rows", done, err, trailer.Total())
	}
	if _, err := verify.Check(t.Context(), target,
		&verify.Report{Problem: func(what string) { t.Error(what) }}); err != nil {
		t.Fatal(err)
	}
	copied, _ := export(t, target)
	if diff := cmp.Diff(rowLines(text), rowLines(copied)); diff != "" {
		t.Errorf("the rows are others (-before +after):\n%s", diff)
	}
	next := c.Head().Next
	if next.Attribute != checked.Next.Attribute || next.Group != checked.Next.Group || next.User != checked.Next.User {
		t.Errorf("the next ids are %+v, want those of the file, %+v", next, checked.Next)
	}
}

// Rows are canonical, so that two exports of one state are the same bytes.
func TestALineIsWrittenAsItWasRead(t *testing.T) {
	s, _ := varied(t)
	text, _ := export(t, s)
	var p record.RowParser
	for _, line := range rowLines(text) {
		row, err := p.Parse([]byte(line))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if again := string(record.AppendRow(nil, row)); again != line {
			t.Errorf("%s is written as %s", line, again)
		}
	}
	twice, _ := export(t, s)
	if !bytes.Equal(text, twice) {
		t.Error("two exports of one state differ")
	}
}

func TestAFileThatWasCutOffOrAlteredIsRefused(t *testing.T) {
	s, _ := varied(t)
	text, _ := export(t, s)
	for range 300 {
		n := rand.IntN(len(text))
		if _, _, err := transfer.Check(bytes.NewReader(text[:n])); err == nil {
			t.Fatalf("the first %d bytes of %d pass", n, len(text))
		}
		altered := bytes.Clone(text)
		altered[n] ^= 1 << rand.IntN(7)
		if _, _, err := transfer.Check(bytes.NewReader(altered)); err == nil && !inTrailer(text, n) {
			t.Fatalf("byte %d altered from %q to %q passes", n, text[n], altered[n])
		}
	}
	for _, tail := range []string{"\n", "{}", "x\n"} {
		if _, _, err := transfer.Check(strings.NewReader(string(text) + tail)); err == nil {
			t.Errorf("with %q behind the end the file passes", tail)
		}
	}
	lines := strings.SplitAfter(string(text), "\n")
	if _, _, err := transfer.Check(strings.NewReader(strings.Join(append(lines[:5:5], lines[6:]...), ""))); err == nil {
		t.Error("a file without its sixth line passes")
	}
}

// inTrailer reports whether a byte is one of the last line, of which only the
// checksum and the total are held against the rest.
func inTrailer(text []byte, n int) bool {
	return n > bytes.LastIndexByte(text[:len(text)-1], '\n')
}

func TestErrorsNameTheLine(t *testing.T) {
	const header = `{"cohort_export":1,"incarnation":1,"revision":1,"at":1,"users":0,"groups":1,"next":{}}` + "\n"
	for text, want := range map[string]string{
		"":                                       "line 1: the file is empty",
		"{}\n":                                   "line 1: this is no file that cohort export has written",
		"hello":                                  "line 1: the file ends here",
		strings.Replace(header, ":1,", ":2,", 1): "line 1: the file has format 2, and this program knows 1",
		strings.Replace(header, "at", "when", 1): "line 1: the header cannot be read",
		header:                                   "line 1: the file ends here",
		header + `{"row":"user","id":"1"`:        "line 2: the file ends here",
		header + "\n":                            "line 2: row must be the first member",
		header + `{"row":"moon"}` + "\n":         "line 2: row must name a kind of row",
		header + `{"row":"user","id":7}` + "\n":  "line 2: id must be a text",
		header + `{"row":"user","id":"7","id":"7"}` + "\n":                     "line 2: id occurs twice",
		header + `{"row":"user","id":"7","colour":"red"}` + "\n":               "line 2: colour is not known here",
		header + `{"row":"user","id":"7"} {}` + "\n":                           "is followed by something else",
		header + `{"row":"group","id":"7"}` + "\n" + `{"end":false}` + "\n":    "line 3: the last line cannot be read",
		header + `{"row":"group","name":"` + strings.Repeat("x", 9<<20) + "\n": "line 2: is longer than",
	} {
		r, err := transfer.NewReader(strings.NewReader(text))
		for err == nil {
			_, err = r.Next()
		}
		if errors.Is(err, io.EOF) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v, want %q", text, err, want)
		}
	}
}

func TestAnExportThatCannotBeWrittenFails(t *testing.T) {
	s, _ := varied(t)
	text, _ := export(t, s)
	for n := 0; n < len(text); n += 1 + len(text)/50 {
		err := s.Read(context.Background(), func(r store.Reader) error {
			_, _, err := transfer.Export(t.Context(), r, &full{n}, nil)
			return err
		})
		if !errors.Is(err, errFull) {
			t.Fatalf("with room for %d bytes: %v", n, err)
		}
	}
}

var errFull = errors.New("full")

type full struct{ left int }

func (f *full) Write(b []byte) (int, error) {
	if len(b) > f.left {
		return 0, errFull
	}
	f.left -= len(b)
	return len(b), nil
}

// FuzzReader looks for texts at which the reader falls over, and for rows that
// are not written as they were read.
func FuzzReader(f *testing.F) {
	const header = `{"cohort_export":1,"incarnation":1,"revision":1,"at":1,"users":0,"groups":1,"next":{}}` + "\n"
	f.Add([]byte(header + `{"row":"group","id":"7","name":"a"}` + "\n" +
		`{"row":"user_value","user":"1","attribute":"14","value":{"texts":{"EN":"x"}}}` + "\n"))
	f.Add([]byte(header + `{"row":"facet","object":"user:7","dialect":"d","kind":"k","data":"{}"}` + "\n" +
		`{"end":true,"rows":{},"omitted":{},"sha256":""}` + "\n"))
	f.Add([]byte(header + `{"row":"permission_set","id":"1","permissions":["a","b"]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _, _ = transfer.Check(bytes.NewReader(text))
		r, err := transfer.NewReader(bytes.NewReader(text))
		for err == nil {
			var row directory.Row
			if row, err = r.Next(); err != nil {
				break
			}
			var p record.RowParser
			again, err := p.Parse(record.AppendRow(nil, row))
			if err != nil || !cmp.Equal(row, again) {
				t.Fatalf("%+v is read as %+v, %v", row, again, err)
			}
		}
	})
}
