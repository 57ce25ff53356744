package directory

import "slices"

// A Value is what an attribute has on an owner, or as a default, as it was
// written. Exactly one of three forms is used: Text for most types, Texts for
// localized ones, Sealed for hidden attributes.
//
// The zero Value is the empty text, which is a value for textual types on an
// owner and no value as a default.
type Value struct {
	Text   string
	Texts  []LocalText // by language, ascending
	Sealed SealedID
}

// A LocalText is a text in one language. A list is its elements, escaped and
// joined by commas; see SplitList.
type LocalText struct {
	Language Language
	Text     string
}

// IsZero reports whether v is the zero Value.
func (v Value) IsZero() bool { return v.Text == "" && len(v.Texts) == 0 && v.Sealed == 0 }

// Equal reports whether two values were written alike.
func (v Value) Equal(w Value) bool {
	return v.Text == w.Text && v.Sealed == w.Sealed && slices.Equal(v.Texts, w.Texts)
}

// In returns the text in language l. A value that is not localized is the same
// in every language.
func (v Value) In(l Language) (text string, ok bool) {
	if len(v.Texts) == 0 {
		return v.Text, true
	}
	for _, t := range v.Texts {
		if t.Language == l {
			return t.Text, true
		}
	}
	return "", false
}

// With returns v with the text of language l set, and the others kept.
func (v Value) With(l Language, text string) Value {
	texts := slices.Clone(v.Texts)
	i, found := slices.BinarySearchFunc(texts, l, func(t LocalText, l Language) int {
		switch {
		case t.Language < l:
			return -1
		case t.Language > l:
			return 1
		}
		return 0
	})
	if found {
		texts[i].Text = text
	} else {
		texts = slices.Insert(texts, i, LocalText{l, text})
	}
	return Value{Texts: texts}
}
