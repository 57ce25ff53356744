package directory

import "slices"

// A Value is the value of an attribute on an owner, or a default, as it was written. It has
// exactly one of three forms: Text for most types, Texts for localized ones, Sealed for hidden
// attributes.
//
// The zero Value is the empty text, which is a value of textual types on an owner and means no
// default.
type Value struct {
	Text   string
	Texts  []LocalText // by language, ascending
	Sealed SealedID

	// Written is the JSON type in which a client wrote the value. An attribute accepts some
	// types only. After that check it is JSONText.
	Written JSONType
}

// A JSONType is a JSON type that a value can be written in.
type JSONType uint8

// The JSON types. Every type of attribute accepts a text.
const (
	JSONText JSONType = iota
	JSONNumber
	JSONBool
	JSONList
)

// CheckWritten refuses a JSON type that attributes of a type do not accept.
func CheckWritten(field string, t Type, written JSONType) error {
	taken := JSONText
	switch t {
	case TypeInteger, TypeNumber:
		taken = JSONNumber
	case TypeYesNo:
		taken = JSONBool
	case TypeList, TypeEnumList:
		taken = JSONList
	case TypeString, TypeText, TypeDate, TypeDateTime, TypeZipcode, TypeRelativeURL, TypeFilterString, TypeFilterNumber,
		TypeFilterDateTime, TypeEnum:
	}
	if written == JSONText || written == taken {
		return nil
	}
	switch taken {
	case JSONNumber:
		return Invalid(field, "must be a number, or a text with one")
	case JSONBool:
		return Invalid(field, "must be true or false, or the text yes or no")
	case JSONList:
		return Invalid(field, "must be a list of texts")
	case JSONText:
	}
	return Invalid(field, "must be a text: the type of the attribute is %s", t)
}

// SameValue reports whether a value that was written as a number, a boolean or a list means
// the same as have, however that was written.
func SameValue(t Type, have, v Value) bool {
	switch {
	case len(have.Texts) > 0 || len(v.Texts) > 0 || have.Sealed != 0 || v.Sealed != 0:
		return false
	case v.Written == JSONList:
		return slices.Equal(SplitList(have.Text), SplitList(v.Text))
	case v.Written == JSONText || have.Text == "":
		return false
	}
	return CompareValues(t, have.Text, v.Text) == 0
}

// A LocalText is a text in one language. A list is its elements, escaped and
// joined by commas; see SplitList.
type LocalText struct {
	Language Language
	Text     string
}

// IsZero reports whether v is the zero Value.
func (v Value) IsZero() bool { return v.Text == "" && len(v.Texts) == 0 && v.Sealed == 0 }

// Equal reports whether two values were written the same way.
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

// Without returns v without the text of language l. The result may be zero.
func (v Value) Without(l Language) Value {
	return Value{Texts: slices.DeleteFunc(slices.Clone(v.Texts), func(t LocalText) bool { return t.Language == l })}
}

// With returns v with the text of language l replaced.
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
