package propeller

import (
	"context"
	"net/http"
	"strings"

	"cohort/internal/directory"
)

// userFields are what only this format keeps with a user.
func userFields() []field {
	return append(line(
		"abbreviation", "cocNumber", "company", fieldFullName, "login", fieldMiddleName, "mobile", "phone", "taxNumber", "title",
	),
		field{name: "dateOfBirth", form: formDate},
		field{name: "debtorId", form: formKey, maxLen: lineLen},
		flag("gender", "U", "M", "F", "U", "m", "f", "u"),
		field{name: "pricelistAmount", standard: "0", form: formNumber},
		field{name: "pricelistPercentage", standard: "0", form: formNumber},
	)
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
	for _, f := range userFields() {
		body[f.name] = f.show(k.settings)
	}
	if _, ok := k.settings[fieldFullName]; !ok {
		body[fieldFullName] = fullName(u.User.FirstName, k.settings[fieldMiddleName], u.User.LastName)
	}
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

// fullName is what a user without a full name of its own is called.
func fullName(names ...string) string {
	return strings.Join(strings.Fields(strings.Join(names, " ")), " ")
}
