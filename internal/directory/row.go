package directory

import (
	"cmp"
	"slices"
)

// A RowKind names a kind of stored row: a table.
type RowKind uint8

// The kinds of row that changes are made of. Their order is the order in which
// rows can be written without naming one that is not there yet.
const (
	RowGroup RowKind = iota + 1
	RowNesting
	RowAttribute
	RowGroupValue
	RowPermissionSet
	RowModelSet
	RowRole
	RowGroupRole
	RowUser
	RowMembership
	RowUserValue
	RowUserRole
	RowCredential
	RowSourceReference
	RowFacet
	endOfRowKinds
)

var rowNames = [endOfRowKinds]string{
	RowGroup: "group", RowNesting: "nesting", RowAttribute: "attribute", RowGroupValue: "group_value",
	RowPermissionSet: "permission_set", RowModelSet: "model_set", RowRole: "role", RowGroupRole: "group_role",
	RowUser: "user", RowMembership: "membership", RowUserValue: "user_value", RowUserRole: "user_role",
	RowCredential: "credential", RowSourceReference: "source_reference", RowFacet: "facet",
}

// RowKinds returns every kind of row, in the order of declaration.
func RowKinds() []RowKind {
	kinds := make([]RowKind, 0, endOfRowKinds-1)
	for k := RowGroup; k < endOfRowKinds; k++ {
		kinds = append(kinds, k)
	}
	return kinds
}

// String is the kind's name, as records spell it.
func (k RowKind) String() string { return rowNames[k] }

// InCatalog reports whether rows of this kind belong to the catalog: to
// everything that is not per user.
func (k RowKind) InCatalog() bool { return k >= RowGroup && k <= RowGroupRole }

// A RowKey identifies a stored row. It is comparable; unused parts are zero.
type RowKey struct {
	Kind   RowKind
	A, B   int64     // ids
	Object Object    // of source references and facets
	Text   [3]string // source; or dialect, kind and name of a facet
}

// CompareRowKeys orders the keys of a kind.
func CompareRowKeys(a, b RowKey) int {
	return cmp.Or(
		cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B),
		cmp.Compare(a.Object.Kind, b.Object.Kind), cmp.Compare(a.Object.ID, b.Object.ID),
		slices.Compare(a.Text[:], b.Text[:]),
	)
}

// A Row is a row that changes are made of: Group, Nesting, Attribute,
// GroupValue, PermissionSet, ModelSet, Role, GroupRole, User, Membership,
// UserValue, UserRole, Credential, SourceReference or Facet, never a pointer.
type Row interface {
	// Key identifies the row; it never changes while the row exists.
	Key() RowKey
	// Objects are the objects that a change of the row is listed under.
	Objects() []Object
}

// A RowWrite is what a change does to one row. Before is nil if the row is
// made, After is nil if it is removed; else both have the same key.
type RowWrite struct {
	Before, After Row
}

// Row is the row as it is written, or as it was if it is removed.
func (w RowWrite) Row() Row {
	if w.After != nil {
		return w.After
	}
	return w.Before
}

// Key is the key of the row that is written.
func (w RowWrite) Key() RowKey { return w.Row().Key() }

// OwnerOf says which user has a row of its own: one of those that UserRows
// holds.
func OwnerOf(row Row) (UserID, bool) {
	switch r := row.(type) {
	case User:
		return r.ID, true
	case Membership:
		return r.User, true
	case UserValue:
		return r.User, true
	case UserRole:
		return r.User, true
	case Credential:
		return r.User, true
	}
	return 0, false
}

// Shorthands for objects.
func (id UserID) Object() Object          { return Object{ObjectUser, int64(id)} }
func (id GroupID) Object() Object         { return Object{ObjectGroup, int64(id)} }
func (id AttributeID) Object() Object     { return Object{ObjectAttribute, int64(id)} }
func (id RoleID) Object() Object          { return Object{ObjectRole, int64(id)} }
func (id PermissionSetID) Object() Object { return Object{ObjectPermissionSet, int64(id)} }
func (id ModelSetID) Object() Object      { return Object{ObjectModelSet, int64(id)} }

