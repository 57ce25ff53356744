package resource

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	judge "github.com/scim2/filter-parser/v2"
	"pgregory.net/rapid"
)

// C33: filter-parser, which others have written after the RFC's grammar, reads
// generated filters as we do: what binds stronger, which words are operators, and
// what is a value. It cannot judge what providers send beyond the RFC.
func TestC33FiltersAreReadAsTheJudgeReadsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := filterText(3).Draw(t, "filter")
		compareWithJudge(t, text, true)
	})
}

// C33: a filter with an error in it is never read as another one: what both take
// has the same meaning.
func TestC33DamagedFiltersAreNotReadOtherwise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := filterText(2).Draw(t, "filter")
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		switch rapid.IntRange(0, 2).Draw(t, "damage") {
		case 0:
			text = text[:at] + text[at+1:]
		case 1:
			text = text[:at] + string(rapid.SampledFrom([]byte("()[]. \"an1")).Draw(t, "new")) + text[at:]
		default:
			text = text[:at]
		}
		compareWithJudge(t, text, false)
	})
}

// compareWithJudge reads a filter twice. Whether it is one is the judge's to say.
func compareWithJudge(t *rapid.T, text string, valid bool) {
	theirs, err := judge.ParseFilter([]byte(text))
	if err != nil {
		if valid {
			t.Fatalf("the judge cannot read %s: %v", text, err)
		}
		return
	}
	ours, err := ParseFilter(text)
	if err != nil && !valid {
		return // such as a number and a word without a space between them
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if got, want := written(flat(ours)), written(flat(ofJudge(theirs))); got != want {
		t.Fatalf("%s is read as %s, and by the judge as %s", text, got, want)
	}
}

// filterText makes filters of the RFC's grammar.
func filterText(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		kind := rapid.IntRange(0, 7).Draw(t, "kind")
		if depth == 0 {
			kind = 7
		}
		inner := func() string { return filterText(depth-1).Draw(t, "inner") }
		switch kind {
		case 0, 1:
			return inner() + " " + anyCase(t, "and") + " " + inner()
		case 2, 3:
			return inner() + " " + anyCase(t, "or") + " " + inner()
		case 4:
			return anyCase(t, "not") + " (" + inner() + ")"
		case 5:
			return "(" + inner() + ")"
		case 6:
			return "emails[" + comparisonText(t) + " " + rapid.SampledFrom([]string{"and", "or"}).Draw(t, "join") + " " +
				comparisonText(t) + "]"
		}
		return comparisonText(t)
	})
}

func comparisonText(t *rapid.T) string {
	path := rapid.SampledFrom([]string{
		"userName", "name.givenName", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber", "and-or",
		"notes", "x1_y", "prx",
		"urn:ietf:params:scim:schemas:core:2.0:User:name.familyName",
	}).Draw(t, "path")
	op := rapid.SampledFrom([]string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"}).Draw(t, "op")
	if op == "pr" {
		return path + " " + anyCase(t, op)
	}
	value := rapid.OneOf(
		rapid.SampledFrom([]string{"true", "false", "null", "0", "-12", "3.5"}),
		rapid.Map(rapid.StringMatching(`[a-z ()\[\]@.é]{0,8}`), strconv.Quote),
	).Draw(t, "value")
	return path + " " + anyCase(t, op) + " " + value
}

func anyCase(t *rapid.T, word string) string {
	if rapid.Bool().Draw(t, "upper") {
		return strings.ToUpper(word)
	}
	return word
}

// ofJudge makes our form of the judge's.
func ofJudge(e judge.Expression) Filter {
	switch e := e.(type) {
	case *judge.LogicalExpression:
		both := []Filter{ofJudge(e.Left), ofJudge(e.Right)}
		if e.Operator == judge.AND {
			return AndFilter(both)
		}
		return OrFilter(both)
	case *judge.NotExpression:
		return NotFilter{ofJudge(e.Expression)}
	case *judge.ValuePath:
		return ElementFilter{Path: judgedPath(e.AttributePath), Inner: ofJudge(e.ValueFilter)}
	case *judge.AttributeExpression:
		c := Comparison{Path: judgedPath(e.AttributePath), Op: strings.ToLower(string(e.Operator))}
		switch v := e.CompareValue.(type) {
		case nil, string, bool:
			c.Value = v
		default:
			c.Value = Number(fmt.Sprint(v))
		}
		return c
	}
	return nil
}

func judgedPath(p judge.AttributePath) AttrPath {
	name := p.AttributeName
	if p.URIPrefix != nil {
		name = strings.TrimSuffix(*p.URIPrefix, ":") + ":" + name
	}
	return AttrPath{name, p.SubAttributeName()}
}

// flat takes brackets away that do not matter: (a and b) and c is a and b and c.
func flat(f Filter) Filter {
	join := func(list []Filter, same func(Filter) ([]Filter, bool)) (out []Filter) {
		for _, g := range list {
			g = flat(g)
			if inner, ok := same(g); ok {
				out = append(out, inner...)
			} else {
				out = append(out, g)
			}
		}
		return out
	}
	switch f := f.(type) {
	case AndFilter:
		return AndFilter(join(f, func(g Filter) ([]Filter, bool) { a, ok := g.(AndFilter); return a, ok }))
	case OrFilter:
		return OrFilter(join(f, func(g Filter) ([]Filter, bool) { o, ok := g.(OrFilter); return o, ok }))
	case NotFilter:
		return NotFilter{flat(f.Inner)}
	case ElementFilter:
		return ElementFilter{f.Path, flat(f.Inner), f.Then}
	}
	return f
}
