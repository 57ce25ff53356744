package render

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// AppendEffective appends the JSON of EffectiveOf, byte for byte as the encoder does, without
// reflection, for frequent replies.
func AppendEffective(dst []byte, a *directory.Attribute, e *directory.Effective, names Names,
	lang directory.Language) []byte {
	dst = appendText(append(dst, `{"attribute":`...), a.Name)
	dst = append(dst, `,"value":`...)
	if e.Origin == directory.OriginNone {
		dst = append(dst, "null"...)
	} else {
		dst = appendValue(dst, a.Type, e.Value, lang)
	}
	dst = appendText(append(dst, `,"origin":`...), e.Origin.String())
	groups := e.Groups
	for i, id := range groups {
		if i == 0 {
			dst = append(dst, `,"groups":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(append(dst, `{"id":"`...), int64(id), 10)
		dst = appendText(append(dst, `","name":`...), names(id))
		dst = append(dst, '}')
	}
	if len(groups) > 0 {
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// AppendUser appends the JSON of a User.
func AppendUser(dst []byte, u User) []byte {
	dst = appendText(append(dst, `{"id":`...), u.ID)
	dst = appendText(append(dst, `,"name":`...), u.Name)
	if u.Email != "" {
		dst = appendText(append(dst, `,"email":`...), u.Email)
	}
	dst = strconv.AppendBool(append(dst, `,"disabled":`...), u.Disabled)
	return append(dst, '}')
}

// appendValue appends the JSON of Value.
func appendValue(dst []byte, t directory.Type, v directory.Value, lang directory.Language) []byte {
	if v.Sealed != 0 {
		return append(dst, `{"hidden":true,"set":true}`...)
	}
	text, ok := v.In(lang)
	if !ok {
		return append(dst, "null"...)
	}
	switch t {
	case directory.TypeInteger, directory.TypeNumber:
		if n, ok := plainNumber(text); ok {
			return append(dst, n...)
		}
	case directory.TypeYesNo:
		return strconv.AppendBool(dst, directory.YesNo(text))
	case directory.TypeList, directory.TypeEnumList:
		dst = append(dst, '[')
		for i, element := range directory.SplitList(text) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendText(dst, element)
		}
		return append(dst, ']')
	default: // as it is written
	}
	return appendText(dst, text)
}

// appendText appends a JSON string. It replaces invalid UTF-8 and reports that as an error.
func appendText(dst []byte, text string) []byte {
	dst, _ = jsontext.AppendQuote(dst, text)
	return dst
}