// Key and Objects, for every kind of row.

func (r Group) Key() RowKey       { return RowKey{Kind: RowGroup, A: int64(r.ID)} }
func (r Group) Objects() []Object { return []Object{r.ID.Object()} }

func (r Nesting) Key() RowKey       { return RowKey{Kind: RowNesting, A: int64(r.Group), B: int64(r.Parent)} }
func (r Nesting) Objects() []Object { return []Object{r.Group.Object(), r.Parent.Object()} }

func (r Attribute) Key() RowKey       { return RowKey{Kind: RowAttribute, A: int64(r.ID)} }
func (r Attribute) Objects() []Object { return []Object{r.ID.Object()} }

// Key names a group value by its owner and attribute, not by its id: there is
// at most one, and it is looked up so.
func (r GroupValue) Key() RowKey {
	return RowKey{Kind: RowGroupValue, A: int64(r.Group), B: int64(r.Attribute)}
}
func (r GroupValue) Objects() []Object { return []Object{r.Group.Object(), r.Attribute.Object()} }

func (r PermissionSet) Key() RowKey       { return RowKey{Kind: RowPermissionSet, A: int64(r.ID)} }
func (r PermissionSet) Objects() []Object { return []Object{r.ID.Object()} }

func (r ModelSet) Key() RowKey       { return RowKey{Kind: RowModelSet, A: int64(r.ID)} }
func (r ModelSet) Objects() []Object { return []Object{r.ID.Object()} }

func (r Role) Key() RowKey       { return RowKey{Kind: RowRole, A: int64(r.ID)} }
func (r Role) Objects() []Object { return []Object{r.ID.Object()} }

func (r GroupRole) Key() RowKey {
	return RowKey{Kind: RowGroupRole, A: int64(r.Group), B: int64(r.Role)}
}
func (r GroupRole) Objects() []Object { return []Object{r.Group.Object(), r.Role.Object()} }

func (r User) Key() RowKey       { return RowKey{Kind: RowUser, A: int64(r.ID)} }
func (r User) Objects() []Object { return []Object{r.ID.Object()} }

func (r Membership) Key() RowKey {
	return RowKey{Kind: RowMembership, A: int64(r.User), B: int64(r.Group)}
}
func (r Membership) Objects() []Object { return []Object{r.User.Object(), r.Group.Object()} }

func (r UserValue) Key() RowKey {
	return RowKey{Kind: RowUserValue, A: int64(r.User), B: int64(r.Attribute)}
}
func (r UserValue) Objects() []Object { return []Object{r.User.Object(), r.Attribute.Object()} }

func (r UserRole) Key() RowKey       { return RowKey{Kind: RowUserRole, A: int64(r.User), B: int64(r.Role)} }
func (r UserRole) Objects() []Object { return []Object{r.User.Object(), r.Role.Object()} }

func (r Credential) Key() RowKey       { return RowKey{Kind: RowCredential, A: int64(r.ID)} }
func (r Credential) Objects() []Object { return []Object{r.User.Object()} }

func (r SourceReference) Key() RowKey {
	return RowKey{Kind: RowSourceReference, Object: r.Object, Text: [3]string{r.Source}}
}
func (r SourceReference) Objects() []Object { return []Object{r.Object} }

func (r Facet) Key() RowKey {
	return RowKey{Kind: RowFacet, Object: r.Object, Text: [3]string{r.Dialect, r.Kind, r.Name}}
}
func (r Facet) Objects() []Object { return []Object{r.Object} }

// An Index names a secondary key by which rows are found.
type Index uint8

