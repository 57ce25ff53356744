package httpkit

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cohort/internal/directory"
)

func TestParsePage(t *testing.T) {
	for query, want := range map[string]Page{
		"":                         {},
		"limit=5":                  {Limit: 5, Asked: true},
		"limit=5&offset=10":        {Limit: 5, Offset: 10, Asked: true},
		"offset=10":                {Offset: 10},
		"page=3&per_page=20":       {Limit: 20, Offset: 40, Asked: true},
		"per_page=20":              {Limit: 20, Asked: true},
		"page=2":                   {Limit: 100, Offset: 100},
		"limit=5&page=3":           {Limit: 5, Asked: true},
		"limit=null&offset=":       {},
		"offset=1&page=2&limit=07": {Limit: 7, Offset: 1, Asked: true},
	} {
		q, _ := url.ParseQuery(query)
		if got, err := ParsePage(q); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", query, got, err, want)
		}
	}
	for _, query := range []string{"limit=0", "limit=-1", "limit=x", "offset=-1", "page=0", "per_page=0",
		"limit=99999999999", "limit=1.5", "offset=2147483648"} {
		q, _ := url.ParseQuery(query)
		if _, err := ParsePage(q); directory.KindOf(err) != directory.KindMalformed {
			t.Errorf("%s: %v, want a refusal", query, err)
		}
	}
}

func TestPageHeaders(t *testing.T) {
	for _, test := range []struct {
		name, query string
		total       int
		want        []string // of the header Link; nil if there is none
	}{
		{"the first page", "limit=5", 107, []string{"limit=5&offset=0>; rel=\"first\"", "limit=5&offset=105>; rel=\"last\"",
			"limit=5&offset=5>; rel=\"next\""}},
		{"a page in the middle", "limit=5&offset=10", 107,
			[]string{"limit=5&offset=0>; rel=\"first\"", "limit=5&offset=105>; rel=\"last\"", "limit=5&offset=15>; rel=\"next\"",
				"limit=5&offset=5>; rel=\"prev\""}},
		{"the last page", "limit=5&offset=105", 107,
			[]string{"limit=5&offset=0>; rel=\"first\"", "limit=5&offset=105>; rel=\"last\"",
				"limit=5&offset=100>; rel=\"prev\""}},
		{"a full last page", "limit=5&offset=5", 10,
			[]string{"limit=5&offset=0>; rel=\"first\"", "limit=5&offset=5>; rel=\"last\"", "limit=5&offset=0>; rel=\"prev\""}},
		{"an offset below a page", "limit=5&offset=3", 10,
			[]string{"limit=5&offset=0>; rel=\"first\"", "limit=5&offset=5>; rel=\"last\"", "limit=5&offset=8>; rel=\"next\"",
				"limit=5&offset=0>; rel=\"prev\""}},
		{"an empty list", "limit=5", 0, []string{"limit=5&offset=0>; rel=\"first\"", "limit=5&offset=0>; rel=\"last\""}},
		{"pages by number", "page=2&per_page=5", 12,
			[]string{"limit=5&offset=0>; rel=\"first\"", "limit=5&offset=10>; rel=\"last\"", "limit=5&offset=10>; rel=\"next\"",
				"limit=5&offset=0>; rel=\"prev\""}},
		{"no limit", "offset=5", 12, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			q, _ := url.ParseQuery(test.query)
			p, err := ParsePage(q)
			if err != nil {
				t.Fatal(err)
			}
			h := http.Header{}
			SetPageHeaders(h, "https://x:1/users", q, p, test.total)
			var want []string
			for _, w := range test.want {
				want = append(want, "<https://x:1/users?"+w)
			}
			if got := h.Get("Link"); got != strings.Join(want, ",") {
				t.Errorf("got  %s\nwant %s", got, strings.Join(want, ","))
			}
		})
	}
}

func TestLinksHoldNoRawComma(t *testing.T) {
	q, _ := url.ParseQuery("fields=id,name&limit=1&first_name=a%3Eb")
	h := http.Header{}
	SetPageHeaders(h, "https://x/users", q, Page{Limit: 1, Asked: true}, 1)
	if got, want := h.Get("Link"), `<https://x/users?fields=id%2Cname&first_name=a%3Eb&limit=1&offset=0>; rel="first",<https://x/users?fields=id%2Cname&first_name=a%3Eb&limit=1&offset=0>; rel="last"`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestCut(t *testing.T) {
	list := []int{0, 1, 2, 3, 4}
	for _, test := range []struct {
		page Page
		want int // how many
	}{{Page{}, 5}, {Page{Limit: 2}, 2}, {Page{Limit: 9}, 5}, {Page{Offset: 4, Limit: 2}, 1}, {Page{Offset: 9}, 0}} {
		if got := Cut(list, test.page); len(got) != test.want || len(got) > 0 && got[0] != test.page.Offset {
			t.Errorf("%+v: %v", test.page, got)
		}
	}
}
