package native

import (
	"net/http"

	"cohort/internal/directory"
)

// revealGroupValue opens the hidden value of a group, which is logged.
func (a *api) revealGroupValue(q *request) error {
	group, attr, err := q.pathGroupValue()
	if err != nil {
		return err
	}
	return q.reveal(&attr, group.Object())
}

// revealUserValue opens the hidden value that a user has of its own.
func (a *api) revealUserValue(q *request) error {
	user, attr, err := q.pathUserValue()
	if err != nil {
		return err
	}
	return q.reveal(&attr, user.Object())
}

// revealDefault opens the hidden default of an attribute.
func (a *api) revealDefault(q *request) error {
	attr, err := q.pathAttribute()
	if err != nil {
		return err
	}
	return q.reveal(&attr, attr.ID.Object())
}

func (q *request) reveal(attr *directory.Attribute, owner directory.Object) error {
	text, err := q.dir.Reveal(q.ctx(), attr.ID, owner)
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, map[string]string{"attribute": attr.Name, "value": text})
}
