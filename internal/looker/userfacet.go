package looker

import (
	"slices"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// userFacets are the facets of a user in this dialect, and the directory's facets about all
// users.
type userFacets struct {
	HomeFolderID       string
	ModelsDirValidated *bool
	UIState            *map[string]string
	Reset              forcedReset
	ResetForAll        resetOrder
	PasswordResetToken string // of the URLs to set a password; never stored
}

// The kinds of facet that this dialect stores with a user.
const (
	facetHomeFolder  = "home_folder_id"
	facetModelsDir   = "models_dir_validated"
	facetUIState     = "ui_state"
	facetForcedReset = "forced_password_reset_at_next_login"
)

// facetResetForAll is the facet of the directory that holds the latest order that everybody
// sets a new password.
const facetResetForAll = "forced_password_reset"

// directoryObject returns the object that stands for the directory itself.
func directoryObject() directory.Object { return directory.Object{Kind: directory.ObjectDirectory} }

// A resetOrder is the latest order that everybody sets a new password. It is stored once, with
// the directory, because there may be a million users.
type resetOrder struct {
	Number int64             `json:"number"` // counts the orders
	At     directory.Instant `json:"at"`
}

// A forcedReset says whether a user must set a new password, and which order was the latest at
// that time. Later orders override it.
type forcedReset struct {
	Forced bool  `json:"forced"`
	Number int64 `json:"number"`
}

// holds reports whether the owner of a login e-mail must set a new password.
func (r forcedReset) holds(order resetOrder, c directory.Credential) bool {
	if r.Number < order.Number && c.CreatedAt <= order.At {
		return true
	}
	return r.Forced
}

// userFacets reads the facets of users, in their order, if the caller wants a member that
// depends on them.
func (q *request) userFacets(users []directory.UserDetail) ([]userFacets, error) {
	if !slices.ContainsFunc([]string{facetHomeFolder, facetModelsDir, facetUIState, "credentials_email"}, q.fields.Wants) {
		list := make([]userFacets, len(users))
		for i := range list {
			list[i].HomeFolderID = defaultHomeFolder
		}
		return list, nil
	}
	ids := make([]directory.UserID, len(users))
	for i := range users {
		ids[i] = users[i].User.ID
	}
	return q.facetsOfUsers(ids)
}

// allUserFacets reads the facets of one user.
func (q *request) allUserFacets(id directory.UserID) (userFacets, error) {
	list, err := q.facetsOfUsers([]directory.UserID{id})
	if err != nil {
		return userFacets{}, err
	}
	return list[0], nil
}

func (q *request) facetsOfUsers(ids []directory.UserID) ([]userFacets, error) {
	objects := []directory.Object{directoryObject()}
	for _, id := range ids {
		objects = append(objects, id.Object())
	}
	facets, err := q.dir.FacetsOf(q.ctx(), objects)
	if err != nil {
		return nil, err
	}
	list := make([]userFacets, len(ids))
	for i, id := range ids {
		list[i].HomeFolderID = defaultHomeFolder
		for _, facet := range slices.Concat(facets[directoryObject()], facets[id.Object()]) {
			if err := list[i].read(facet); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

func (f *userFacets) read(facet directory.Facet) error {
	into := map[string]any{
		facetHomeFolder: &f.HomeFolderID, facetModelsDir: &f.ModelsDirValidated, facetUIState: &f.UIState,
		facetForcedReset: &f.Reset, facetResetForAll: &f.ResetForAll,
	}[facet.Kind]
	if into == nil {
		return nil
	}
	return json.Unmarshal([]byte(facet.Data), into)
}

// setFacet returns the edit that stores a member of a body, removes it if it is null, and does
// nothing if it is absent.
func setFacet[T any](object directory.Object, kind string, member httpkit.Optional[T]) ([]directory.Edit, error) {
	switch {
	case !member.Set:
		return nil, nil
	case member.Null:
		return []directory.Edit{directory.DeleteFacet{Object: object, Dialect: Dialect, Kind: kind}}, nil
	}
	data, err := json.Marshal(member.Value, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	if len(data) > directory.MaxFacetLen {
		return nil, directory.TooLong(kind, "is longer than %d bytes", directory.MaxFacetLen)
	}
	return []directory.Edit{directory.SetFacet{Object: object, Dialect: Dialect, Kind: kind, Data: string(data)}}, nil
}
