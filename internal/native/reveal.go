package native

import (
	"net/http"

	"cohort/internal/directory"
	"cohort/internal/render"
)

// revealGroupValue opens the hidden value of a group and logs that.
func (a *api) revealGroupValue(q *request) error {
	group, attr, err := q.pathGroupValue()
	if err != nil {
		return err
	}
	return q.reveal(&attr, group.Object())
}

// revealUserValue opens a user's own hidden value and logs that.
func (a *api) revealUserValue(q *request) error {
	user, attr, err := q.pathUserValue()
	if err != nil {
		return err
	}
	return q.reveal(&attr, user.Object())
}

// revealDefault opens the hidden default of an attribute and logs that.
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

// reveals lists who opened hidden values lately, without the values.
func (a *api) reveals(q *request) error {
	limit, _, err := q.page()
	if err != nil {
		return err
	}
	list, err := q.dir.Reveals(q.ctx(), limit)
	if err != nil {
		return err
	}
	type reveal struct {
		At        string `json:"at"`
		Caller    string `json:"caller,omitempty"`
		Sudoer    string `json:"sudoer,omitempty"`
		Attribute string `json:"attribute"`
		Owner     string `json:"owner"`
		RequestID string `json:"request_id,omitempty"`
		OwnID     string `json:"own_request_id,omitempty"`
	}
	out := struct {
		Reveals []reveal `json:"reveals"`
	}{Reveals: []reveal{}}
	for _, r := range list {
		one := reveal{
			At: render.Time(r.At), Caller: optionalID(r.Caller), Sudoer: optionalID(r.Sudoer),
			Attribute: directory.FormatID(r.Attribute), Owner: r.Owner.String(),
		}
		one.RequestID, one.OwnID = directory.SplitRequestIDs(r.RequestID)
		out.Reveals = append(out.Reveals, one)
	}
	return q.reply(http.StatusOK, out)
}
