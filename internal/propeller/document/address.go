package document

import (
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/propeller/schema"
)

// MaxAddresses is the largest number of addresses of an object.
const MaxAddresses = 1000

// An Address has a number that is unique within its owner and never reused.
type Address struct {
	ID     int64
	Fields map[string]string
}

// The fields of an address that this package interprets.
const (
	FieldType      = "type"
	FieldCode      = "code"
	FieldIsDefault = "isDefault"
)

// AddressFields are the fields of an address.
func AddressFields() []Field {
	return slices.Concat(
		line("firstName", "middleName", "lastName", "region", "email", "company", "url", "street", "city", "country", "name"),
		keys(FieldCode, "fax", "mobile", "number", "numberExtension", "phone", "postalCode"),
		[]Field{
			{Name: "notes", maxLen: notesLen},
			flag("gender", "U", "M", "F", "U", "m", "f", "u"),
			flag("icp", "N", "N", "Y"),
			flag(FieldIsDefault, "N", "N", "Y"),
			flag("active", "Y", "Y", "N"),
			flag(FieldType, "", "delivery", "invoice", "home"),
		},
	)
}

// AddressShape is the shape of an address: a whole one, or what changes of one.
func AddressShape(whole bool) *schema.Shape {
	s := &schema.Shape{Types: []schema.Type{schema.Object}, Members: ShapesOf(AddressFields())}
	s.Members["country"] = &schema.Shape{
		Types: []schema.Type{schema.String}, Pattern: "^[A-Za-z]{2}$", Fits: schema.IsLanguage,
	}
	s.Members[KeyID] = schema.ID(1)
	if whole {
		s.Required = []string{FieldType, "street", "city", "country"}
	}
	return s
}

func readAddress(f directory.Facet) (a Address, err error) {
	if a.ID, err = strconv.ParseInt(f.Name, 10, 64); err != nil {
		return a, err
	}
	return a, json.Unmarshal([]byte(f.Data), &a.Fields)
}

// Show renders an address.
func (a Address) Show() map[string]any {
	body := map[string]any{"id": a.ID}
	ShowFields(body, AddressFields(), a.Fields)
	return body
}

// An AddressInput is an address in a request.
type AddressInput struct {
	node  *schema.Node
	Given map[string]string
}

// NewAddressInput reads an address.
func NewAddressInput(n *schema.Node) AddressInput {
	return AddressInput{n, Given(AddressFields(), n)}
}

// DefaultFlag returns the flag that marks the default of a type.
func (a Address) DefaultFlag() string {
	if text, ok := a.Fields[FieldIsDefault]; ok {
		return text
	}
	return "N"
}
