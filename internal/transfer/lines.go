package transfer

import (
	"cohort/internal/directory"
	"cohort/internal/store"
)

// Version is the version of the format.
const Version = 1

// maxLine is the longest line, in bytes.
const maxLine = 8 << 20

// A Header is the first line: it describes the source.
type Header struct {
	Format      int                `json:"cohort_export"` // Version
	Incarnation int64              `json:"incarnation"`
	Revision    directory.Revision `json:"revision"`
	At          directory.Instant  `json:"at"` // of the revision, in milliseconds
	Users       int64              `json:"users"`
	Groups      int64              `json:"groups"`
	Next        Next               `json:"next"`
}

// Next are the next ids of the directory. Smaller ids are never reused, in the target either.
type Next struct {
	User          directory.UserID          `json:"user"`
	Group         directory.GroupID         `json:"group"`
	Attribute     directory.AttributeID     `json:"attribute"`
	Value         directory.ValueID         `json:"value"`
	Role          directory.RoleID          `json:"role"`
	PermissionSet directory.PermissionSetID `json:"permission_set"`
	ModelSet      directory.ModelSetID      `json:"model_set"`
	Credential    directory.CredentialID    `json:"credential"`
}

// nextOf returns the next ids of a head, without that of sealed values, which are not
// exported.
func nextOf(n store.NextIDs) Next {
	return Next{n.User, n.Group, n.Attribute, n.Value, n.Role, n.PermissionSet, n.ModelSet, n.Credential}
}

// IDs returns the next ids in the form of a store. That of sealed values is 1.
func (n Next) IDs() store.NextIDs {
	return store.NextIDs{
		User: n.User, Group: n.Group, Attribute: n.Attribute, Value: n.Value, Role: n.Role,
		PermissionSet: n.PermissionSet, ModelSet: n.ModelSet, Credential: n.Credential, Sealed: 1,
	}
}

// A Trailer is the last line. It reveals truncation and changes.
type Trailer struct {
	End     bool             `json:"end"`  // true
	Rows    map[string]int64 `json:"rows"` // by kind
	Omitted Omitted          `json:"omitted"`
	SHA256  string           `json:"sha256"` // of all lines before, in hexadecimal
}

// Omitted counts what the directory contains and the file must not.
type Omitted struct {
	HiddenValues   int64 `json:"hidden_values"`
	APICredentials int64 `json:"api_credentials"`
}

// Total returns the number of rows of all kinds.
func (t *Trailer) Total() int64 {
	total := int64(0)
	for _, n := range t.Rows {
		total += n
	}
	return total
}
