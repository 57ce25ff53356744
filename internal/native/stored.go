package native

import (
	"net/http"

	"cohort/internal/directory"
	"cohort/internal/native/stored"
)

// storedDefinitions answers with attributes, roles and sets.
func (a *api) storedDefinitions(q *request) error {
	out, err := stored.DefinitionsOf(q.ctx(), q.dir, a.Language)
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, out)
}

// storedGroups lists groups by id.
func (a *api) storedGroups(q *request) error {
	limit, at, err := q.page()
	if err != nil {
		return err
	}
	groups, err := q.dir.GroupsAfter(q.ctx(), directory.GroupID(at.parts[0]), limit+1, nil)
	if err != nil {
		return err
	}
	var out struct {
		Groups []stored.Group `json:"groups"`
		Next   string         `json:"next,omitempty"`
	}
	var ids []directory.GroupID
	for i := range groups {
		if len(ids) == limit {
			out.Next = q.next(int64(ids[limit-1]))
			break
		}
		ids = append(ids, groups[i].ID)
	}
	if out.Groups, err = stored.Groups(q.ctx(), q.dir, ids); err != nil {
		return err
	}
	return q.reply(http.StatusOK, out)
}

// storedUsers lists users by id.
func (a *api) storedUsers(q *request) error {
	limit, at, err := q.page()
	if err != nil {
		return err
	}
	where := directory.UsersAnd{directory.UsersAfter(at.parts[0])}
	users, err := q.dir.WholeUsers(q.ctx(), directory.UserQuery{Where: where, Limit: limit + 1, Uncounted: true})
	if err != nil {
		return err
	}
	var out struct {
		Users []stored.User `json:"users"`
		Next  string        `json:"next,omitempty"`
	}
	if len(users) > limit {
		users = users[:limit]
		out.Next = q.next(int64(users[limit-1].User.ID))
	}
	if out.Users, err = stored.Users(q.ctx(), q.dir, users); err != nil {
		return err
	}
	return q.reply(http.StatusOK, out)
}
