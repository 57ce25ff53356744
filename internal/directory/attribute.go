package directory

import (
	"slices"
)

// A Type is the type of an attribute's values.
type Type string

// The value types.
const (
	TypeString         Type = "string"
	TypeText           Type = "text" // localized
	TypeInteger        Type = "integer"
	TypeNumber         Type = "number"
	TypeYesNo          Type = "yesno"
	TypeDate           Type = "date"
	TypeDateTime       Type = "datetime"
	TypeZipcode        Type = "zipcode"
	TypeRelativeURL    Type = "relative_url"
	TypeFilterString   Type = "filter_string"
	TypeFilterNumber   Type = "filter_number"
	TypeFilterDateTime Type = "filter_datetime"
	TypeList           Type = "list" // localized
	TypeEnum           Type = "enum"
	TypeEnumList       Type = "enum_list"
)

// Types returns every value type.
func Types() []Type {
	return []Type{
		TypeString, TypeText, TypeInteger, TypeNumber, TypeYesNo, TypeDate, TypeDateTime, TypeZipcode,
		TypeRelativeURL, TypeFilterString, TypeFilterNumber, TypeFilterDateTime, TypeList, TypeEnum, TypeEnumList,
	}
}

// Localized reports whether a row of this type holds a text per language.
func (t Type) Localized() bool { return t == TypeText || t == TypeList }

// IsList reports whether values of this type have elements.
func (t Type) IsList() bool { return t == TypeList || t == TypeEnumList }

// IsOrdered reports whether values of this type have an order.
func (t Type) IsOrdered() bool {
	switch t {
	case TypeInteger, TypeNumber, TypeDate, TypeDateTime:
		return true
	default:
		return false
	}
}

// Textual reports whether the empty text is a value of this type.
func (t Type) Textual() bool {
	switch t {
	case TypeString, TypeText, TypeZipcode, TypeRelativeURL, TypeFilterString, TypeFilterNumber, TypeFilterDateTime:
		return true
	default:
		return false
	}
}

// ParseType parses the name of a type.
func ParseType(field, s string) (Type, error) {
	if s == "" {
		return "", Missing(field)
	}
	if !slices.Contains(Types(), Type(s)) {
		return "", Invalid(field, "must be one of %v", Types())
	}
	return Type(s), nil
}

// A UserValueMode says how a user's own value relates to the group values.
type UserValueMode string

// The modes.
const (
	ModeWins   UserValueMode = "wins"   // it is the answer
	ModeJoins  UserValueMode = "joins"  // it is the strongest candidate
	ModeYields UserValueMode = "yields" // it is the answer only if no group has one
)

// ParseUserValueMode parses the name of a mode.
func ParseUserValueMode(field, s string) (UserValueMode, error) {
	switch m := UserValueMode(s); m {
	case ModeWins, ModeJoins, ModeYields:
		return m, nil
	}
	return "", Invalid(field, "must be one of wins, joins, yields")
}

// Ids of the attributes that every directory has. Those up to 10 are computed from the user;
// 11 to 13 are ordinary but permanent. Ids of other attributes begin at FirstCustomAttribute.
const (
	AttrFirstName        AttributeID = 1
	AttrLastName         AttributeID = 2
	AttrEmail            AttributeID = 3
	AttrName             AttributeID = 4
	AttrTimezone         AttributeID = 5
	AttrID               AttributeID = 6
	AttrLDAPUserID       AttributeID = 7
	AttrSAMLUserID       AttributeID = 8
	AttrGoogleUserID     AttributeID = 9
	AttrOIDCUserID       AttributeID = 10
	AttrLocale           AttributeID = 11
	AttrNumberFormat     AttributeID = 12
	AttrLandingPage      AttributeID = 13
	FirstCustomAttribute AttributeID = 14
)

// Computed reports whether values of the attribute are computed from the user's fields and
// credentials, without rows.
func (id AttributeID) Computed() bool { return id >= AttrFirstName && id <= AttrOIDCUserID }

// An Attribute is a typed definition.
type Attribute struct {
	ID            AttributeID
	Name          string
	Label         string
	Type          Type
	Rule          Rule
	UserValueMode UserValueMode
	Default       Value // the zero Value means no default
	Hidden        bool  // values are sealed and never shown
	UserCanView   bool
	UserCanEdit   bool // implies UserCanView
	System        bool // cannot be edited
	Permanent     bool // cannot be deleted
	CreatedAt     Instant
	DeletedRev    Revision // 0 while it exists
	Description   string
	Constraints
}

// Exists reports whether the attribute exists and is not marked deleted.
func (a Attribute) Exists() bool { return a.ID != 0 && a.DeletedRev == 0 }

// HasDefault reports whether a default is set.
func (a *Attribute) HasDefault() bool { return !a.Default.IsZero() }

// ParseKind cleans what says how an attribute's values are read, in place.
func ParseKind(a *Attribute) (err error) {
	if a.Type, err = ParseType("type", string(a.Type)); err != nil {
		return err
	}
	if a.Hidden && a.Type.Localized() {
		return Invalid("hidden", "is not possible for the localized type %s", a.Type)
	}
	if a.Rule, err = ParseRule(string(a.Rule), a.Type, a.Hidden); err != nil {
		return err
	}
	if a.UserValueMode, err = ParseUserValueMode("user_value_mode", string(a.UserValueMode)); err != nil {
		return err
	}
	a.Constraints, err = ParseConstraints(a.Type, a.Constraints)
	return err
}
