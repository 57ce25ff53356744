package native

import (
	"net/http"

	"cohort/internal/render"
)

// acceptTime makes the server date changes by its clock, even if that is behind the last
// change.
func (a *api) acceptTime(q *request) error {
	now, err := q.dir.AcceptTime(q.ctx())
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, struct {
		Time string `json:"time"`
	}{render.Time(now)})
}
