package looker

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

func me(q *request) error { return q.replyUser(q.caller.User) }

func user(q *request) error {
	id, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	return q.replyUser(id)
}

func allUsers(q *request) error {
	ids, given, err := queryIDs[directory.UserID](q.params, "ids")
	if err != nil {
		return err
	}
	if !given {
		return q.replyUsers(nil)
	}
	return q.replyUsers(directory.UsersByID(ids))
}

// searchUsers lists the users who match all given parameters.
func searchUsers(q *request) error {
	filters, err := q.userFilters("first_name", "last_name", "email")
	if err != nil {
		return err
	}
	or, _, err := q.params.bool("filter_or")
	if err != nil {
		return err
	}
	if or && len(filters) > 0 {
		return q.replyUsers(directory.UsersOr(filters))
	}
	return q.replyUsers(directory.UsersAnd(filters))
}

// searchUsersNames lists the users whose name or e-mail matches a pattern. Other parameters
// must match, too.
func searchUsersNames(q *request) error {
	filters, err := q.userFilters("first_name", "last_name", "email")
	if err != nil {
		return err
	}
	var any directory.UsersOr
	for _, text := range namePatterns(q.r.URL) {
		pattern, err := directory.ParsePattern("pattern", text)
		if err != nil {
			return err
		}
		for _, field := range []directory.UserField{directory.FieldFirstName, directory.FieldLastName, directory.FieldEmail} {
			any = append(any, directory.UsersLike{Field: field, Pattern: pattern})
		}
	}
	return q.replyUsers(directory.UsersAnd(append(filters, any)))
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
func (q *request) userFilters(texts ...string) ([]directory.UserFilter, error) {
	var filters []directory.UserFilter
	for _, name := range texts {
		f, err := q.params.textFilter(name, userField(name))
		if err != nil {
			return nil, err
		}
		filters = append(filters, f...)
	}
	ids, err := q.params.idFilter("id")
	if err != nil {
		return nil, err
	}
	filters = append(filters, ids...)
	disabled, given, err := q.params.bool("is_disabled")
	if err != nil {
		return nil, err
	}
	if given {
		filters = append(filters, directory.UsersEnabled(!disabled))
	}
	absent, err := q.absentFilters()
	if err != nil {
		return nil, err
	}
	groups, given, err := queryIDs[directory.GroupID](q.params, "group_id")
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

// idFilter reads a parameter with user ids.
func (p params) idFilter(name string) ([]directory.UserFilter, error) {
	c, err := p.idCriterion(name)
	switch {
	case err != nil || !c.given:
		return nil, err
	case c.every:
		return []directory.UserFilter{directory.UsersAnd{}}, nil
	}
	ids := make(directory.UsersByID, len(c.ids))
	for i, id := range c.ids {
		ids[i] = directory.UserID(id)
	}
	return []directory.UserFilter{ids}, nil
}

// absentFilters reads the parameters of features that this server does not have. Asking for
// users who have one selects nobody.
func (q *request) absentFilters() ([]directory.UserFilter, error) {
	var filters []directory.UserFilter
	wanted, given, err := q.params.bool("verified_looker_employee")
	switch {
	case err != nil:
		return nil, err
	case given && wanted:
		filters = append(filters, directory.UsersOr{})
	case given:
		filters = append(filters, directory.UsersAnd{})
	}
	wanted, given, err = q.params.bool("embed_user")
	switch {
	case err != nil:
		return nil, err
	case given && wanted:
		filters = append(filters, directory.UsersWith(directory.CredentialEmbed))
	case given:
		filters = append(filters, directory.UsersWithout(directory.CredentialEmbed))
	}
	if s := q.params.Get("content_metadata_id"); s != "" && s != "null" {
		filters = append(filters, directory.UsersOr{})
	}
	return filters, nil
}

// textFilter reads one text parameter of a search. A missing text of a user counts as empty.
func (p params) textFilter(name string, field directory.UserField) ([]directory.UserFilter, error) {
	c, err := p.textCriterion(name)
	switch {
	case err != nil || !c.given():
		return nil, err
	case c.word == isNull || c.word == notNull:
		return []directory.UserFilter{directory.UsersEmpty{Field: field, Empty: c.word == isNull}}, nil
	}
	any := directory.UsersOr{}
	for _, pattern := range c.patterns {
		any = append(any, directory.UsersLike{Field: field, Pattern: pattern})
	}
	return []directory.UserFilter{any}, nil
}

// replyUsers answers with the requested page of the users that a filter selects.
func (q *request) replyUsers(where directory.UserFilter) error {
	page, err := httpkit.ParsePage(q.params.Values)
	if err != nil {
		return err
	}
	sort, err := parseSorts(q.params, userField)
	if err != nil {
		return err
	}
	var order []directory.UserSort
	for _, s := range sort {
		order = append(order, directory.UserSort{Field: s.field, Desc: s.desc})
	}
	return replyUserParts(q, page, directory.UserQuery{Where: where, Sort: order}, usersText)
}

// replyUserParts answers with a page of the users that a query selects. It runs the query
// once, then reads and renders the users part by part.
func replyUserParts(q *request, page httpkit.Page, query directory.UserQuery,
	render func(*request, []directory.UserDetail) ([]byte, error)) error {
	query.Offset, query.Limit = page.Offset, maxItems+1
	if page.Limit > 0 {
		query.Limit = min(page.Limit, query.Limit)
	}
	ids, total, err := q.dir.PageOfUsers(q.ctx(), query)
	if err != nil {
		return err
	}
	return replyParts(q, page, total, partsOf(ids), func(q *request, part []directory.UserID) ([]byte, error) {
		users, err := q.dir.UsersOf(q.ctx(), part)
		if err != nil {
			return nil, err
		}
		return render(q, users)
	})
}

// usersText returns users as JSON, with the wanted fields.
func usersText(q *request, users []directory.UserDetail) ([]byte, error) {
	return q.appended(sizeOfUser*len(users), func(a *appender) error {
		separator := byte('[')
		err := q.eachUser(users, func(body *userBody) {
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

// userField returns the field of the domain that a name of this API sorts and filters by, or
// 0.
func userField(name string) directory.UserField {
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

// maxSorts is the largest number of sort keys.
const maxSorts = 10

// A sortKey is one key of a sort order.
type sortKey[F comparable] struct {
	field F
	desc  bool
}

// parseSorts parses a sort order such as "last_name, first_name desc". field maps a name to
// its field, or to the zero value if a list cannot be sorted by it.
func parseSorts[F comparable](p params, field func(string) F) ([]sortKey[F], error) {
	s, err := p.names("sorts")
	if err != nil {
		return nil, err
	}
	var keys []sortKey[F]
	for part := range strings.SplitSeq(s, ",") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		key := sortKey[F]{field: field(strings.ToLower(words[0]))}
		if key.field == *new(F) {
			return nil, directory.Malformed("sorts", "names a field that this list cannot be sorted by")
		}
		if len(words) > 1 {
			key.desc = strings.EqualFold(words[1], "desc")
		}
		if len(words) > 2 || len(words) == 2 && !key.desc && !strings.EqualFold(words[1], "asc") {
			return nil, directory.Malformed("sorts",
				"must be fields with commas between them, each with asc or desc behind it or nothing")
		}
		if keys = append(keys, key); len(keys) > maxSorts {
			return nil, directory.Malformed("sorts", "has more than %d fields", maxSorts)
		}
	}
	return keys, nil
}

// userForCredential finds a user by a login credential.
func userForCredential(q *request) error {
	kind := directory.CredentialKind(path.Base(path.Dir(q.r.URL.EscapedPath())))
	id := q.r.PathValue("credential_id")
	if kind == directory.CredentialEmail {
		id = directory.Fold(strings.TrimSpace(id))
	}
	if len(id) > maxCredentialLen || !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
		return &directory.Error{Kind: directory.KindNotFound, Field: "credential_id", Msg: "cannot be an id of a credential"}
	}
	u, err := q.dir.UserByIdentifier(q.ctx(), kind, id)
	if directory.KindOf(err) == directory.KindNotFound {
		return &directory.Error{Kind: directory.KindNotFound, Msg: "no user has this credential"}
	}
	if err != nil {
		return err
	}
	return q.replyUser(u.User.ID)
}

// credentialTypes lists the credential types that users can be found by: the kinds of this
// directory, and "api", which the vendor no longer supports and nobody has.
func credentialTypes() []string {
	return []string{"email", "google", "saml", "oidc", "ldap", "api", "api3", "embed", "looker_openid"}
}
