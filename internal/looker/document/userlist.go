package document

import (
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/protocol"
	"cohort/internal/looker/query"
)

// ReplyUsers answers with the requested page of the users that a filter selects.
func ReplyUsers(q *protocol.Request, where directory.UserFilter) error {
	page, err := httpkit.ParsePage(q.Params.Values)
	if err != nil {
		return err
	}
	sort, err := query.Sorts(q.Params, UserField)
	if err != nil {
		return err
	}
	var order []directory.UserSort
	for _, s := range sort {
		order = append(order, directory.UserSort{Field: s.Field, Desc: s.Desc})
	}
	return ReplyUserParts(q, page, directory.UserQuery{Where: where, Sort: order}, usersText)
}

// ReplyUserParts answers with a page of the users that a query selects. It runs the query
// once, then reads and renders the users part by part.
func ReplyUserParts(q *protocol.Request, page httpkit.Page, query directory.UserQuery,
	render func(*protocol.Request, []directory.UserDetail) ([]byte, error)) error {
	query.Offset, query.Limit = page.Offset, protocol.MaxItems+1
	if page.Limit > 0 {
		query.Limit = min(page.Limit, query.Limit)
	}
	ids, total, err := q.Dir.PageOfUsers(q.Context(), query)
	if err != nil {
		return err
	}
	return protocol.ReplyParts(q, page, total, protocol.PartsOf(ids), func(q *protocol.Request,
		part []directory.UserID) ([]byte, error) {
		users, err := q.Dir.UsersOf(q.Context(), part)
		if err != nil {
			return nil, err
		}
		return render(q, users)
	})
}

// usersText returns users as JSON, with the wanted fields.
func usersText(q *protocol.Request, users []directory.UserDetail) ([]byte, error) {
	return appended(q, sizeOfUser*len(users), func(a *appender) error {
		separator := byte('[')
		err := EachUser(q, users, func(body *User) {
			a.b = append(a.b, separator)
			appendUser(a, body)
			separator = ','
		})
		if len(users) == 0 {
			a.b = append(a.b, separator)
		}
		a.b = append(a.b, ']')
		return err
	})
}

// UserField returns the field of the domain that a name of this API sorts and filters by, or
// 0.
func UserField(name string) directory.UserField {
	switch name {
	case "id":
		return directory.FieldID
	case "first_name", "display_name", "name":
		return directory.FieldFirstName
	case "last_name":
		return directory.FieldLastName
	case "email":
		return directory.FieldEmail
	case "is_disabled":
		return directory.FieldDisabled
	case "created_at":
		return directory.FieldCreatedAt
	}
	return 0
}
