package table_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/table"
)

// types are those of the attributes that there are.
func types(name string) (directory.Type, bool) {
	t, ok := map[string]directory.Type{"region": "string", "tags": "list", "since": "date", "limit": "number"}[name]
	return t, ok
}

func open(t *testing.T, text string, opt table.Options) *table.Table {
	t.Helper()
	opt.TypeOf = types
	tab, err := table.Open([]byte(text), opt)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tab.Count(); err != nil {
		t.Fatal(err)
	}
	return tab
}

func all(t *testing.T, tab *table.Table) *table.Chunk {
	t.Helper()
	rows, err := tab.Next(1000)
	if err != nil {
		t.Fatal(err)
	}
	return tab.State(rows)
}

// encodings write a text as spreadsheets do.
func encodings() map[string]func(string) []byte {
	units := func(order binary.AppendByteOrder, mark bool) func(string) []byte {
		return func(s string) []byte {
			var b []byte
			if mark {
				b = order.AppendUint16(b, 0xfeff)
			}
			for _, u := range utf16.Encode([]rune(s)) {
				b = order.AppendUint16(b, u)
			}
			return b
		}
	}
	return map[string]func(string) []byte{
		"utf-8":              func(s string) []byte { return []byte(s) },
		"utf-8 with mark":    func(s string) []byte { return []byte("\ufeff" + s) },
		"utf-16le with mark": units(binary.LittleEndian, true),
		"utf-16be with mark": units(binary.BigEndian, true),
		"utf-16le":           units(binary.LittleEndian, false),
		"utf-16be":           units(binary.BigEndian, false),
		"windows-1252": func(s string) []byte {
			var b []byte
			for _, r := range s {
				if i := strings.IndexRune("\u20ac", r); i >= 0 {
					r = 0x80
				}
				b = append(b, byte(r))
			}
			return b
		},
	}
}

// Every encoding, delimiter and line ending gives the same state.
func TestWhatSpreadsheetsWriteIsRead(t *testing.T) {
	for name, encode := range encodings() {
		for _, delimiter := range []string{",", ";", "\t"} {
			for _, end := range []string{"\n", "\r\n"} {
				text := strings.Join([]string{
					strings.Join([]string{"Source:ERP", "Email", "first_name", "attr:Region"}, delimiter),
					strings.Join([]string{"007", "zoe@example.com", `"Zo` + "\u00e9" + `, ""Z"""`, "5 " + "\u20ac"}, delimiter), "",
				}, end)
				tab, err := table.Open(encode(text), table.Options{TypeOf: types})
				if err != nil {
					t.Fatalf("%s %q: %v", name, delimiter, err)
				}
				u := all(t, tab).State.Users
				if len(u) != 1 || u[0].Sources["erp"] != "007" || *u[0].FirstName != "Zo\u00e9, \"Z\"" ||
					u[0].Values[0].Text != "5 \u20ac" {
					t.Errorf("%s %q %q (%s): %+v", name, delimiter, end, tab.Encoding, u)
				}
			}
		}
	}
}

func TestAnEmptyCellLeavesAndMarksClear(t *testing.T) {
	tab := open(t, "email,first_name,active,groups,attr:region,attr:tags,attr:region@until\n"+
		`a@b.c,,,,,,`+"\n"+`b@b.c,\N,no,\N,\N,\E,`+"\n"+`c@b.c,\E,yes,x|y\|z|source:erp/1,\E,p|q,2030-01-02`+"\n",
		table.Options{})
	users := all(t, tab).State.Users
	if u := users[0]; u.FirstName != nil || u.Disabled != nil || u.Groups != nil || len(u.Values) > 0 {
		t.Errorf("empty cells: %+v", u)
	}
	if u := users[1]; *u.FirstName != "" || !*u.Disabled || len(*u.Groups) != 0 || !u.Values[0].Clear ||
		u.Values[1].Clear {
		t.Errorf("clearing: %+v", u)
	}
	u := users[2]
	var groups []string
	for _, g := range *u.Groups {
		groups = append(groups, g.Group)
	}
	if want := []string{"x", "y|z", "source:erp/1"}; !slices.Equal(groups, want) {
		t.Errorf("groups %q, want %q", groups, want)
	}
	if v := u.Values[0]; v.Text != "" || v.Clear || v.Until == nil || u.Values[1].Text != "p,q" {
		t.Errorf("values: %+v", u.Values)
	}
}

