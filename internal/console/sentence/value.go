package sentence

import (
	"strings"

	"cohort/internal/directory"
	"cohort/internal/render"
)

// A Value is a value as pages show it. It never has the text of a hidden value.
type Value struct {
	Set    bool
	Hidden bool
	Texts  []string // one, or the elements of a list
	Others int      // texts in further languages
	Type   string
}

// MaxShown limits the runes of a value on a page.
const MaxShown = 200

// A Chip says where a value comes from; its origin has the same colour
// everywhere.
type Chip struct {
	Origin string
	Text   string
	Groups []Part
}

// ValueOf returns a value as pages show it, in the given language where it has a text in that
// language.
func ValueOf(a *directory.Attribute, v directory.Value, lang directory.Language) Value {
	out := Value{Set: true, Type: string(a.Type)}
	if a.Hidden || v.Sealed != 0 {
		out.Hidden = true
		return out
	}
	text, ok := v.In(lang)
	if !ok && len(v.Texts) > 0 {
		text = v.Texts[0].Text
	}
	out.Others = max(0, len(v.Texts)-1)
	switch a.Type {
	case directory.TypeList, directory.TypeEnumList:
		out.Texts = directory.SplitList(text)
	case directory.TypeYesNo:
		out.Texts = []string{"no"}
		if directory.YesNo(text) {
			out.Texts = []string{"yes"}
		}
	default:
		out.Texts = []string{text}
	}
	for i, t := range out.Texts {
		out.Texts[i] = render.Shorten(t, MaxShown)
	}
	return out
}

// EffectiveValue returns an effective value as pages show it.
func EffectiveValue(a *directory.Attribute, e *directory.Effective, lang directory.Language) Value {
	if e.Origin == directory.OriginNone {
		return Value{Type: string(a.Type)}
	}
	return ValueOf(a, e.Value, lang)
}

// Text returns the value on one line.
func (v Value) Text() string {
	switch {
	case !v.Set:
		return "no value"
	case v.Hidden:
		return "hidden"
	case len(v.Texts) == 1 && v.Texts[0] == "":
		return "empty"
	}
	return strings.Join(v.Texts, ", ")
}

// Part returns the value as a piece of a sentence.
func (v Value) Part() Part {
	switch {
	case !v.Set:
		return Quiet("no value")
	case v.Hidden:
		return Part{Text: "hidden", Kind: "hidden"}
	case len(v.Texts) == 1 && v.Texts[0] == "":
		return Quiet("the empty text")
	}
	return Part{Text: v.Text(), Kind: "value"}
}

// Chip says where an effective value comes from.
func (n *Names) Chip(e *directory.Effective) Chip {
	c := Chip{Origin: e.Origin.String(), Text: e.Origin.String()}
	switch e.Origin {
	case directory.OriginUser:
		c.Text = "own"
	case directory.OriginSystem:
		c.Text = "computed"
	case directory.OriginNone:
		c.Text = "none"
	case directory.OriginGroup, directory.OriginDefault:
	}
	for _, g := range e.Groups {
		c.Groups = append(c.Groups, n.Group(g))
	}
	return c
}
