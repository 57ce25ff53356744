package propeller

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// userFields are what only this format keeps with a user.
func userFields() []field {
	return append(line(
		"abbreviation", "company", fieldFullName, "login", fieldMiddleName, "title",
	),
		slices.Concat(keys("debtorId", "mobile", "phone", "taxNumber"), []field{
			{name: "cocNumber", form: formKey, maxLen: lineLen, ifSet: true}, // the documented user has none
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
	expand, err := q.expands("sources", "parent")
	if err != nil {
		return err
	}
	id, err := l.find(q.ctx(), q.dir, q.Language)
	if err != nil {
		return err
	}
	u, err := q.dir.User(q.ctx(), directory.UserID(id))
	if err != nil {
		return err
	}
	body, err := showUser(q.ctx(), q.dir, &u, expand)
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, body, 1)
}

// showUser spells a user.
func showUser(ctx context.Context, dir Directory, u *directory.UserDetail, expand map[string]bool) (map[string]any, error) {
	o := u.User.ID.Object()
	facets, err := dir.Facets(ctx, o)
	if err != nil {
		return nil, err
	}
	k, err := readKeep(facets)
	if err != nil {
		return nil, err
	}
	body := map[string]any{
		"id": int64(u.User.ID), "firstName": u.User.FirstName, "lastName": u.User.LastName, "email": u.Email(),
		"primaryLanguage": string(u.User.Language),
	}
	showFields(body, userFields(), k.settings)
	body[fieldFullName] = k.fullName(&u.User)
	if expand["sources"] {
		if body["sources"], err = showSources(ctx, dir, o); err != nil {
			return nil, err
		}
	}
	if expand["parent"] {
		body["parent"] = nil
		if len(u.Memberships) > 0 {
			if body["parent"], err = showGroup(ctx, dir, u.Memberships[0].Group, nil); err != nil {
				return nil, err
			}
		}
	}
	return body, nil
}

// fullName is what a user is called.
func (k *keep) fullName(u *directory.User) string {
	if own := k.settings[fieldFullName]; own != "" {
		return own
	}
	return fullName(u.FirstName, k.settings[fieldMiddleName], u.LastName)
}

// fullName is what a user without a full name of its own is called.
func fullName(names ...string) string {
	return strings.Join(strings.Fields(strings.Join(names, " ")), " ")
}
