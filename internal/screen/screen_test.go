package screen_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"cohort/internal/screen"
)

func none(string) string { return "" }

func TestWhatIsNoTerminalHasNoWidthAndNoColour(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, w := range []any{f, &bytes.Buffer{}} {
		if screen.IsTerminal(w) {
			t.Errorf("%T is taken for a terminal", w)
		}
	}
	if got := screen.Of(f, none); got != (screen.Screen{}) {
		t.Errorf("got %+v", got)
	}
	if got := (screen.Screen{}).Styled(screen.Bold, "x"); got != "x" {
		t.Errorf("got %q", got)
	}
}

func TestTablesFitTheScreenAndLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(40, 200).Draw(t, "width")
		columns := rapid.IntRange(1, 4).Draw(t, "columns")
		cell := rapid.StringMatching(`[a-zé→]{0,30}( [a-zé]{1,9}){0,8}`)
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, columns, columns), 1, 5).Draw(t, "rows")
		var out bytes.Buffer
		screen.Screen{Width: width}.Table(&out, rows)
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Fatalf("a line has %d columns of %d: %q", n, width, line)
			}
		}
		letters := func(s string) string { return strings.Map(keepLetters, s) }
		got, want := len(letters(out.String())), 0
		for _, row := range rows {
			want += len(letters(strings.Join(row, "")))
		}
		if got != want {
			t.Fatalf("%d bytes of %d are written:\n%s", got, want, &out)
		}
	})
}

func keepLetters(r rune) rune {
	if r == ' ' || r == '\n' {
		return -1
	}
	return r
}

func TestWordsAreNotCutWhereTheyFit(t *testing.T) {
	var out bytes.Buffer
	screen.Screen{Width: 30}.Paragraph(&out, "  ", "Ada Lovelace has emea for region from EMEA through Berlin.")
	want := "  Ada Lovelace has emea for\n  region from EMEA through\n  Berlin.\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	out.Reset()
	screen.Screen{Width: 24}.HangingIndent(&out, "rule  ", "the strongest rank decides")
	if want := "rule  the strongest rank\n      decides\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestTimesAreRelativeForPeopleOnly(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	person := screen.Screen{Person: true, Now: now}
	for ago, want := range map[time.Duration]string{
		-2 * time.Second: "just now",

		0: "just now", 30 * time.Second: "just now", time.Minute: "1 minute ago", 3 * time.Hour: "3 hours ago",
		49 * time.Hour: "2 days ago", 800 * 24 * time.Hour: "2 years ago", -25 * time.Hour: "in 1 day",
	} {
		if got := person.Time(now.Add(-ago)); got != want {
			t.Errorf("%s: got %q, want %q", ago, got, want)
		}
	}
	if got := (screen.Screen{}).Time(now); got != "2026-01-31T12:00:00Z" {
		t.Errorf("for a program: %q", got)
	}
	if got := person.Time(time.Time{}); got != "" {
		t.Errorf("the zero time: %q", got)
	}
}

// YAML must mean what the JSON means, whatever the texts are.
func TestYAMLMeansWhatTheJSONMeans(t *testing.T) {
	value := rapid.Deferred(func() *rapid.Generator[any] { return jsonValue(3) })
	rapid.Check(t, func(t *rapid.T) {
		want := value.Draw(t, "value")
		var out bytes.Buffer
		if err := screen.WriteObject(&out, screen.YAML, want); err != nil {
			t.Fatal(err)
		}
		var got any
		if err := yaml.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("%v\n%s", err, &out)
		}
		a, _ := json.Marshal(want)
		b, err := json.Marshal(got)
		if err != nil || !bytes.Equal(a, b) {
			t.Fatalf("%v: want %s, got %s\n%s", err, a, b, &out)
		}
	})
}

