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
	return parseImage(kind, jsontext.NewDecoder(bytes.NewReader(image)))
}

func parseImage(kind directory.RowKind, dec *jsontext.Decoder) (directory.Row, error) {
	f := rowForms[kind]
	r := &reader{dec: dec}
	if err := r.versionIs(version); err != nil {
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

// AppendRow appends a row as an object that says of which kind it is: its image,
// with {"row":"user" in the place of the version.
func AppendRow(b []byte, row directory.Row) []byte {
	kind := row.Key().Kind
	b = append(append(append(b, rowLabel...), kind.String()...), '"')
	at := len(b)
	b = AppendImage(b, row)
	label := len(rowForms[kind].label)
	return append(b[:at], b[at+label:]...)
}

const rowLabel = `{"row":"`

// A RowParser reads rows, one after the other, and uses its space again. It is
// for one goroutine.
type RowParser struct {
	image []byte
	in    bytes.Reader
	dec   *jsontext.Decoder
}

// Parse undoes AppendRow. Like images, rows are read strictly, and the member
// row must be the first.
func (p *RowParser) Parse(b []byte) (directory.Row, error) {
	rest, ok := bytes.CutPrefix(b, []byte(rowLabel))
	name, _, ended := bytes.Cut(rest, []byte{'"'})
	if !ok || !ended {
		return nil, directory.Malformed("row", "must be the first member and name a kind of row")
	}
	kind, known := kindNamed(string(name))
	if !known {
		return nil, directory.Malformed("row", "must name a kind of row")
	}
	p.image = append(append(p.image[:0], rowForms[kind].label...), rest[len(name)+1:]...)
	p.in.Reset(p.image)
	if p.dec == nil {
		p.dec = jsontext.NewDecoder(&p.in)
	} else {
		p.dec.Reset(&p.in)
	}
	return parseImage(kind, p.dec)
}

// headerForm is that of the header, as the hash covers it.
var headerForm = formOfHeader()

func formOfHeader() *form {
	f := compiler{}.compile(reflect.TypeFor[directory.ChangeHeader]())
	f.tag, f.label = "version", fmt.Appendf(nil, `{"version":%d`, version)
	return f
}
