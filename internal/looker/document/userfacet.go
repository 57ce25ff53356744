package document

import (
	"slices"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/protocol"
)

// UserFacets are the facets of a user in this dialect, and the directory's facets about all
// users.
type UserFacets struct {
	HomeFolderID       string
	ModelsDirValidated *bool
	UIState            *map[string]string
	Reset              ForcedReset
	ResetForAll        ResetOrder
	PasswordResetToken string // of the URLs to set a password; never stored
}

// The kinds of facet that this dialect stores with a user.
const (
	FacetHomeFolder  = "home_folder_id"
	FacetModelsDir   = "models_dir_validated"
	FacetUIState     = "ui_state"
	FacetForcedReset = "forced_password_reset_at_next_login"
)

// FacetResetForAll is the facet of the directory that holds the latest order that everybody
// sets a new password.
const FacetResetForAll = "forced_password_reset"

// DirectoryObject returns the object that stands for the directory itself.
func DirectoryObject() directory.Object { return directory.Object{Kind: directory.ObjectDirectory} }

// A ResetOrder is the latest order that everybody sets a new password. It is stored once, with
// the directory, because there may be a million users.
type ResetOrder struct {
	Number int64             `json:"number"` // counts the orders
	At     directory.Instant `json:"at"`
}

// A ForcedReset says whether a user must set a new password, and which order was the latest at
// that time. Later orders override it.
type ForcedReset struct {
	Forced bool  `json:"forced"`
	Number int64 `json:"number"`
}

// Holds reports whether the owner of a login e-mail must set a new password.
func (r ForcedReset) Holds(order ResetOrder, c directory.Credential) bool {
	if r.Number < order.Number && c.CreatedAt <= order.At {
		return true
	}
	return r.Forced
}

// wantedFacets reads the facets of users, in their order, if the caller wants a member that
// depends on them.
func wantedFacets(q *protocol.Request, users []directory.UserDetail) ([]UserFacets, error) {
	if !slices.ContainsFunc([]string{FacetHomeFolder, FacetModelsDir, FacetUIState, "credentials_email"}, q.Fields.Wants) {
		list := make([]UserFacets, len(users))
		for i := range list {
			list[i].HomeFolderID = DefaultHomeFolder
		}
		return list, nil
	}
	ids := make([]directory.UserID, len(users))
	for i := range users {
		ids[i] = users[i].User.ID
	}
	return FacetsOfUsers(q, ids)
}

// FacetsOfUser reads the facets of one user.
func FacetsOfUser(q *protocol.Request, id directory.UserID) (UserFacets, error) {
	list, err := FacetsOfUsers(q, []directory.UserID{id})
	if err != nil {
		return UserFacets{}, err
	}
	return list[0], nil
}

// FacetsOfUsers reads the facets of users, in their order.
func FacetsOfUsers(q *protocol.Request, ids []directory.UserID) ([]UserFacets, error) {
	objects := []directory.Object{DirectoryObject()}
	for _, id := range ids {
		objects = append(objects, id.Object())
	}
	facets, err := q.Dir.FacetsOf(q.Context(), objects)
	if err != nil {
		return nil, err
	}
	list := make([]UserFacets, len(ids))
	for i, id := range ids {
		list[i].HomeFolderID = DefaultHomeFolder
		for _, facet := range slices.Concat(facets[DirectoryObject()], facets[id.Object()]) {
			if err := list[i].read(facet); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

func (f *UserFacets) read(facet directory.Facet) error {
	into := map[string]any{
		FacetHomeFolder: &f.HomeFolderID, FacetModelsDir: &f.ModelsDirValidated, FacetUIState: &f.UIState,
		FacetForcedReset: &f.Reset, FacetResetForAll: &f.ResetForAll,
	}[facet.Kind]
	if into == nil {
		return nil
	}
	return json.Unmarshal([]byte(facet.Data), into)
}

// SetFacet returns the edit that stores a member of a body, removes it if it is null, and does
// nothing if it is absent.
func SetFacet[T any](object directory.Object, kind string, member httpkit.Optional[T]) ([]directory.Edit, error) {
	switch {
	case !member.Set:
		return nil, nil
	case member.Null:
		return []directory.Edit{directory.DeleteFacet{Object: object, Dialect: protocol.Dialect, Kind: kind}}, nil
	}
	data, err := json.Marshal(member.Value, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	if len(data) > directory.MaxFacetLen {
		return nil, directory.TooLong(kind, "is longer than %d bytes", directory.MaxFacetLen)
	}
	return []directory.Edit{directory.SetFacet{Object: object, Dialect: protocol.Dialect, Kind: kind, Data: string(data)}},
		nil
}
