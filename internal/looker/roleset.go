package looker

import (
	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

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

func (q *request) permissionSetBodies(sets []directory.PermissionSet) ([]permissionSetBody, error) {
	answers, err := askCan(q, roleCanMember(q), sets, func(directory.PermissionSet) []directory.Edit {
		return []directory.Edit{directory.CreatePermissionSet{}}
	})
	if err != nil {
		return nil, err
	}
	bodies := make([]permissionSetBody, len(sets))
	for i, s := range sets {
		id := directory.FormatID(s.ID)
		bodies[i] = permissionSetBody{
			Can: editCan(answers[i]), AllAccess: s.AllAccess, BuiltIn: s.BuiltIn, ID: id, Name: s.Name,
			Permissions: s.Permissions, URL: q.url("permission_sets", id),
		}
	}
	return bodies, nil
}

func (q *request) modelSetBodies(sets []directory.ModelSet) ([]modelSetBody, error) {
	answers, err := askCan(q, roleCanMember(q), sets, func(directory.ModelSet) []directory.Edit {
		return []directory.Edit{directory.CreateModelSet{}}
	})
	if err != nil {
		return nil, err
	}
	bodies := make([]modelSetBody, len(sets))
	for i, s := range sets {
		id := directory.FormatID(s.ID)
		bodies[i] = modelSetBody{
			Can: editCan(answers[i]), AllAccess: s.AllAccess, BuiltIn: s.BuiltIn, ID: id, Name: s.Name,
			Models: s.Models, URL: q.url("model_sets", id),
		}
	}
	return bodies, nil
}

func permissionSetOrder() ordering[directory.PermissionSet] {
	return ordering[directory.PermissionSet]{
		"id":         byNumber(func(s directory.PermissionSet) directory.PermissionSetID { return s.ID }),
		"name":       byText(func(s directory.PermissionSet) string { return s.Name }),
		"built_in":   byFlag(func(s directory.PermissionSet) bool { return s.BuiltIn }),
		"all_access": byFlag(func(s directory.PermissionSet) bool { return s.AllAccess }),
	}
}

func modelSetOrder() ordering[directory.ModelSet] {
	return ordering[directory.ModelSet]{
		"id":         byNumber(func(s directory.ModelSet) directory.ModelSetID { return s.ID }),
		"name":       byText(func(s directory.ModelSet) string { return s.Name }),
		"built_in":   byFlag(func(s directory.ModelSet) bool { return s.BuiltIn }),
		"all_access": byFlag(func(s directory.ModelSet) bool { return s.AllAccess }),
	}
}

func (a *api) allPermissionSets(q *request) error {
	list, err := q.dir.PermissionSets(q.ctx())
	if err != nil {
		return err
	}
	return replyList(q, list, permissionSetOrder(), q.permissionSetBodies)
}

func (a *api) searchPermissionSets(q *request) error {
	list, err := q.dir.PermissionSets(q.ctx())
	if err != nil {
		return err
	}
	s := newSearch[directory.PermissionSet](q)
	s.id("id", func(s directory.PermissionSet) int64 { return int64(s.ID) })
	s.text("name", func(s directory.PermissionSet) *string { return &s.Name })
	s.flag("all_access", func(s directory.PermissionSet) bool { return s.AllAccess })
	s.flag("built_in", func(s directory.PermissionSet) bool { return s.BuiltIn })
	if list, err = s.filter(list); err != nil {
		return err
	}
	return replyList(q, list, permissionSetOrder(), q.permissionSetBodies)
}

func (a *api) permissionSet(q *request) error {
	id, err := pathID[directory.PermissionSetID](q, "permission_set_id")
	if err != nil {
		return err
	}
	return q.replyPermissionSet(id)
}

func (q *request) replyPermissionSet(id directory.PermissionSetID) error {
	list, err := q.dir.PermissionSets(q.ctx())
	if err != nil {
		return err
	}
	for _, s := range list {
		if s.ID == id {
			bodies, err := q.permissionSetBodies([]directory.PermissionSet{s})
			if err != nil {
				return err
			}
			return q.reply(bodies[0])
		}
	}
	return directory.NotFound("permission_set", id)
}

// A setEdit holds the members of a permission set or model set that callers may write. A list
// that is null counts as absent.
type setEdit struct {
	Name        httpkit.Optional[string]   `json:"name"`
	Permissions httpkit.Optional[[]string] `json:"permissions"`
	Models      httpkit.Optional[[]string] `json:"models"`
}

func (a *api) createPermissionSet(q *request) error {
	var in setEdit
	if err := q.body(&in); err != nil {
		return err
	}
	if err := mustName("name", httpkit.Some(in.Name.Value)); err != nil {
		return err
	}
	done, shown, err := q.commit(directory.CreatePermissionSet{Name: in.Name.Value, Permissions: in.Permissions.Value})
	if err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyPermissionSet(directory.PermissionSetID(done.Results[0].ID))
}

func (a *api) updatePermissionSet(q *request) error {
	id, err := pathID[directory.PermissionSetID](q, "permission_set_id")
	if err != nil {
		return err
	}
	var in setEdit
	if err := q.body(&in); err != nil {
		return err
	}
	if err := mustName("name", in.Name); err != nil {
		return err
	}
	if _, shown, err := q.commit(directory.UpdatePermissionSet{PermissionSet: id, Name: in.Name.Ptr(),
		Permissions: in.Permissions.Given()}); err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyPermissionSet(id)
}

func (a *api) deletePermissionSet(q *request) error {
	id, err := pathID[directory.PermissionSetID](q, "permission_set_id")
	if err != nil {
		return err
	}
	return q.done(directory.DeletePermissionSet{PermissionSet: id})
}

func (a *api) allModelSets(q *request) error {
	list, err := q.dir.ModelSets(q.ctx())
	if err != nil {
		return err
	}
	return replyList(q, list, modelSetOrder(), q.modelSetBodies)
}

func (a *api) searchModelSets(q *request) error {
	list, err := q.dir.ModelSets(q.ctx())
	if err != nil {
		return err
	}
	s := newSearch[directory.ModelSet](q)
	s.id("id", func(s directory.ModelSet) int64 { return int64(s.ID) })
	s.text("name", func(s directory.ModelSet) *string { return &s.Name })
	s.flag("all_access", func(s directory.ModelSet) bool { return s.AllAccess })
	s.flag("built_in", func(s directory.ModelSet) bool { return s.BuiltIn })
	if list, err = s.filter(list); err != nil {
		return err
	}
	return replyList(q, list, modelSetOrder(), q.modelSetBodies)
}

func (a *api) modelSet(q *request) error {
	id, err := pathID[directory.ModelSetID](q, "model_set_id")
	if err != nil {
		return err
	}
	return q.replyModelSet(id)
}

func (q *request) replyModelSet(id directory.ModelSetID) error {
	list, err := q.dir.ModelSets(q.ctx())
	if err != nil {
		return err
	}
	for _, s := range list {
		if s.ID == id {
			bodies, err := q.modelSetBodies([]directory.ModelSet{s})
			if err != nil {
				return err
			}
			return q.reply(bodies[0])
		}
	}
	return directory.NotFound("model_set", id)
}

func (a *api) createModelSet(q *request) error {
	var in setEdit
	if err := q.body(&in); err != nil {
		return err
	}
	if err := mustName("name", httpkit.Some(in.Name.Value)); err != nil {
		return err
	}
	done, shown, err := q.commit(directory.CreateModelSet{Name: in.Name.Value, Models: in.Models.Value})
	if err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyModelSet(directory.ModelSetID(done.Results[0].ID))
}

func (a *api) updateModelSet(q *request) error {
	id, err := pathID[directory.ModelSetID](q, "model_set_id")
	if err != nil {
		return err
	}
	var in setEdit
	if err := q.body(&in); err != nil {
		return err
	}
	if err := mustName("name", in.Name); err != nil {
		return err
	}
	if _, shown, err := q.commit(directory.UpdateModelSet{ModelSet: id, Name: in.Name.Ptr(),
		Models: in.Models.Given()}); err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyModelSet(id)
}

func (a *api) deleteModelSet(q *request) error {
	id, err := pathID[directory.ModelSetID](q, "model_set_id")
	if err != nil {
		return err
	}
	return q.done(directory.DeleteModelSet{ModelSet: id})
}
