package propeller

import (
	"net/http"

	"cohort/internal/directory"
)

// user answers with a user.
func (q *request) user() error {
	l, err := q.lookup(users(), false)
	if err != nil {
		return err
	}
	expand, err := q.expands(expandSources, expandParent)
	if err != nil {
		return err
	}
	id, err := l.named(q.ctx(), q.dir, q.Language)
	if err != nil {
		return err
	}
	u, err := q.dir.User(q.ctx(), directory.UserID(id))
	if err != nil {
		return l.orAbsent(err)
	}
	bodies, err := q.showUsers([]directory.UserDetail{u}, expand)
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, bodies[0], 1)
}
