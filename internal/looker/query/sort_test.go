package query

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
)

func TestParseSorts(t *testing.T) {
	same := func(name string) string { return strings.ReplaceAll(name, "unknown", "") }
	for _, test := range []struct {
		in   string
		want []sortKey[string]
	}{
		{"", nil},
		{"null", nil},
		{",", nil},
		{"name", []sortKey[string]{{"name", false}}},
		{"last_name, first_name", []sortKey[string]{{"last_name", false}, {"first_name", false}}},
		{"Name desc,id ASC", []sortKey[string]{{"name", true}, {"id", false}}},
		{`"name desc"`, []sortKey[string]{{"name", true}}},
	} {
		got, err := Sorts(sortedBy(test.in), same)
		if err != nil {
			t.Errorf("parseSorts(%q): %v", test.in, err)
		}
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(sortKey[string]{})); diff != "" {
			t.Errorf("parseSorts(%q) (-want +got):\n%s", test.in, diff)
		}
	}
	for _, in := range []string{"unknown", "name up", "name desc id", strings.Repeat("a,", maxSorts) + "a"} {
		if got, err := Sorts(sortedBy(in), same); directory.KindOf(err) != directory.KindMalformed {
			t.Errorf("parseSorts(%q) = %v, %v; want a malformed request", in, got, err)
		}
	}
}

func FuzzParseSorts(f *testing.F) {
	f.Add("last_name, first_name desc")
	f.Add(`"`)
	f.Fuzz(func(t *testing.T, s string) {
		keys, err := Sorts(sortedBy(s), func(name string) string { return name })
		if err != nil {
			return
		}
		if len(keys) > maxSorts {
			t.Errorf("parseSorts(%q) gives %d keys", s, len(keys))
		}
		for _, key := range keys {
			if key.Field == "" || strings.ContainsAny(key.Field, " ,") {
				t.Errorf("parseSorts(%q) gives the name %q", s, key.Field)
			}
		}
	})
}

func TestSortedKeepsTheOrderOfEquals(t *testing.T) {
	by := Ordering[thing]{
		"id": ByNumber(func(i thing) int64 { return i.id }),
		"odd": func(a, b thing) int {
			return len(map[bool]string{true: "x"}[a.odd]) - len(map[bool]string{true: "x"}[b.odd])
		},
		"any": Alike[thing],
	}
	for _, test := range []struct {
		sorts string
		want  []int64
	}{
		{"", []int64{1, 2, 3, 4}},
		{"any", []int64{1, 2, 3, 4}},
		{"any desc", []int64{1, 2, 3, 4}},
		{"id desc", []int64{4, 3, 2, 1}},
		{"odd", []int64{2, 4, 1, 3}},
		{"odd desc, id desc", []int64{3, 1, 4, 2}},
	} {
		got, err := by.Sorted(sortedBy(test.sorts), things())
		if err != nil {
			t.Fatal(err)
		}
		ids := []int64{}
		for _, i := range got {
			ids = append(ids, i.id)
		}
		if diff := cmp.Diff(test.want, ids); diff != "" {
			t.Errorf("sorts=%q (-want +got):\n%s", test.sorts, diff)
		}
	}
	if _, err := by.Sorted(sortedBy("name"), things()); directory.KindOf(err) != directory.KindMalformed {
		t.Errorf("an unknown name gives %v, want a malformed request", err)
	}
}

// sortedBy are the parameters of a list in an order.
func sortedBy(sorts string) Params { return Params{Values: url.Values{"sorts": {sorts}}} }
