package query

import (
	"errors"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
)

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
		s := NewSearch[thing](Params{Values: query})
		s.Text("name", func(i thing) *string { return i.name })
		s.ID("id", func(i thing) int64 { return i.id })
		s.Flag("odd", func(i thing) bool { return i.odd })
		found, err := s.Filter(things())
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
