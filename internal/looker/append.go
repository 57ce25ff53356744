package looker

import (
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Values of users are encoded by hand: a reply has hundreds of them, and
// encoding them by reflection is a third of what it costs. The bytes are those
// that httpkit.Encode makes; a test compares them.

// appendUserValues appends rows as JSON.
func appendUserValues(b []byte, rows []userValueBody) []byte {
	if b == nil {
		b = make([]byte, 0, 320*len(rows)+2)
	}
	b = append(b, '[')
	for i := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendUserValue(b, &rows[i])
	}
	return append(b, ']')
}

func appendUserValue(b []byte, row *userValueBody) []byte {
	b = appendCan(append(b, `{"can":`...), row.Can)
	b = appendText(append(b, `,"name":`...), row.Name)
	b = appendText(append(b, `,"label":`...), row.Label)
	b = append(b, `,"rank":`...)
	if row.Rank == nil {
		b = append(b, "null"...)
	} else {
		b = strconv.AppendInt(b, int64(*row.Rank), 10)
	}
	b = appendText(append(b, `,"value":`...), row.Value)
	b = appendText(append(b, `,"user_id":`...), row.UserID)
	b = strconv.AppendBool(append(b, `,"user_can_edit":`...), row.UserCanEdit)
	b = strconv.AppendBool(append(b, `,"value_is_hidden":`...), row.ValueIsHidden)
	b = appendText(append(b, `,"user_attribute_id":`...), row.UserAttributeID)
	b = appendText(append(b, `,"source":`...), row.Source)
	b = append(b, `,"hidden_value_domain_whitelist":`...)
	if row.HiddenValueDomainWhitelist == nil {
		b = append(b, "null"...)
	} else {
		b = appendText(b, *row.HiddenValueDomainWhitelist)
	}
	return append(b, '}')
}

// appendCan appends what a caller may do, by name.
func appendCan(b []byte, can canMap) []byte {
	b = append(b, '{')
	if len(can) == 1 { // nothing to sort
		for name, may := range can {
			b = strconv.AppendBool(append(appendText(b, name), ':'), may)
		}
		return append(b, '}')
	}
	for i, name := range slices.Sorted(maps.Keys(can)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendBool(append(appendText(b, name), ':'), can[name])
	}
	return append(b, '}')
}

// appendText appends a text as JSON. Bytes that are not UTF-8 are replaced, as in
// httpkit.Encode.
func appendText(b []byte, text string) []byte {
	quoted, _ := jsontext.AppendQuote(b, text)
	return quoted
}
