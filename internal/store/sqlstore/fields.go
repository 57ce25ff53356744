package sqlstore

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// Columns are described by pointers into a row, which work in both directions: a column is
// scanned into the pointer, and valueOf returns what is written. The types below are fields
// that are not plain columns.

// texts is a localized value: empty, or a JSON object of text by language.
type texts struct{ list *[]directory.LocalText }

// Scan implements sql.Scanner.
func (t texts) Scan(src any) error {
	*t.list = nil
	s, err := textOf(src)
	if s == "" || err != nil {
		return err
	}
	var byLanguage map[directory.Language]string
	if err := json.Unmarshal([]byte(s), &byLanguage); err != nil {
		return fmt.Errorf("texts: %w", err)
	}
	for language, text := range byLanguage {
		*t.list = append(*t.list, directory.LocalText{Language: language, Text: text})
	}
	slices.SortFunc(*t.list, func(a, b directory.LocalText) int {
		return strings.Compare(string(a.Language), string(b.Language))
	})
	return nil
}

func (t texts) value() string {
	if len(*t.list) == 0 {
		return ""
	}
	byLanguage := make(map[directory.Language]string, len(*t.list))
	for _, l := range *t.list {
		byLanguage[l.Language] = l.Text
	}
	return encode(byLanguage)
}

// list is a list of texts: empty, or a JSON array.
type list struct{ items *[]string }

// Scan implements sql.Scanner.
func (l list) Scan(src any) error {
	*l.items = nil
	s, err := textOf(src)
	if s == "" || err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(s), l.items); err != nil {
		return fmt.Errorf("list: %w", err)
	}
	return nil
}

func (l list) value() string {
	if len(*l.items) == 0 {
		return ""
	}
	return encode(*l.items)
}

// allowed is the list of allowed values of an attribute: empty, or a JSON array of pairs, each
// a value and its label.
type allowed struct{ list *[]directory.AllowedValue }

// Scan implements sql.Scanner.
func (a allowed) Scan(src any) error {
	*a.list = nil
	s, err := textOf(src)
	if s == "" || err != nil {
		return err
	}
	var pairs [][2]string
	if err := json.Unmarshal([]byte(s), &pairs); err != nil {
		return fmt.Errorf("allowed: %w", err)
	}
	for _, p := range pairs {
		*a.list = append(*a.list, directory.AllowedValue{Value: p[0], Label: p[1]})
	}
	return nil
}

func (a allowed) value() string {
	if len(*a.list) == 0 {
		return ""
	}
	pairs := make([][2]string, len(*a.list))
	for i, v := range *a.list {
		pairs[i] = [2]string{v.Value, v.Label}
	}
	return encode(pairs)
}

// encode cannot fail, because it encodes only maps and lists of texts.
func encode[T map[directory.Language]string | []string | [][2]string](v T) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// hash is 32 bytes.
type hash struct{ sum *[32]byte }

// Scan implements sql.Scanner.
func (h hash) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(h.sum) {
		return fmt.Errorf("a hash of %d bytes", len(b))
	}
	copy(h.sum[:], b)
	return nil
}

func textOf(src any) (string, error) {
	switch s := src.(type) {
	case string:
		return s, nil
	case []byte:
		return string(s), nil
	}
	return "", fmt.Errorf("a column of type %T, want text", src)
}

// valueOf returns what is written for a field.
func valueOf(field any) any {
	switch f := field.(type) {
	case *int:
		return int64(*f)
	case *int64:
		return *f
	case *string:
		return *f
	case *bool:
		if *f {
			return int64(1)
		}
		return int64(0)
	case *uint8:
		return int64(*f)
	case *[]byte:
		return bytesOf(*f)
	case texts:
		return f.value()
	case list:
		return f.value()
	case allowed:
		return f.value()
	case hash:
		return slices.Clone(f.sum[:])
	}
	panic(fmt.Sprintf("sqlstore: no column holds a %T", field))
}

// bytesOf is never NULL.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// valuesOf appends what is written for fields.
func valuesOf(args []any, fields []any) []any {
	for _, f := range fields {
		args = append(args, valueOf(f))
	}
	return args
}
