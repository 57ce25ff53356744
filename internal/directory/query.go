package directory

// A UserField names a field of users that lists filter and sort by.
type UserField uint8

// The fields. Texts are compared by Fold.
const (
	FieldID UserField = iota + 1
	FieldFirstName
	FieldLastName
	FieldEmail // the login e-mail, or else the contact e-mail
	FieldDisabled
	FieldKind
	FieldCreatedAt
)

// A UserQuery selects, orders and cuts a list of users. It never returns deleted users.
type UserQuery struct {
	Where  UserFilter // nil selects all
	Sort   []UserSort // ties are broken by id, ascending
	Offset int
	Limit  int // 0 is no limit
	// Uncounted means that the total is not needed. It is undefined then.
	Uncounted bool
}

// A UserSort is one key of a sort order.
type UserSort struct {
	Field UserField
	Desc  bool
}

// A UserFilter selects users. It is one of the types below.
type UserFilter interface{ userFilter() }

// Filters of users.
type (
	UsersAnd  []UserFilter // all of them; the empty list selects everyone
	UsersOr   []UserFilter // at least one of them; the empty list selects nobody
	UsersByID []UserID     // one of these
	UsersLike struct {
		Field   UserField
		Pattern Pattern
	} // a text field matches
	UsersEmpty struct {
		Field UserField
		Empty bool
	} // a text field is, or is not, empty
	UsersAfter   UserID         // with a greater id
	UsersEnabled bool           // enabled, or disabled
	UsersOfKind  UserKind       // of that kind
	UsersHaving  []RoleID       // given one of the roles directly
	UsersWith    CredentialKind // with a credential of that kind, disabled or not
	UsersWithout CredentialKind // without such a credential
	UsersNamed   struct{}       // with a login name of any kind
	UsersIn      struct {       // directly in one of the groups, in force at At; 0 means the time of the answer
		Groups []GroupID
		At     Instant
	}
)

func (UsersAnd) userFilter()     {}
func (UsersOr) userFilter()      {}
func (UsersByID) userFilter()    {}
func (UsersLike) userFilter()    {}
func (UsersEmpty) userFilter()   {}
func (UsersAfter) userFilter()   {}
func (UsersEnabled) userFilter() {}
func (UsersOfKind) userFilter()  {}
func (UsersHaving) userFilter()  {}
func (UsersWith) userFilter()    {}
func (UsersWithout) userFilter() {}
func (UsersNamed) userFilter()   {}
func (UsersIn) userFilter()      {}
