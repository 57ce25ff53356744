package native

import (
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/render"
)

// A groupBody is a group in replies.
type groupBody struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Language    string            `json:"language"`
	CreatedAt   string            `json:"created_at"`
	Parents     []render.Group    `json:"parents"`
	Roles       []string          `json:"roles"`
	Sources     map[string]string `json:"sources"`
	Members     *int64            `json:"members,omitempty"` // in lists and by itself, but no part of the ETag
}

func groupBodies(q *request, now Reader, ids []directory.GroupID, counted bool) ([]groupBody, error) {
	details, err := now.GroupDetails(q.ctx(), ids)
	if err != nil {
		return nil, err
	}
	objects := make([]directory.Object, len(details))
	for i := range details {
		objects[i] = details[i].Group.ID.Object()
	}
	sources, err := now.Sources(q.ctx(), objects...)
	if err != nil {
		return nil, err
	}
	list := make([]groupBody, len(details))
	for i := range details {
		d := &details[i]
		list[i] = groupBody{
			ID: directory.FormatID(d.Group.ID), Name: d.Group.Name, Description: d.Group.Description,
			Language:  string(d.Group.Language),
			CreatedAt: render.Time(d.Group.CreatedAt), Roles: render.IDs(d.Roles), Sources: render.Sources(sources[i]),
			Parents: render.Groups(d.Parents, func(id directory.GroupID) string {
				g, _ := now.Group(q.ctx(), id)
				return g.Name
			}),
		}
		if counted {
			list[i].Members = &d.Members
		}
	}
	return list, nil
}

// showGroup renders the part of a group that its ETag covers: everything but the number of
// members, which each membership changes.
func (q *request) showGroup(id directory.GroupID) func(now Reader) (any, error) {
	return func(now Reader) (any, error) {
		list, err := groupBodies(q, now, []directory.GroupID{id}, false)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return nil, directory.NotFound("group", id)
		}
		return list[0], nil
	}
}

func (a *api) group(q *request) error {
	id, err := q.pathGroup()
	if err != nil {
		return err
	}
	covered, err := q.showGroup(id)(q.dir)
	if err != nil {
		return err
	}
	counted, err := groupBodies(q, q.dir, []directory.GroupID{id}, true)
	if err != nil {
		return err
	}
	if len(counted) == 0 {
		return directory.NotFound("group", id)
	}
	return q.replyTagged(covered, counted[0])
}

// groups lists groups by id.
func (a *api) groups(q *request) error {
	limit, at, err := q.page()
	if err != nil {
		return err
	}
	var selects func(*directory.Group) bool
	if text := q.query.Get("name"); text != "" {
		p, err := directory.ParsePattern("name", text)
		if err != nil {
			return err
		}
		selects = func(g *directory.Group) bool { return p.Match(directory.Fold(g.Name)) }
	}
	groups, err := q.dir.GroupsAfter(q.ctx(), directory.GroupID(at.parts[0]), limit+1, selects)
	if err != nil {
		return err
	}
	return q.replyGroups(groups, limit)
}

func (q *request) replyGroups(groups []directory.Group, limit int) error {
	out := struct {
		Groups []groupBody `json:"groups"`
		Next   string      `json:"next,omitempty"`
	}{}
	if len(groups) > limit {
		groups = groups[:limit]
		out.Next = q.next(int64(groups[limit-1].ID))
	}
	ids := make([]directory.GroupID, len(groups))
	for i := range groups {
		ids[i] = groups[i].ID
	}
	var err error
	if out.Groups, err = groupBodies(q, q.dir, ids, true); err != nil {
		return err
	}
	return q.reply(200, out)
}

// children lists the groups directly in a group.
func (a *api) children(q *request) error {
	limit, at, err := q.page()
	if err != nil {
		return err
	}
	id, err := q.pathGroup()
	if err != nil {
		return err
	}
	groups, err := q.dir.ChildGroups(q.ctx(), id)
	if err != nil {
		return err
	}
	groups = slices.DeleteFunc(groups, func(g directory.Group) bool { return int64(g.ID) <= at.parts[0] })
	return q.replyGroups(groups, limit)
}

