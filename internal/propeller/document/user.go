package document

import (
	"maps"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/propeller/schema"
)

// UserFields are the fields of a user that only this format knows.
func UserFields() []Field {
	return append(line(
		"abbreviation", "company", FieldFullName, "login", FieldMiddleName, "title",
	),
		slices.Concat(keys("debtorId", "mobile", "phone", "taxNumber"), []Field{
			{Name: "cocNumber", form: formKey, maxLen: LineLen, ifSet: true}, // the documented user lacks it
			{Name: "dateOfBirth", form: formDate},
			flag("gender", "U", "M", "F", "U", "m", "f", "u"),
			{Name: "pricelistAmount", form: formCode, maxLen: LineLen},
			{Name: "pricelistPercentage", form: formCode, maxLen: LineLen},
		})...)
}

// UserSkippable are the members that the directive skipIfNotEmpty can name.
func UserSkippable() []string {
	own := []string{"email", "firstName", "language", "lastName", "parent", "primaryLanguage"}
	return append(own, schema.Names(ShapesOf(UserFields()))...)
}

// The fields of a user that make its full name.
const (
	FieldFullName   = "fullName"
	FieldMiddleName = "middleName"
)

// FullName returns the stored full name of a user, or the one made of the other names.
func (k *Stored) FullName(u *directory.User) string {
	if own := k.Settings[FieldFullName]; own != "" {
		return own
	}
	return FullName(u.FirstName, k.Settings[FieldMiddleName], u.LastName)
}

// FullName joins names to the full name of a user that has none of its own.
func FullName(names ...string) string {
	return strings.Join(strings.Fields(strings.Join(names, " ")), " ")
}

// UserShape is the shape of a user. SubShapes adds those of a bulk call.
func UserShape() *schema.Shape {
	members := ShapesOf(UserFields())
	maps.Copy(members, sourceShapes())
	members["firstName"], members["lastName"] = schema.Text(directory.MaxNameLen), schema.Text(directory.MaxNameLen)
	members["email"] = schema.Text(directory.MaxNameLen)
	members["primaryLanguage"] = &schema.Shape{Types: []schema.Type{schema.String}, Pattern: "^[A-Za-z]{2}$",
		Fits: func(s string) bool {
			return s == "" || schema.IsLanguage(s)
		}}
	members["parent"] = parentShape()
	members["sources"] = schema.Any()
	return &schema.Shape{Types: []schema.Type{schema.Object}, Members: members}
}
