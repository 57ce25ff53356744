package sentence

import (
	"slices"
)

// A Part is a piece of a sentence: a text, the name of a thing that leads to
// its page, or a value.
type Part struct {
	Text string
	Href string
	Kind string // "", value, hidden, code or quiet
}

// Say returns a piece of plain text.
func Say(text string) Part { return Part{Text: text} }

// Code returns a piece of text that is shown as code.
func Code(text string) Part { return Part{Text: text, Kind: "code"} }

// Quiet returns a piece of text in a muted colour.
func Quiet(text string) Part { return Part{Text: text, Kind: "quiet"} }

// Named returns the name of a thing, with the address of its page.
func Named(text, href string) Part { return Part{Text: text, Href: href} }

// Parts returns its arguments as a list.
func Parts(list ...Part) []Part { return list }

func join(lists ...[]Part) (out []Part) { return slices.Concat(lists...) }

// Listed joins things as a sentence does: "A, B and C".
func Listed(items []Part, limit int) []Part {
	var out []Part
	for i, item := range items {
		switch {
		case i == limit && len(items) > limit+1:
			return append(out, Say(" and "+Number(Itoa(len(items)-limit))+" more"))
		case i == 0:
		case i == len(items)-1:
			out = append(out, Say(" and "))
		default:
			out = append(out, Say(", "))
		}
		out = append(out, item)
	}
	return out
}
