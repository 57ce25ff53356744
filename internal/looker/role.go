package looker

import (
	"cohort/internal/directory"
)

// A roleBody is the vendor's Role, as it is shown. The ids of its two sets are
// written only.
type roleBody struct {
	Can           canMap            `json:"can"`
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	PermissionSet permissionSetBody `json:"permission_set"`
	ModelSet      modelSetBody      `json:"model_set"`
	URL           string            `json:"url"`
	UsersURL      string            `json:"users_url"`
}

// A permissionSetBody is the vendor's PermissionSet.
type permissionSetBody struct {
	Can         canMap   `json:"can"`
	AllAccess   bool     `json:"all_access"`
	BuiltIn     bool     `json:"built_in"`
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Permissions []string `json:"permissions"`
	URL         string   `json:"url"`
}

// A modelSetBody is the vendor's ModelSet.
type modelSetBody struct {
	Can       canMap   `json:"can"`
	AllAccess bool     `json:"all_access"`
	BuiltIn   bool     `json:"built_in"`
	ID        string   `json:"id"`
	Models    []string `json:"models"`
	Name      string   `json:"name"`
	URL       string   `json:"url"`
}

// roleBodies spells roles with their sets.
func (q *request) roleBodies(roles []directory.RoleDetail) ([]roleBody, error) {
	answers, err := askCan(q, "roles", roles, func(r directory.RoleDetail) []directory.Edit {
		return []directory.Edit{
			directory.UpdateRole{Role: r.Role.ID}, directory.DeleteRole{Role: r.Role.ID},
			directory.UpdatePermissionSet{PermissionSet: r.PermissionSet.ID}, directory.UpdateModelSet{ModelSet: r.ModelSet.ID},
		}
	})
	if err != nil {
		return nil, err
	}
	bodies := make([]roleBody, len(roles))
	for i, r := range roles {
		id, permissions, models := directory.FormatID(r.Role.ID), directory.FormatID(r.PermissionSet.ID), directory.FormatID(r.ModelSet.ID)
		var can, canPermissions, canModels canMap
		if may := answers[i]; may != nil {
			can = canMap{"show": true, "index": true, "update": may[0], "destroy": may[1]}
			canPermissions = canMap{"show": true, "index": true, "update": may[2]}
			canModels = canMap{"show": true, "index": true, "update": may[3]}
		}
		bodies[i] = roleBody{
			Can:  can,
			ID:   id,
			Name: r.Role.Name,
			PermissionSet: permissionSetBody{
				Can: canPermissions, AllAccess: r.PermissionSet.AllAccess,
				BuiltIn: r.PermissionSet.BuiltIn, ID: permissions, Name: r.PermissionSet.Name,
				Permissions: r.PermissionSet.Permissions, URL: q.url("permission_sets", permissions),
			},
			ModelSet: modelSetBody{
				Can: canModels, AllAccess: r.ModelSet.AllAccess,
				BuiltIn: r.ModelSet.BuiltIn, ID: models, Models: r.ModelSet.Models, Name: r.ModelSet.Name,
				URL: q.url("model_sets", models),
			},
			URL:      q.url("roles", id),
			UsersURL: q.url("roles", id, "users"),
		}
	}
	return bodies, nil
}
