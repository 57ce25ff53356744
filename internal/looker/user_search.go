package looker

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"cohort/internal/directory"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
	"cohort/internal/looker/query"
)

func me(q *protocol.Request) error { return document.ReplyUser(q, q.Caller.User) }

func user(q *protocol.Request) error {
	id, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	return document.ReplyUser(q, id)
}

func allUsers(q *protocol.Request) error {
	ids, given, err := query.IDs[directory.UserID](q.Params, "ids")
	if err != nil {
		return err
	}
	if !given {
		return document.ReplyUsers(q, nil)
	}
	return document.ReplyUsers(q, directory.UsersByID(ids))
}

// searchUsers lists the users who match all given parameters.
func searchUsers(q *protocol.Request) error {
	filters, err := userFilters(q, "first_name", "last_name", "email")
	if err != nil {
		return err
	}
	or, _, err := q.Params.Bool("filter_or")
	if err != nil {
		return err
	}
	if or && len(filters) > 0 {
		return document.ReplyUsers(q, directory.UsersOr(filters))
	}
	return document.ReplyUsers(q, directory.UsersAnd(filters))
}

// searchUsersNames lists the users whose name or e-mail matches a pattern. Other parameters
// must match, too.
func searchUsersNames(q *protocol.Request) error {
	filters, err := userFilters(q, "first_name", "last_name", "email")
	if err != nil {
		return err
	}
	var any directory.UsersOr
	for _, text := range namePatterns(q.R.URL) {
		pattern, err := directory.ParsePattern("pattern", text)
		if err != nil {
			return err
		}
		for _, field := range []directory.UserField{directory.FieldFirstName, directory.FieldLastName, directory.FieldEmail} {
			any = append(any, directory.UsersLike{Field: field, Pattern: pattern})
		}
	}
	return document.ReplyUsers(q, directory.UsersAnd(append(filters, any)))
}

// namePatterns returns the readings of the pattern at the end of a path. A raw plus is read
// both as itself and as a space. An escape that gives no UTF-8 is taken literally, because
// some clients do not encode what looks encoded already.
func namePatterns(u *url.URL) []string {
	escaped := u.EscapedPath()
	escaped = escaped[strings.LastIndexByte(escaped, '/')+1:]
	text, err := url.PathUnescape(escaped)
	if err != nil || !utf8.ValidString(text) {
		text = strings.ReplaceAll(escaped, "%25", "%")
	}
	if strings.Contains(escaped, "+") {
		if spaced, err := url.QueryUnescape(escaped); err == nil && utf8.ValidString(spaced) {
			return []string{text, spaced}
		}
	}
	return []string{text}
}

// userFilters reads the parameters that searches for users share.
func userFilters(q *protocol.Request, texts ...string) ([]directory.UserFilter, error) {
	var filters []directory.UserFilter
	for _, name := range texts {
		f, err := q.Params.TextFilter(name, document.UserField(name))
		if err != nil {
			return nil, err
		}
		filters = append(filters, f...)
	}
	ids, err := q.Params.IDFilter("id")
	if err != nil {
		return nil, err
	}
	filters = append(filters, ids...)
	disabled, given, err := q.Params.Bool("is_disabled")
	if err != nil {
		return nil, err
	}
	if given {
		filters = append(filters, directory.UsersEnabled(!disabled))
	}
	absent, err := absentFilters(q)
	if err != nil {
		return nil, err
	}
	groups, given, err := query.IDs[directory.GroupID](q.Params, "group_id")
	if err != nil {
		return nil, err
	}
	switch {
	case slices.Contains(groups, directory.AllUsers): // everyone is in it implicitly
		filters = append(filters, directory.UsersAnd{})
	case given:
		filters = append(filters, directory.UsersIn{Groups: groups})
	}
	return append(filters, absent...), nil
}

// absentFilters reads the parameters of features that this server does not have. Asking for
// users who have one selects nobody.
func absentFilters(q *protocol.Request) ([]directory.UserFilter, error) {
	var filters []directory.UserFilter
	wanted, given, err := q.Params.Bool("verified_looker_employee")
	switch {
	case err != nil:
		return nil, err
	case given && wanted:
		filters = append(filters, directory.UsersOr{})
	case given:
		filters = append(filters, directory.UsersAnd{})
	}
	wanted, given, err = q.Params.Bool("embed_user")
	switch {
	case err != nil:
		return nil, err
	case given && wanted:
		filters = append(filters, directory.UsersWith(directory.CredentialEmbed))
	case given:
		filters = append(filters, directory.UsersWithout(directory.CredentialEmbed))
	}
	if s := q.Params.Get("content_metadata_id"); s != "" && s != "null" {
		filters = append(filters, directory.UsersOr{})
	}
	return filters, nil
}
