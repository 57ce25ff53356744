package client

import (
	"encoding/json"
	"time"
)

// A UserDetail is a user with what it has of its own.
type UserDetail struct {
	ID           string            `json:"id"`
	Kind         string            `json:"kind"` // person or service
	Name         string            `json:"name"`
	FirstName    string            `json:"first_name"`
	LastName     string            `json:"last_name"`
	Email        string            `json:"email"`
	ContactEmail string            `json:"contact_email"`
	Timezone     string            `json:"timezone"`
	Language     string            `json:"language"`
	Disabled     bool              `json:"disabled"`
	CreatedAt    time.Time         `json:"created_at"`
	Groups       []Membership      `json:"groups"`
	Values       []OwnValue        `json:"values"`
	Roles        []string          `json:"roles"`     // ids of those given directly
	AllRoles     []string          `json:"all_roles"` // and through groups
	Sources      map[string]string `json:"sources"`   // ids in other systems
}

// A Membership is a group that a user is directly in.
type Membership struct {
	Group     Group      `json:"group"`
	StartsAt  *time.Time `json:"starts_at"`
	ExpiresAt *time.Time `json:"expires_at"`
}

// An OwnValue is a value on its owner. Values of groups have a rank; Group is set
// where the list is one of an attribute.
type OwnValue struct {
	Group     *Group          `json:"group"`
	Attribute string          `json:"attribute"`
	Value     json.RawMessage `json:"value"`
	Rank      int             `json:"rank"`
	StartsAt  *time.Time      `json:"starts_at"`
	ExpiresAt *time.Time      `json:"expires_at"`
}

// A GroupDetail is a group with what it has of its own.
type GroupDetail struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Language    string            `json:"language"`
	CreatedAt   time.Time         `json:"created_at"`
	Parents     []Group           `json:"parents"`
	Roles       []string          `json:"roles"` // ids
	Sources     map[string]string `json:"sources"`
	Members     int64             `json:"members"` // users directly in it
}

// An Attribute is the definition of an attribute.
type Attribute struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	Label         string            `json:"label"`
	Type          string            `json:"type"`
	Rule          string            `json:"rule"`
	UserValueMode string            `json:"user_value_mode"`
	Default       json.RawMessage   `json:"default"`
	Hidden        bool              `json:"hidden"`
	UserCanView   bool              `json:"user_can_view"`
	UserCanEdit   bool              `json:"user_can_edit"`
	System        bool              `json:"system"`
	Permanent     bool              `json:"permanent"`
	CreatedAt     time.Time         `json:"created_at"`
	Sources       map[string]string `json:"sources"`
	Description   string            `json:"description"`
	Allowed       []AllowedValue    `json:"allowed"`
	Pattern       string            `json:"pattern"`
	Least         string            `json:"least"`
	Greatest      string            `json:"greatest"`
	MaxLength     int               `json:"max_length"`
}

// An AllowedValue is one of the values that an attribute takes. Without a label
// the value itself is shown.
type AllowedValue struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// A Role is a named set of permissions.
type Role struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Permissions   []string `json:"permissions"`
	PermissionSet string   `json:"permission_set"` // id of the set that the role gives
	BuiltIn       bool     `json:"built_in"`
}

// A Credential is something that a user logs in with.
type Credential struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"` // api3, email, or the kind of an identity elsewhere
	Identifier string    `json:"identifier"`
	Disabled   bool      `json:"disabled"`
	CreatedAt  time.Time `json:"created_at"`

	ExpiresAt *time.Time `json:"expires_at,omitempty"` // the end of a client id and secret
	UsedAt    *time.Time `json:"used_at,omitempty"`    // its last use
}

// A Holder is a user who has a value.
type Holder struct {
	User User `json:"user"`
	Value
}

// A Finding is something that may be a mistake.
type Finding struct {
	ID        string  `json:"id"` // what it is muted by
	Code      string  `json:"code"`
	Message   string  `json:"message"`
	Attribute string  `json:"attribute"`
	User      string  `json:"user"`
	Groups    []Group `json:"groups"`

	Users []string `json:"users,omitempty"` // where it is about several
	Muted bool     `json:"muted,omitempty"`
}

// A FindingKind counts findings of one kind.
type FindingKind struct {
	Code   string    `json:"code"`
	Count  int       `json:"count"` // without those that are muted
	Muted  int       `json:"muted"`
	Sample []Finding `json:"sample"`
}

// A UserValues is what one user of a batch has.
type UserValues struct {
	User   string  `json:"user"` // as it was asked for
	ID     string  `json:"id"`
	Found  bool    `json:"found"`
	Values []Value `json:"values"`
}

// Me is who asks, and what it may do.
type Me struct {
	User        User     `json:"user"`
	Permissions []string `json:"permissions"`
}
