package directory

// An Edit is one typed modification. It is one of the structs of this file, never a pointer.
// Its ids may stand for objects that earlier edits of the same change create (Made). A nil
// pointer leaves the field as it is.
type Edit interface {
	// EditName is the edit's name in records and in the native API.
	EditName() string
}

// Edits of users.
type (
	// CreateUser creates a user. Its result is the user's id.
	CreateUser struct {
		ID           UserID // 0 lets the directory choose
		Kind         UserKind
		FirstName    string
		LastName     string
		ContactEmail string
		Timezone     string
		Language     Language
		Disabled     bool
	}
	// UpdateUser changes fields of a user.
	UpdateUser struct {
		User         UserID
		FirstName    *string
		LastName     *string
		ContactEmail *string
		Timezone     *string
		Language     *Language
		Disabled     *bool
	}
	// DeleteUser marks a user deleted and removes its credentials.
	DeleteUser struct{ User UserID }
)

// Edits of groups.
type (
	// CreateGroup creates a group. Its result is the group's id.
	CreateGroup struct {
		ID          GroupID // 0 lets the directory choose
		Name        string
		Language    Language
		UniqueName  bool // refuse if another group has the name, compared by Fold
		Description string
	}
	// UpdateGroup changes fields of a group.
	UpdateGroup struct {
		Group       GroupID
		Name        *string
		Language    *Language
		UniqueName  bool
		Description *string
	}
	// DeleteGroup marks a group deleted.
	DeleteGroup struct{ Group GroupID }
	// AddMember puts a user directly into a group, at the end of the user's groups. If the
	// user is a member already, it changes only a given Window.
	AddMember struct {
		Group  GroupID
		User   UserID
		Window *Window
	}
	// RemoveMember takes a user out of a group. A user who is not a member is not found.
	RemoveMember struct {
		Group GroupID
		User  UserID
	}
	// SetFirstGroup makes a group the user's first group in place of the current one. Group 0
	// or All Users only removes the current one.
	SetFirstGroup struct {
		User  UserID
		Group GroupID
	}
	// AddParent puts a group directly into another, at the end of its parents.
	AddParent struct {
		Group  GroupID
		Parent GroupID
	}
	// RemoveParent takes a group out of another. A group that is not nested there is not
	// found.
	RemoveParent struct {
		Group  GroupID
		Parent GroupID
	}
	// SetFirstParent makes a group the first parent in place of the current one. Parent 0 or
	// All Users makes the group a root.
	SetFirstParent struct {
		Group  GroupID
		Parent GroupID
	}
)

// Edits of attributes and values.
type (
	// CreateAttribute creates an attribute. Its result is the attribute's id.
	CreateAttribute struct {
		ID            AttributeID // 0 lets the directory choose
		Name          string
		Label         string // empty derives it from the name
		Type          Type
		Rule          Rule          // empty is rank
		UserValueMode UserValueMode // empty is wins
		Default       *Value        // nil or empty means none
		Hidden        bool
		UserCanView   bool
		UserCanEdit   bool
		UniqueLabel   bool // refuse if another attribute has the label, compared by Fold
		Description   string
		Constraints
	}
	// UpdateAttribute changes fields of an attribute.
	UpdateAttribute struct {
		Attribute     AttributeID
		Name          *string
		Label         *string
		Type          *Type
		Rule          *Rule
		UserValueMode *UserValueMode
		Default       *Value // the zero Value removes it
		Hidden        *bool  // cannot be undone
		UserCanView   *bool
		UserCanEdit   *bool
		UniqueLabel   bool
		Misfits       Misfits
		Description   *string
		Allowed       *[]AllowedValue // an empty list allows all
		Pattern       *string
		Least         *string
		Greatest      *string
		MaxLength     *int
	}
	// DeleteAttribute marks an attribute deleted, with all its values.
	DeleteAttribute struct{ Attribute AttributeID }
	// SetGroupValue sets a group's value and keeps the rank of an existing one. Its result is
	// the value's id.
	SetGroupValue struct {
		Group     GroupID
		Attribute AttributeID
		Value     Value
		Rank      *int    // where to put it; nil keeps the rank, or puts a new value last
		Window    *Window // nil keeps the window
		Vendor    bool    // set by a dialect without windows: clears a window that is not in force
		Keep      bool    // the text is a dialect's placeholder: a hidden value stays; never recorded
	}
	// DeleteGroupValue removes a group's value. A missing value is not found.
	DeleteGroupValue struct {
		Group     GroupID
		Attribute AttributeID
		Language  Language // removes only the text in this language; empty removes the value
	}
	// SetGroupValues replaces all group values of an attribute, in the order of rank. Values
	// that the caller may not see stay, each behind the one it followed.
	SetGroupValues struct {
		Attribute AttributeID
		Items     []GroupValueItem
		Vendor    bool
	}
	// SetUserValue sets a user's own value.
	SetUserValue struct {
		User      UserID
		Attribute AttributeID
		Value     Value
		Window    *Window // nil keeps the window
		Vendor    bool    // as in SetGroupValue
		Keep      bool    // as in SetGroupValue
	}
	// DeleteUserValue removes a user's own value. A missing value is not found.
	DeleteUserValue struct {
		User      UserID
		Attribute AttributeID
		Language  Language // as in DeleteGroupValue
	}
)