func jsonValue(depth int) *rapid.Generator[any] {
	scalar := rapid.OneOf(
		rapid.SampledFrom([]any{nil, true, "no", "NULL", "025", "1e5", "y", "~", "a: b", "- x", "# c", "", " x", "x ", "emea",
			"it's", "2026-01-01", ".inf", "0x1F"}),
		rapid.Map(rapid.StringN(0, 12, -1), func(s string) any { return strings.ToValidUTF8(s, "") }),
		rapid.Map(rapid.IntRange(-1000, 1000), func(n int) any { return n }),
	)
	if depth == 0 {
		return scalar
	}
	return rapid.OneOf(scalar,
		rapid.Map(rapid.SliceOfN(jsonValue(depth-1), 0, 3), func(l []any) any { return l }),
		rapid.Map(rapid.MapOfN(rapid.StringMatching(`[a-z_]{1,8}|on|1`), jsonValue(depth-1), 0, 3),
			func(m map[string]any) any { return m }),
	)
}

type thing struct {
	ID, Name string
}

func things(list ...thing) []screen.Item[thing] {
	var items []screen.Item[thing]
	for _, v := range list {
		raw, _ := json.Marshal(map[string]string{"id": v.ID, "name": v.Name})
		items = append(items, screen.Item[thing]{Raw: raw, Value: v})
	}
	return items
}

func TestAListHasFiveForms(t *testing.T) {
	list := screen.List[thing]{
		Member: "things", Empty: "There is nothing.",
		Name: func(v *thing) string { return v.Name }, ID: func(v *thing) string { return v.ID },
		Columns: []screen.Column[thing]{
			{Title: "id", Text: func(v *thing) string { return v.ID }},
			{Title: "full_name", Text: func(v *thing) string { return v.Name }},
		},
	}
	items := things(thing{"2", "EMEA"}, thing{"3", "emea"}, thing{"4", "a, \x1b[2J\"b\""})
	for format, want := range map[screen.Format]string{
		screen.Table: "ID  FULL NAME\n2   EMEA\n3   emea\n4   a, ·[2J\"b\"\n",
		screen.CSV:   "id,full_name\n2,EMEA\n3,emea\n4,\"a, \x1b[2J\"\"b\"\"\"\n",
		screen.Name:  "2\n3\na, ·[2J\"b\"\n",
		screen.YAML: "revision: 5\nthings:\n  - id: \"2\"\n    name: EMEA\n  - id: \"3\"\n    name: emea\n  - id: \"4\"\n " +
			"   name: \"a, \\u001b[2J\\\"b\\\"\"\n",
	} {
		var out bytes.Buffer
		if err := list.Write(&out, screen.Screen{}, format, items, screen.Member{Name: "revision", Value: 5}); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("%s:\n%s\nwant\n%s", format, &out, want)
		}
	}
	var out bytes.Buffer
	if err := list.Write(&out, screen.Screen{}, screen.JSON, nil); err != nil ||
		out.String() != "{\n  \"things\": []\n}\n" {
		t.Errorf("%v: %s", err, &out)
	}
	out.Reset()
	if err := list.Write(&out, screen.Screen{Person: true, Width: 80}, screen.Table, nil); err != nil ||
		out.String() != "There is nothing.\n" {
		t.Errorf("%v: %s", err, &out)
	}
}

func TestALongTextGoesThroughThePager(t *testing.T) {
	dir := t.TempDir()
	env := func(name string) string {
		return map[string]string{"COHORT_PAGER": "cat > " + filepath.Join(dir, "seen")}[name]
	}
	text := []byte(strings.Repeat("line\n", 30))
	for height, paged := range map[int]bool{24: true, 31: false} {
		var out bytes.Buffer
		s := screen.Screen{Person: true, Height: height}
		if err := s.Page(context.Background(), &out, text, os.Environ(), env); err != nil {
			t.Fatal(err)
		}
		seen, err := os.ReadFile(filepath.Join(dir, "seen"))
		if (err == nil) != paged || paged != bytes.Equal(seen, text) || paged == (out.Len() > 0) {
			t.Error(fmt.Sprint(height), err, len(seen), out.Len())
		}
		_ = os.Remove(filepath.Join(dir, "seen"))
	}
}
