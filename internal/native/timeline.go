package native

import (
	"net/http"

	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/render"
)

// A timelinePage is a part of the timeline of an answer.
type timelinePage struct {
	Revision  int64           `json:"revision"`
	User      *render.User    `json:"user,omitempty"`
	Group     *render.Group   `json:"group,omitempty"`
	Attribute string          `json:"attribute"`
	Moments   []render.Moment `json:"moments"`
	Ends      string          `json:"ends,omitempty"`
	Next      string          `json:"next,omitempty"`
}

// userTimeline lists how the value of a user changed, newest first.
func (a *api) userTimeline(q *request) error {
	id, attr, err := q.pathUserValue()
	if err != nil {
		return err
	}
	query, err := q.timelineQuery()
	if err != nil {
		return err
	}
	t, err := history.AnswerTimeline(q.ctx(), q.dir, directory.AnswerQuestion{User: id, Attribute: attr.ID}, query)
	if err != nil {
		return err
	}
	user, who := q.who(id)
	return q.replyTimeline(timelinePage{User: &user, Attribute: attr.Name}, who, &t)
}

// groupTimeline lists how the value that a group hands down changed, newest first.
func (a *api) groupTimeline(q *request) error {
	id, attr, err := q.pathGroupValue()
	if err != nil {
		return err
	}
	query, err := q.timelineQuery()
	if err != nil {
		return err
	}
	t, err := history.AnswerTimeline(q.ctx(), q.dir, directory.AnswerQuestion{Group: id, Attribute: attr.ID}, query)
	if err != nil {
		return err
	}
	group := q.groupsOf([]directory.GroupID{id})[0]
	who := group.Name
	if who == "" {
		who = "Group " + group.ID
	}
	return q.replyTimeline(timelinePage{Group: &group, Attribute: attr.Name}, who, &t)
}

func (q *request) timelineQuery() (directory.TimelineQuery, error) {
	limit, at, err := q.page()
	return directory.TimelineQuery{Limit: limit, From: directory.Revision(at.parts[0])}, err
}

func (q *request) replyTimeline(page timelinePage, who string, t *directory.AnswerTimeline) error {
	_, rev := q.dir.Revision()
	page.Revision, page.Ends, page.Moments = int64(rev), t.Ends, []render.Moment{}
	users := map[directory.UserID]string{}
	for i := range t.Moments {
		m := &t.Moments[i]
		then := render.Then{
			Group: m.GroupName,
			User:  func(id directory.UserID) string { return q.userName(users, id) },
			Attribute: func(id directory.AttributeID) directory.Attribute {
				if id == m.Definition.ID {
					return m.Definition
				}
				return directory.Attribute{}
			},
			Role: func(directory.RoleID) string { return "" },
		}
		page.Moments = append(page.Moments, render.MomentOf(who, m, then, q.Language))
	}
	if t.Older != 0 {
		page.Next = q.next(int64(t.Older))
	}
	return q.reply(http.StatusOK, page)
}

// userName returns the name of a user as far as the caller may see it.
func (q *request) userName(known map[directory.UserID]string, id directory.UserID) string {
	name, ok := known[id]
	if !ok {
		if u, err := q.dir.WholeUser(q.ctx(), id); err == nil {
			name = u.User.DisplayName()
		}
		known[id] = name
	}
	return name
}