// A GroupValueItem is one entry of SetGroupValues. Either every item of a list
// has a rank or none has.
type GroupValueItem struct {
	Group GroupID
	Value Value
	Rank  *int
	Keep  bool // as in SetGroupValue
}

// Misfits says what happens to values that do not fit an attribute's new type or constraints.
type Misfits string

// The choices. Empty refuses the edit and says how many misfits there are.
const (
	DropMisfits    Misfits = "drop"
	ConvertMisfits Misfits = "convert"
	// KeepMisfits keeps values that fit the type but not the constraints. Lint reports them.
	KeepMisfits Misfits = "keep"
)

// ParseMisfits parses the name of a choice.
func ParseMisfits(field, s string) (Misfits, error) {
	switch m := Misfits(s); m {
	case "", DropMisfits, ConvertMisfits, KeepMisfits:
		return m, nil
	}
	return "", Invalid(field, "must be drop, convert or keep")
}

// Edits of credentials.
type (
	// SetLoginEmail gives a user a login e-mail or changes it.
	SetLoginEmail struct {
		User  UserID
		Email string
		New   bool // refuse if the user has one already
	}
	// CreateAPICredential creates a client id and secret. Its result is the credential's id
	// and, once, the secret.
	CreateAPICredential struct {
		User     UserID
		ClientID string // empty lets the directory choose
		Secret   string // empty lets the directory choose; never recorded
		// Kind is CredentialAPI or CredentialSCIM. Empty means CredentialAPI.
		Kind      CredentialKind
		ExpiresAt Instant // 0 is never
	}
	// UpdateCredential enables or disables a credential, or sets the end of a client id and
	// secret.
	UpdateCredential struct {
		User       UserID
		Credential CredentialID
		Disabled   *bool
		ExpiresAt  *Instant // 0 is never
	}
	// DeleteCredential removes a credential and its secret.
	DeleteCredential struct {
		User       UserID
		Credential CredentialID
	}
)

// SetIdentity links a user to an account elsewhere (a credential of a kind other than email
// and api3), or changes the link. Its result is the credential's id.
type SetIdentity struct {
	User       UserID
	Kind       CredentialKind
	Identifier string // compared byte by byte, except a user name, which is compared by Fold
}

// Edits of the past.
type (
	// Revert undoes an earlier change: every row that it wrote becomes what it was before.
	// Credentials return disabled, because secrets are not restored. Misfits says what happens
	// to values that do not fit a restored type.
	Revert struct {
		Revision Revision
		Misfits  Misfits
	}
	// EraseUser erases a user for good: fields, credentials, values, memberships, references
	// and facets, and their images in all records.
	EraseUser struct{ User UserID }
	// PruneHistory removes the edits and images from the records up to a revision, at most
	// MaxEdits records in one change. The states of that time can no longer be read or
	// restored; the chain still verifies.
	PruneHistory struct{ Through Revision }
)

