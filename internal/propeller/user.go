package propeller

import (
	"net/http"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// userFields are the fields of a user that only this format knows.
func userFields() []field {
	return append(line(
		"abbreviation", "company", fieldFullName, "login", fieldMiddleName, "title",
	),
		slices.Concat(keys("debtorId", "mobile", "phone", "taxNumber"), []field{
			{name: "cocNumber", form: formKey, maxLen: lineLen, ifSet: true}, // the documented user lacks it
			{name: "dateOfBirth", form: formDate},
			flag("gender", "U", "M", "F", "U", "m", "f", "u"),
			{name: "pricelistAmount", form: formCode, maxLen: lineLen},
			{name: "pricelistPercentage", form: formCode, maxLen: lineLen},
		})...)
}

// userSkippable are the members that the directive skipIfNotEmpty can name.
func userSkippable() []string {
	own := []string{"email", "firstName", "language", "lastName", "parent", "primaryLanguage"}
	return append(own, namesOf(shapesOf(userFields()))...)
}

const (
	fieldFullName   = "fullName"
	fieldMiddleName = "middleName"
)

// user answers with a user.
func (q *request) user() error {
	l, err := q.lookup(users(), false)
	if err != nil {
		return err
	}
	expand, err := q.expands(expandSources, expandParent)
	if err != nil {
		return err
	}
	id, err := l.named(q.ctx(), q.dir, q.Language)
	if err != nil {
		return err
	}
	u, err := q.dir.User(q.ctx(), directory.UserID(id))
	if err != nil {
		return l.orAbsent(err)
	}
	bodies, err := q.showUsers([]directory.UserDetail{u}, expand)
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, bodies[0], 1)
}

// fullName returns the stored full name of a user, or the one made of the other names.
func (k *stored) fullName(u *directory.User) string {
	if own := k.settings[fieldFullName]; own != "" {
		return own
	}
	return fullName(u.FirstName, k.settings[fieldMiddleName], u.LastName)
}

// fullName joins names to the full name of a user that has none of its own.
func fullName(names ...string) string {
	return strings.Join(strings.Fields(strings.Join(names, " ")), " ")
}
