package record

import (
	"bytes"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// rowForms are the forms of all rows, by kind.
var rowForms = formsOfRows(
	directory.Group{}, directory.Nesting{}, directory.Attribute{}, directory.GroupValue{},
	directory.PermissionSet{}, directory.ModelSet{}, directory.Role{}, directory.GroupRole{},
	directory.User{}, directory.Membership{}, directory.UserValue{}, directory.UserRole{},
	directory.Credential{}, directory.SourceReference{}, directory.Facet{},
)

func formsOfRows(rows ...directory.Row) []*form {
	var forms []*form
	for _, row := range rows {
		f := compiler{}.compile(reflect.TypeOf(row))
		f.tag, f.label = "version", fmt.Appendf(nil, `{"version":%d`, version)
		kind := int(row.Key().Kind)
		for len(forms) <= kind {
			forms = append(forms, nil)
		}
		forms[kind] = f
	}
	return forms
}

// Image gives the canonical bytes of a row: JSON in which what is zero is left
// out and everything else stands in the order of the row's type. Rows that
// differ have images that differ. It fits UTF-8 texts only; Build refuses
// others.
func Image(row directory.Row) []byte { return AppendImage(make([]byte, 0, 192), row) }

// AppendImage appends the image of a row to b.
func AppendImage(b []byte, row directory.Row) []byte {
	return rowForms[row.Key().Kind].append(b, reflect.ValueOf(row))
}

// ParseImage undoes Image. Lists that were empty come back nil. Bytes that are
// no image of that kind are malformed.
func ParseImage(kind directory.RowKind, image []byte) (directory.Row, error) {
	if int(kind) >= len(rowForms) || rowForms[kind] == nil {
		return nil, directory.Malformed("row", "is of no known kind: %d", kind)
	}
	f := rowForms[kind]
	r := &reader{dec: jsontext.NewDecoder(bytes.NewReader(image))}
	if err := r.version(); err != nil {
		return nil, err
	}
	v := reflect.New(f.typ).Elem()
	if err := f.readFields(r, v); err != nil {
		return nil, err
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	row, ok := reflect.TypeAssert[directory.Row](v)
	if !ok {
		return nil, fmt.Errorf("%s is no row", v.Type())
	}
	return row, nil
}

// headerForm is that of the header, as the hash covers it.
var headerForm = formOfHeader()

func formOfHeader() *form {
	f := compiler{}.compile(reflect.TypeFor[directory.ChangeHeader]())
	f.tag, f.label = "version", fmt.Appendf(nil, `{"version":%d`, version)
	return f
}
