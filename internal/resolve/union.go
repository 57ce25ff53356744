package resolve

import "cohort/internal/directory"

// A union collects the elements of lists in order, without duplicates.
type union struct {
	elements []string
	seen     map[string]bool
}

// add adds the elements of a list's text and reports whether one was new.
func (u *union) add(text string) bool {
	if u.seen == nil {
		u.seen = map[string]bool{}
	}
	before := len(u.elements)
	for _, e := range directory.SplitList(text) {
		if !u.seen[e] {
			u.seen[e] = true
			u.elements = append(u.elements, e)
		}
	}
	return len(u.elements) > before
}

// value returns the list of all elements, in one language for a localized type.
func (u *union) value(t directory.Type, lang directory.Language) directory.Value {
	text := directory.JoinList(u.elements)
	if t.Localized() {
		return directory.Value{Texts: []directory.LocalText{{Language: lang, Text: text}}}
	}
	return directory.Value{Text: text}
}