// members lists the users directly in a group whose memberships are in force, by id.
func (a *api) members(q *request) error {
	limit, at, err := q.page()
	if err != nil {
		return err
	}
	id, err := q.pathGroup()
	if err != nil {
		return err
	}
	if _, err := q.dir.Group(q.ctx(), id); err != nil {
		return err
	}
	where := directory.UsersAnd{directory.UsersAfter(at.parts[0])}
	if id != directory.AllUsers {
		where = append(where, directory.UsersIn{Groups: []directory.GroupID{id}})
	}
	users, _, err := q.dir.Users(q.ctx(), directory.UserQuery{Where: where, Limit: limit + 1})
	if err != nil {
		return err
	}
	return q.replyUsers(users, limit)
}

// A groupEdit holds the members of a group that clients may write.
type groupEdit struct {
	ID          string                   `json:"id"`
	Name        httpkit.Optional[string] `json:"name"`
	Language    httpkit.Optional[string] `json:"language"`
	Parents     []string                 `json:"parents"`
	Unique      bool                     `json:"unique_name"`
	Description httpkit.Optional[string] `json:"description"`
}

func (a *api) createGroup(q *request) error {
	var in groupEdit
	if err := q.body(&in); err != nil {
		return err
	}
	id, err := chosenID[directory.GroupID](in.ID)
	if err != nil {
		return err
	}
	edits := []directory.Edit{directory.CreateGroup{
		ID: id, Name: in.Name.Value, Language: directory.Language(strings.ToUpper(in.Language.Value)), UniqueName: in.Unique,
		Description: in.Description.Value,
	}}
	for _, text := range in.Parents {
		parent, err := q.selectGroup("parents", text)
		if err != nil {
			return err
		}
		edits = append(edits, directory.AddParent{Group: directory.Made[directory.GroupID](0), Parent: parent})
	}
	return q.write(write{change: directory.Change{Edits: edits}, made: "/v1/groups"})
}

func (a *api) updateGroup(q *request) error {
	id, err := q.pathGroup()
	if err != nil {
		return err
	}
	var in groupEdit
	if err := q.body(&in); err != nil {
		return err
	}
	if in.ID != "" || in.Parents != nil {
		return directory.Invalid("parents", "and id cannot be changed so; use /v1/groups/{group}/parents")
	}
	edit := directory.UpdateGroup{Group: id, Name: in.Name.Ptr(), Description: in.Description.Ptr(), UniqueName: in.Unique}
	if in.Language.Set {
		language := directory.Language(strings.ToUpper(in.Language.Value))
		edit.Language = &language
	}
	return q.edit(q.showGroup(id), edit)
}

func (a *api) deleteGroup(q *request) error {
	id, err := q.pathGroup()
	if err != nil {
		return err
	}
	return q.edit(q.showGroup(id), directory.DeleteGroup{Group: id})
}

func (q *request) pathNesting() (group, parent directory.GroupID, err error) {
	if group, err = q.pathGroup(); err != nil {
		return 0, 0, err
	}
	parent, err = q.selectGroup("parent", q.r.PathValue("parent"))
	return group, parent, err
}

// addParent puts a group into another, as its first parent if the body says {"first":true}.
func (a *api) addParent(q *request) error {
	group, parent, err := q.pathNesting()
	if err != nil {
		return err
	}
	var in struct {
		First bool `json:"first"`
	}
	if q.r.ContentLength != 0 {
		if err := q.body(&in); err != nil {
			return err
		}
	}
	if in.First {
		return q.edit(q.showGroup(group), directory.SetFirstParent{Group: group, Parent: parent})
	}
	return q.edit(q.showGroup(group), directory.AddParent{Group: group, Parent: parent})
}

func (a *api) removeParent(q *request) error {
	group, parent, err := q.pathNesting()
	if err != nil {
		return err
	}
	return q.edit(q.showGroup(group), directory.RemoveParent{Group: group, Parent: parent})
}

func (a *api) setGroupRoles(q *request) error {
	id, err := q.pathGroup()
	if err != nil {
		return err
	}
	roles, err := q.readRoles()
	if err != nil {
		return err
	}
	return q.edit(q.showGroup(id), directory.SetGroupRoles{Group: id, Roles: roles})
}

func (a *api) setGroupSource(q *request) error {
	id, err := q.pathGroup()
	if err != nil {
		return err
	}
	return q.setSource(id.Object(), q.showGroup(id))
}

func (a *api) deleteGroupSource(q *request) error {
	id, err := q.pathGroup()
	if err != nil {
		return err
	}
	return q.edit(q.showGroup(id), directory.DeleteSource{Object: id.Object(), Source: q.r.PathValue("source")})
}