// Edits of roles.
type (
	// CreatePermissionSet creates a permission set. Its result is the set's id.
	CreatePermissionSet struct {
		Name        string
		Permissions []string
	}
	// UpdatePermissionSet changes fields of a permission set.
	UpdatePermissionSet struct {
		PermissionSet PermissionSetID
		Name          *string
		Permissions   *[]string
	}
	// DeletePermissionSet removes a permission set that no role uses.
	DeletePermissionSet struct{ PermissionSet PermissionSetID }
	// CreateModelSet creates a model set. Its result is the set's id.
	CreateModelSet struct {
		Name   string
		Models []string
	}
	// UpdateModelSet changes fields of a model set.
	UpdateModelSet struct {
		ModelSet ModelSetID
		Name     *string
		Models   *[]string
	}
	// DeleteModelSet removes a model set that no role uses.
	DeleteModelSet struct{ ModelSet ModelSetID }
	// CreateRole creates a role. Its result is the role's id.
	CreateRole struct {
		Name          string
		PermissionSet PermissionSetID
		ModelSet      ModelSetID
	}
	// UpdateRole changes fields of a role.
	UpdateRole struct {
		Role          RoleID
		Name          *string
		PermissionSet *PermissionSetID
		ModelSet      *ModelSetID
	}
	// DeleteRole removes a role from everyone who has it.
	DeleteRole struct{ Role RoleID }
	// SetUserRoles sets the roles that a user has directly.
	SetUserRoles struct {
		User  UserID
		Roles []RoleID
	}
	// SetGroupRoles sets the roles that a group gives.
	SetGroupRoles struct {
		Group GroupID
		Roles []RoleID
	}
)

// Edits of what other systems and dialects store with an object.
type (
	// SetSource gives an object its id in a source; an earlier one is replaced.
	SetSource struct {
		Object   Object
		Source   string
		SourceID string
	}
	// DeleteSource removes an object's id in a source. A missing one is not found.
	DeleteSource struct {
		Object Object
		Source string
	}
	// SetFacet stores JSON of one dialect with an object.
	SetFacet struct {
		Object  Object
		Dialect string
		Kind    string
		Name    string
		Data    string
	}
	// DeleteFacet removes a facet. It changes nothing if there is none.
	DeleteFacet struct {
		Object  Object
		Dialect string
		Kind    string
		Name    string
	}
)

// Edits that only the program itself makes.
type (
	// Initialize creates what every directory has: All Users, the attributes 1 to 13, the
	// Admin role with its sets. It is always the first edit.
	Initialize struct{}
	// TimePassed records that windows opened or closed between two instants.
	TimePassed struct{ From, To Instant }
	// Baseline stands for the rows that one change of an import brought into an empty
	// directory. Its record counts them without images, so earlier states and those in between
	// cannot be read.
	Baseline struct {
		Job     string     // identifies the import by its content
		Part    int        // 1, 2, 3 …
		Through int64      // rows of the import that are stored up to this change
		Counts  []RowCount // of this change, by kind
		Digest  string     // sum of the hashes of this change's rows, in hexadecimal
		Done    bool       // it is the last part
	}
	// ForgetFacets removes every facet of a kind, also from all records. An upgrade uses it
	// for what should not have been stored.
	ForgetFacets struct {
		Dialect string
		Kind    string
	}
	// RenumberValues assigns new order keys to an attribute's group values. Ranks stay.
	RenumberValues struct{ Attribute AttributeID }
)

// A RowCount counts rows of a kind.
type RowCount struct {
	Kind string
	Rows int64
}

