package diagram

import (
	"cmp"
	"maps"
	"slices"
)

// A Bar is a share of a whole, drawn in a picture that is 100 wide.
type Bar struct {
	Text  string
	Count int
	Width int
	Href  string
}

const barsShown = 8

// Bars draws how often each text comes, the most frequent first.
func Bars(tally map[string]int, total int, href func(string) string) []Bar {
	texts := slices.SortedFunc(maps.Keys(tally), func(a, b string) int {
		return cmp.Or(cmp.Compare(tally[b], tally[a]), cmp.Compare(a, b))
	})
	var bars []Bar
	for _, text := range texts[:min(barsShown, len(texts))] {
		bars = append(bars, Bar{Text: text, Count: tally[text], Width: max(1, 100*tally[text]/max(1, total)),
			Href: href(text)})
	}
	return bars
}
