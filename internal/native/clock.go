package native

import (
	"net/http"

	"cohort/internal/render"
)

// acceptTime has changes dated by the clock of the server as it is.
func (a *api) acceptTime(q *request) error {
	now, err := q.dir.AcceptTime(q.ctx())
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, struct {
		Time string `json:"time"`
	}{render.Time(now)})
}
