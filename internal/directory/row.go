package directory

import (
	"cmp"
	"slices"
)

// A RowKind is a kind of stored row: a table.
type RowKind uint8

// The kinds of row that changes consist of. In this order rows can be written without
// referring to a missing row.
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

// String returns the kind's name in records.
func (k RowKind) String() string { return rowNames[k] }

// InCatalog reports whether rows of this kind belong to the catalog, which is everything that
// does not belong to a user.
func (k RowKind) InCatalog() bool { return k >= RowGroup && k <= RowGroupRole }

// A RowKey identifies a stored row. It is comparable; unused parts are zero.
type RowKey struct {
	Kind   RowKind
	A, B   int64     // ids
	Object Object    // of source references and facets
	Text   [3]string // a source; or dialect, kind and name of a facet
}

// CompareRowKeys orders the keys of a kind.
func CompareRowKeys(a, b RowKey) int {
	return cmp.Or(
		cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B),
		cmp.Compare(a.Object.Kind, b.Object.Kind), cmp.Compare(a.Object.ID, b.Object.ID),
		slices.Compare(a.Text[:], b.Text[:]),
	)
}

// A Row is a stored row: Group, Nesting, Attribute, GroupValue, PermissionSet, ModelSet, Role,
// GroupRole, User, Membership, UserValue, UserRole, Credential, SourceReference or Facet,
// never a pointer.
type Row interface {
	// Key identifies the row. It never changes while the row exists.
	Key() RowKey
	// Objects returns the objects under which history lists changes of the row.
	Objects() []Object
}

// A RowWrite is the effect of a change on one row. Before is nil if the row is created, After
// is nil if it is removed; otherwise both have the same key.
type RowWrite struct {
	Before, After Row
}

// Row returns the row after the write, or before it if it is removed.
func (w RowWrite) Row() Row {
	if w.After != nil {
		return w.After
	}
	return w.Before
}

// Key returns the key of the written row.
func (w RowWrite) Key() RowKey { return w.Row().Key() }

// OwnerOf returns the user who owns a row: one of those in UserRows.
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

// Key identifies a group value by owner and attribute, not by its id: there is at most one,
// and look-ups use this key.
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

// An Index is a secondary key by which rows are found.
type Index uint8

// The indexes. They do not contain rows that are marked deleted.
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
	Kind  ObjectKind // for BySource and BySourceID
	Text  [2]string  // the key; kind and identifier of a credential; or source and source id
}

// IndexKeys returns the keys under which a row can be found. A row that is marked deleted has
// none.
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

// GroupNameKey finds groups by name, ignoring case.
func GroupNameKey(name string) IndexKey {
	return IndexKey{Index: ByGroupName, Text: [2]string{Fold(name)}}
}

// AttributeNameKey finds an attribute by name.
func AttributeNameKey(name string) IndexKey {
	return IndexKey{Index: ByAttributeName, Text: [2]string{name}}
}

// AttributeLabelKey finds attributes by label, ignoring case.
func AttributeLabelKey(label string) IndexKey {
	return IndexKey{Index: ByAttributeLabel, Text: [2]string{Fold(label)}}
}

// CredentialKey finds a credential by kind and identifier.
func CredentialKey(kind CredentialKind, identifier string) IndexKey {
	return IndexKey{Index: ByCredential, Text: [2]string{string(kind), identifier}}
}

// ContactEmailKey finds users by contact e-mail, ignoring case.
func ContactEmailKey(email string) IndexKey {
	return IndexKey{Index: ByContactEmail, Text: [2]string{Fold(email)}}
}

// SourceKey finds an object by kind and source reference.
func SourceKey(kind ObjectKind, source, sourceID string) IndexKey {
	return IndexKey{Index: BySource, Kind: kind, Text: [2]string{source, sourceID}}
}

// SourceIDKey finds the objects of a kind with a source id in any source.
func SourceIDKey(kind ObjectKind, sourceID string) IndexKey {
	return IndexKey{Index: BySourceID, Kind: kind, Text: [2]string{sourceID}}
}