// The indexes. Rows that are marked deleted are in none of them.
const (
	ByGroupName         Index = iota + 1 // groups by Fold(name); not unique
	ByAttributeName                      // attributes by name; unique
	ByAttributeLabel                     // attributes by Fold(label); not unique
	ByRoleName                           // roles by Fold(name); not unique
	ByPermissionSetName                  // permission sets by Fold(name); not unique
	ByModelSetName                       // model sets by Fold(name); not unique
	ByCredential                         // credentials by (kind, identifier); unique
	ByContactEmail                       // users by Fold(contact e-mail); not unique
	BySource                             // source references by (object kind, source, source id); unique
	BySourceID                           // source references by (object kind, source id); not unique
	endOfIndexes
)

// Indexes returns every index.
func Indexes() []Index {
	list := make([]Index, 0, endOfIndexes-1)
	for i := ByGroupName; i < endOfIndexes; i++ {
		list = append(list, i)
	}
	return list
}

// An IndexKey is one entry of an index. It is comparable; unused parts are zero.
type IndexKey struct {
	Index Index
	Kind  ObjectKind // of BySource and BySourceID
	Text  [2]string  // the key; or kind and identifier of a credential; or source and source id
}

// IndexKeys are the entries under which a row can be found: none if it is
// marked deleted or has nothing to be found by.
func IndexKeys(row Row) []IndexKey {
	switch r := row.(type) {
	case Group:
		if r.DeletedRev == 0 {
			return []IndexKey{GroupNameKey(r.Name)}
		}
	case Attribute:
		if r.DeletedRev == 0 {
			return []IndexKey{AttributeNameKey(r.Name), AttributeLabelKey(r.Label)}
		}
	case Role:
		return []IndexKey{{Index: ByRoleName, Text: [2]string{Fold(r.Name)}}}
	case PermissionSet:
		return []IndexKey{{Index: ByPermissionSetName, Text: [2]string{Fold(r.Name)}}}
	case ModelSet:
		return []IndexKey{{Index: ByModelSetName, Text: [2]string{Fold(r.Name)}}}
	case Credential:
		return []IndexKey{CredentialKey(r.Kind, r.Identifier)}
	case User:
		if r.DeletedRev == 0 && r.ContactEmail != "" {
			return []IndexKey{ContactEmailKey(r.ContactEmail)}
		}
	case SourceReference:
		return []IndexKey{SourceKey(r.Object.Kind, r.Source, r.SourceID), SourceIDKey(r.Object.Kind, r.SourceID)}
	}
	return nil
}

// GroupNameKey finds groups by name, without regard to case.
func GroupNameKey(name string) IndexKey {
	return IndexKey{Index: ByGroupName, Text: [2]string{Fold(name)}}
}

// AttributeNameKey finds the attribute of a name.
func AttributeNameKey(name string) IndexKey {
	return IndexKey{Index: ByAttributeName, Text: [2]string{name}}
}

// AttributeLabelKey finds attributes by label, without regard to case.
func AttributeLabelKey(label string) IndexKey {
	return IndexKey{Index: ByAttributeLabel, Text: [2]string{Fold(label)}}
}

// CredentialKey finds the credential of a kind and identifier.
func CredentialKey(kind CredentialKind, identifier string) IndexKey {
	return IndexKey{Index: ByCredential, Text: [2]string{string(kind), identifier}}
}

// ContactEmailKey finds users by contact e-mail, without regard to case.
func ContactEmailKey(email string) IndexKey {
	return IndexKey{Index: ByContactEmail, Text: [2]string{Fold(email)}}
}

// SourceKey finds the object of a kind that has a source reference.
func SourceKey(kind ObjectKind, source, sourceID string) IndexKey {
	return IndexKey{Index: BySource, Kind: kind, Text: [2]string{source, sourceID}}
}

// SourceIDKey finds the objects of a kind that have a source id in any source.
func SourceIDKey(kind ObjectKind, sourceID string) IndexKey {
	return IndexKey{Index: BySourceID, Kind: kind, Text: [2]string{sourceID}}
}
