package propeller

import (
	"slices"

	"cohort/internal/directory"
	"cohort/internal/propeller/document"
)

// A shower renders usergroups and users. It reads the rows of all objects of a reply together.
type shower struct {
	*request
	expand  map[string]bool
	facets  map[directory.Object][]directory.Facet
	sources map[directory.Object][]directory.SourceReference
	parents map[directory.Object]directory.Group // of the objects that are in a usergroup
}

// The optional parts of an object.
const (
	expandSources = "sources"
	expandParent  = "parent"
)

// showUsergroups renders usergroups, in order.
func (q *request) showUsergroups(list []directory.Group, expand map[string]bool) ([]map[string]any, error) {
	s := &shower{request: q, expand: expand, parents: map[directory.Object]directory.Group{}}
	objects := make([]directory.Object, len(list))
	for i, g := range list {
		objects[i] = g.ID.Object()
		if !expand[expandParent] {
			continue
		}
		path, err := q.dir.GroupPath(q.ctx(), g.ID)
		if err != nil {
			return nil, err
		}
		if len(path) > 1 {
			s.parents[objects[i]] = path[1]
		}
	}
	if err := s.read(objects); err != nil {
		return nil, err
	}
	bodies := make([]map[string]any, len(list))
	for i, g := range list {
		body, err := s.usergroup(&g)
		if err != nil {
			return nil, err
		}
		bodies[i] = s.with(body, objects[i])
		if expand[expandParent] {
			if body[expandParent], err = s.parent(objects[i]); err != nil {
				return nil, err
			}
		}
	}
	return bodies, nil
}

// showUsers renders users, in order.
func (q *request) showUsers(list []directory.UserDetail, expand map[string]bool) ([]map[string]any, error) {
	s := &shower{request: q, expand: expand, parents: map[directory.Object]directory.Group{}}
	objects := make([]directory.Object, len(list))
	for i, u := range list {
		objects[i] = u.User.ID.Object()
		if !expand[expandParent] || len(u.Memberships) == 0 {
			continue
		}
		g, err := q.dir.Group(q.ctx(), u.Memberships[0].Group)
		if err != nil {
			return nil, err
		}
		s.parents[objects[i]] = g
	}
	if err := s.read(objects); err != nil {
		return nil, err
	}
	bodies := make([]map[string]any, len(list))
	for i := range list {
		body, err := s.user(&list[i])
		if err != nil {
			return nil, err
		}
		bodies[i] = s.with(body, objects[i])
		if expand[expandParent] {
			if body[expandParent], err = s.parent(objects[i]); err != nil {
				return nil, err
			}
		}
	}
	return bodies, nil
}

// read reads the facets of the objects and of their parents, and the references of the
// objects.
func (s *shower) read(objects []directory.Object) (err error) {
	all := slices.Clip(objects)
	known := map[directory.GroupID]bool{}
	for _, o := range objects {
		if g, ok := s.parents[o]; ok && !known[g.ID] {
			known[g.ID], all = true, append(all, g.ID.Object())
		}
	}
	if s.facets, err = s.dir.FacetsOf(s.ctx(), all); err != nil || !s.expand[expandSources] {
		return err
	}
	lists, err := s.dir.Sources(s.ctx(), objects...)
	if err != nil {
		return err
	}
	s.sources = make(map[directory.Object][]directory.SourceReference, len(objects))
	for i, o := range objects {
		s.sources[o] = lists[i]
	}
	return nil
}

// usergroup renders a usergroup with its stored fields, without inherited ones.
func (s *shower) usergroup(g *directory.Group) (map[string]any, error) {
	k, err := document.ReadStored(s.facets[g.ID.Object()])
	if err != nil {
		return nil, err
	}
	body := map[string]any{"id": int64(g.ID), "name": g.Name}
	document.ShowFields(body, s.ofGroups, k.Settings)
	for _, name := range s.onlyReadGroup {
		body[name] = ""
	}
	return body, nil
}

// user renders a user.
func (s *shower) user(u *directory.UserDetail) (map[string]any, error) {
	k, err := document.ReadStored(s.facets[u.User.ID.Object()])
	if err != nil {
		return nil, err
	}
	body := map[string]any{
		"id": int64(u.User.ID), "firstName": u.User.FirstName, "lastName": u.User.LastName, "email": u.Email(),
		"primaryLanguage": string(u.User.Language),
	}
	document.ShowFields(body, s.ofUsers, k.Settings)
	body[document.FieldFullName] = k.FullName(&u.User)
	return body, nil
}

// with adds the references of an object, if the caller wants them.
func (s *shower) with(body map[string]any, o directory.Object) map[string]any {
	if s.expand[expandSources] {
		body[expandSources] = document.SourceBodies(s.sources[o])
	}
	return body
}

// parent renders the usergroup that contains an object, or null if there is none.
func (s *shower) parent(o directory.Object) (any, error) {
	g, ok := s.parents[o]
	if !ok {
		return nil, nil //nolint:nilnil // null is what is shown
	}
	return s.usergroup(&g)
}
