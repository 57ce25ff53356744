package resource

import (
	"net/http"

	"cohort/internal/directory"
)

// Dialect is the name of this wire format in records, callers and facets.
const Dialect = "scim"

// FacetUser and FacetGroup are the kinds of facet that hold what was sent for a user and for a
// group.
const (
	FacetUser  = "user"
	FacetGroup = "group"
)

// MadeBy is the member of a group's facet that names the client that created it. Okta and
// OneLogin send no externalId for groups, and the guard must know which groups are a client's.
const MadeBy = "client"

// Stored returns the facet of a kind, or nil.
func Stored(list []directory.Facet, kind string) (*Object, error) {
	for _, f := range list {
		if f.Kind == kind && f.Name == "" {
			return ParseObject([]byte(f.Data))
		}
	}
	return nil, nil
}

// StillMeans returns the text that was sent if it cleans to the stored one, or else the stored
// one.
func StillMeans(sent, stored string, clean func(field, s string) (string, error)) string {
	if cleaned, err := clean("name", sent); sent != "" && err == nil && cleaned == stored {
		return sent
	}
	return stored
}

// StoreEdit returns the edit of a facet, if it changes.
func StoreEdit(o directory.Object, kind string, had, keep *Object) (directory.Edit, error) {
	switch {
	case Same(had, keep):
		return nil, nil
	case IsEmpty(keep):
		return directory.DeleteFacet{Object: o, Dialect: Dialect, Kind: kind}, nil
	}
	data := AppendTree(nil, keep)
	if len(data) > directory.MaxFacetLen {
		return nil, NewFault(http.StatusRequestEntityTooLarge, "",
			"The attributes stored for one resource exceed 65,536 bytes; send fewer attributes.")
	}
	return directory.SetFacet{Object: o, Dialect: Dialect, Kind: kind, Data: string(data)}, nil
}