// Edits returns a zero edit of each type.
func Edits() []Edit {
	return []Edit{
		CreateUser{}, UpdateUser{}, DeleteUser{},
		CreateGroup{}, UpdateGroup{}, DeleteGroup{},
		AddMember{}, RemoveMember{}, SetFirstGroup{},
		AddParent{}, RemoveParent{}, SetFirstParent{},
		CreateAttribute{}, UpdateAttribute{}, DeleteAttribute{},
		SetGroupValue{}, DeleteGroupValue{}, SetGroupValues{},
		SetUserValue{}, DeleteUserValue{},
		SetLoginEmail{}, CreateAPICredential{}, UpdateCredential{}, DeleteCredential{},
		CreatePermissionSet{}, UpdatePermissionSet{}, DeletePermissionSet{},
		CreateModelSet{}, UpdateModelSet{}, DeleteModelSet{},
		CreateRole{}, UpdateRole{}, DeleteRole{},
		SetUserRoles{}, SetGroupRoles{},
		SetSource{}, DeleteSource{}, SetFacet{}, DeleteFacet{},
		SetIdentity{}, Revert{}, EraseUser{}, PruneHistory{},
		Initialize{}, TimePassed{}, RenumberValues{}, Baseline{}, ForgetFacets{},
	}
}

// EditName, for every edit.

func (CreateUser) EditName() string          { return "create_user" }
func (UpdateUser) EditName() string          { return "update_user" }
func (DeleteUser) EditName() string          { return "delete_user" }
func (CreateGroup) EditName() string         { return "create_group" }
func (UpdateGroup) EditName() string         { return "update_group" }
func (DeleteGroup) EditName() string         { return "delete_group" }
func (AddMember) EditName() string           { return "add_member" }
func (RemoveMember) EditName() string        { return "remove_member" }
func (SetFirstGroup) EditName() string       { return "set_first_group" }
func (AddParent) EditName() string           { return "add_parent" }
func (RemoveParent) EditName() string        { return "remove_parent" }
func (SetFirstParent) EditName() string      { return "set_first_parent" }
func (CreateAttribute) EditName() string     { return "create_attribute" }
func (UpdateAttribute) EditName() string     { return "update_attribute" }
func (DeleteAttribute) EditName() string     { return "delete_attribute" }
func (SetGroupValue) EditName() string       { return "set_group_value" }
func (DeleteGroupValue) EditName() string    { return "delete_group_value" }
func (SetGroupValues) EditName() string      { return "set_group_values" }
func (SetUserValue) EditName() string        { return "set_user_value" }
func (DeleteUserValue) EditName() string     { return "delete_user_value" }
func (SetLoginEmail) EditName() string       { return "set_login_email" }
func (CreateAPICredential) EditName() string { return "create_api_credential" }
func (UpdateCredential) EditName() string    { return "update_credential" }
func (DeleteCredential) EditName() string    { return "delete_credential" }
func (SetIdentity) EditName() string         { return "set_identity" }
func (Revert) EditName() string              { return "revert" }
func (EraseUser) EditName() string           { return "erase_user" }
func (PruneHistory) EditName() string        { return "prune_history" }
func (CreatePermissionSet) EditName() string { return "create_permission_set" }
func (UpdatePermissionSet) EditName() string { return "update_permission_set" }
func (DeletePermissionSet) EditName() string { return "delete_permission_set" }
func (CreateModelSet) EditName() string      { return "create_model_set" }
func (UpdateModelSet) EditName() string      { return "update_model_set" }
func (DeleteModelSet) EditName() string      { return "delete_model_set" }
func (CreateRole) EditName() string          { return "create_role" }
func (UpdateRole) EditName() string          { return "update_role" }
func (DeleteRole) EditName() string          { return "delete_role" }
func (SetUserRoles) EditName() string        { return "set_user_roles" }
func (SetGroupRoles) EditName() string       { return "set_group_roles" }
func (SetSource) EditName() string           { return "set_source" }
func (DeleteSource) EditName() string        { return "delete_source" }
func (SetFacet) EditName() string            { return "set_facet" }
func (DeleteFacet) EditName() string         { return "delete_facet" }
func (Initialize) EditName() string          { return "initialize" }
func (TimePassed) EditName() string          { return "time_passed" }
func (Baseline) EditName() string            { return "baseline" }
func (RenumberValues) EditName() string      { return "renumber_values" }
func (ForgetFacets) EditName() string        { return "forget_facets" }