func TestTablesThatAreNotClearAreRefused(t *testing.T) {
	for _, c := range []struct {
		text string
		opt  table.Options
		want string
	}{
		{"", table.Options{}, "is empty"},
		{"a,b\n", table.Options{}, "say it with --kind"},
		{"email,shoe\n", table.Options{}, `the column "shoe" means nothing here`},
		{"email,attr:shoe\n", table.Options{}, "names the attribute shoe"},
		{"email,attr:region@until\n", table.Options{}, "needs the column attr:region"},
		{"email,EMAIL\n", table.Options{}, "is there twice"},
		{"first_name,last_name\n", table.Options{}, "have no key"},
		{"email\n", table.Options{Key: "source:erp"}, "there is no such column"},
		{"email\n", table.Options{Map: map[string]string{"Mail": "email"}}, "which the file has not"},
		{"attribute,value\n", table.Options{}, "needs one of the columns group and user"},
		{"email\n", table.Options{Encoding: "ebcdic"}, "is not one of"},
		{"email\n", table.Options{DateFormat: "Q4"}, "write YYYY"},
	} {
		c.opt.TypeOf = types
		_, err := table.Open([]byte(c.text), c.opt)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v; want %q", c.text, err, c.want)
		}
	}
}

func TestRowsThatAreWrongAreRefusedAndTheOthersTaken(t *testing.T) {
	tab := open(t, "source:erp,email,active,attr:since\n1,a@b.c,yes,31.12.2025\n2,b@b.c,perhaps,\n"+
		"3,c@b.c\n,d@b.c,,\n5,e@b.c,,\n5,f@b.c,,\n6,g@b.c,,2025-12-31\n",
		table.Options{DateFormat: "DD.MM.YYYY"})
	c := all(t, tab)
	var got []string
	for _, r := range c.Refused {
		got = append(got, fmt.Sprintf("%d %v", r.Row.Line, r.Why))
	}
	want := []string{
		"3 active must be yes or no", "4 has 2 cells, and the header has 4", "5 has no source:erp, by which it is known",
		"6 its key is there 2 times", "7 its key is there 2 times", "8 attr:since must be a date of the format DD.MM.YYYY",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if u := c.State.Users; len(u) != 1 || u[0].Values[0].Text != "2025-12-31" {
		t.Errorf("%+v", u)
	}
}

// Rows of groups can be in any order: an organisation chart gives the same edits.
func TestGroupsComeInAnyOrder(t *testing.T) {
	lines := []string{"1000,Top,"}
	for i := 1001; i < 1019; i++ {
		lines = append(lines, fmt.Sprintf("%d,G%d,%d", i, i, 1000+(i-1000)/2))
	}
	live := &desired.Live{Groups: []desired.LiveGroup{{ID: 1, Name: "All Users"}}}
	for range 20 {
		rand.Shuffle(len(lines), func(i, k int) { lines[i], lines[k] = lines[k], lines[i] })
		tab := open(t, "source:erp,name,parents\n"+strings.Join(lines, "\n"), table.Options{})
		p := desired.Make(all(t, tab).State, live, desired.Options{})
		made, nested := 0, 0
		for _, e := range p.Edits() {
			switch e.(type) {
			case directory.CreateGroup:
				made++
			case directory.AddParent:
				nested++
			}
		}
		if made != 19 || nested != 18 || len(p.Problems) > 0 {
			t.Fatalf("%d groups and %d parents: %v", made, nested, p.Err())
		}
	}
}
