package looker

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
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
		got, err := parseSorts(sortedBy(test.in), same)
		if err != nil {
			t.Errorf("parseSorts(%q): %v", test.in, err)
		}
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(sortKey[string]{})); diff != "" {
			t.Errorf("parseSorts(%q) (-want +got):\n%s", test.in, diff)
		}
	}
	for _, in := range []string{"unknown", "name up", "name desc id", strings.Repeat("a,", maxSorts) + "a"} {
		if got, err := parseSorts(sortedBy(in), same); directory.KindOf(err) != directory.KindMalformed {
			t.Errorf("parseSorts(%q) = %v, %v; want a malformed request", in, got, err)
		}
	}
}

func FuzzParseSorts(f *testing.F) {
	f.Add("last_name, first_name desc")
	f.Add(`"`)
	f.Fuzz(func(t *testing.T, s string) {
		keys, err := parseSorts(sortedBy(s), func(name string) string { return name })
		if err != nil {
			return
		}
		if len(keys) > maxSorts {
			t.Errorf("parseSorts(%q) gives %d keys", s, len(keys))
		}
		for _, key := range keys {
			if key.field == "" || strings.ContainsAny(key.field, " ,") {
				t.Errorf("parseSorts(%q) gives the name %q", s, key.field)
			}
		}
	})
}

// thing is something to be searched for.
type thing struct {
	id   int64
	name *string
	odd  bool
}

func things() []thing {
	name := func(s string) *string { return &s }
	return []thing{{1, name("Zürich"), true}, {2, name("zagreb"), false}, {3, nil, true}, {4, name("Bern"), false}}
}

func TestSearch(t *testing.T) {
	for _, test := range []struct {
		query string
		want  []int64 // nil if the query is refused
	}{
		{"", []int64{1, 2, 3, 4}},
		{"name=&id=null&odd=", []int64{1, 2, 3, 4}},
		{"name=ZÜRICH", []int64{1}},
		{"name=Z%25", []int64{1, 2}},
		{"name=_er_", []int64{4}},
		{"name=er", []int64{}},
		{"name=is+null", []int64{3}},
		{"name=NOT+NULL", []int64{1, 2, 4}},
		{"id=2,4", []int64{2, 4}},
		{"id=%222,4%22", []int64{2, 4}},
		{"odd=false", []int64{2, 4}},
		{"odd=false&name=Z%25", []int64{2}},
		{"odd=false&name=Z%25&filter_or=true", []int64{1, 2, 4}},
		{"filter_or=true", []int64{1, 2, 3, 4}},
		{"odd=yes", nil},
		{"filter_or=yes", nil},
		{"id=x", nil},
		{"name=%25%25%25%25%25%25%25%25%25", nil},
		{"name=%00", nil},
	} {
		query, err := url.ParseQuery(test.query)
		if err != nil {
			t.Fatal(err)
		}
		s := newSearch[thing](params{Values: query})
		s.text("name", func(i thing) *string { return i.name })
		s.id("id", func(i thing) int64 { return i.id })
		s.flag("odd", func(i thing) bool { return i.odd })
		found, err := s.filter(things())
		if (err != nil) != (test.want == nil) {
			t.Errorf("%q: error %v, want one: %t", test.query, err, test.want == nil)
			continue
		}
		if err != nil {
			if e, ok := errors.AsType[*directory.Error](err); !ok || e.Field == "" {
				t.Errorf("%q: %v does not name the parameter", test.query, err)
			}
			continue
		}
		got := []int64{}
		for _, i := range found {
			got = append(got, i.id)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.query, diff)
		}
	}
}

func TestSortedKeepsTheOrderOfEquals(t *testing.T) {
	by := ordering[thing]{
		"id": byNumber(func(i thing) int64 { return i.id }),
		"odd": func(a, b thing) int {
			return len(map[bool]string{true: "x"}[a.odd]) - len(map[bool]string{true: "x"}[b.odd])
		},
		"any": alike[thing],
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
		got, err := by.sorted(sortedBy(test.sorts), things())
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
	if _, err := by.sorted(sortedBy("name"), things()); directory.KindOf(err) != directory.KindMalformed {
		t.Errorf("an unknown name gives %v, want a malformed request", err)
	}
}

// sortedBy are the parameters of a list in an order.
func sortedBy(sorts string) params { return params{Values: url.Values{"sorts": {sorts}}} }

func TestAListThatIsTooLongIsRefusedBeforeItIsBuilt(t *testing.T) {
	err := replyParts(&request{}, httpkit.Page{Offset: 1}, maxItems+2, partsOf([]int{1}), func(*request, []int) ([]byte, error) {
		t.Error("a part was rendered")
		return nil, nil
	})
	if directory.KindOf(err) != directory.KindTooLarge || !strings.Contains(err.Error(), "limit and offset") {
		t.Errorf("%v", err)
	}
}
