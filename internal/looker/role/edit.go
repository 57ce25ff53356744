package role

import (
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/protocol"
)

// A roleEdit holds the members of a role that callers may write. A client that copies a whole
// role names its sets by the nested objects; ids beside them win.
type roleEdit struct {
	Name            httpkit.Optional[string]          `json:"name"`
	PermissionSetID httpkit.Optional[httpkit.LooseID] `json:"permission_set_id"`
	ModelSetID      httpkit.Optional[httpkit.LooseID] `json:"model_set_id"`
	PermissionSet   httpkit.Optional[namedSet]        `json:"permission_set"`
	ModelSet        httpkit.Optional[namedSet]        `json:"model_set"`
}

type namedSet struct {
	ID httpkit.Optional[httpkit.LooseID] `json:"id"`
}

// setID returns the id of a set of a role, or nil if it is absent. Some clients send null for
// an absent one.
func setID[T directory.ID](name string, id httpkit.Optional[httpkit.LooseID],
	set httpkit.Optional[namedSet]) (*T, error) {
	if !id.Has() {
		id = set.Value.ID
	}
	if !id.Has() {
		return nil, nil
	}
	n, err := protocol.BodyID[T](name, id)
	return &n, err
}

// readRole reads the body.
func readRole(q *protocol.Request) (in roleEdit, permissions *directory.PermissionSetID, models *directory.ModelSetID,
	err error) {
	if err = q.Body(&in); err != nil {
		return
	}
	if permissions, err = setID[directory.PermissionSetID]("permission_set_id", in.PermissionSetID,
		in.PermissionSet); err != nil {
		return
	}
	models, err = setID[directory.ModelSetID]("model_set_id", in.ModelSetID, in.ModelSet)
	return
}

// createRole creates a role.
func createRole(q *protocol.Request) error {
	in, permissions, models, err := readRole(q)
	switch {
	case err != nil:
		return err
	case protocol.MustName("name", httpkit.Some(in.Name.Value)) != nil:
		return directory.Missing("name")
	case permissions == nil:
		return directory.Missing("permission_set_id")
	case models == nil:
		return directory.Missing("model_set_id")
	}
	done, shown, err := q.Commit(directory.CreateRole{Name: in.Name.Value, PermissionSet: *permissions, ModelSet: *models})
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return replyRole(q, directory.RoleID(done.Results[0].ID))
}

// updateRole changes the members that the body names.
func updateRole(q *protocol.Request) error {
	id, err := protocol.PathID[directory.RoleID](q, "role_id")
	if err != nil {
		return err
	}
	in, permissions, models, err := readRole(q)
	if err != nil {
		return err
	}
	if err := protocol.MustName("name", in.Name); err != nil {
		return err
	}
	if _, shown, err := q.Commit(directory.UpdateRole{Role: id, Name: in.Name.Ptr(), PermissionSet: permissions,
		ModelSet: models}); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return replyRole(q, id)
}

// deleteRole deletes a role and takes it from everyone.
func deleteRole(q *protocol.Request) error {
	id, err := protocol.PathID[directory.RoleID](q, "role_id")
	if err != nil {
		return err
	}
	return q.Done(directory.DeleteRole{Role: id})
}
