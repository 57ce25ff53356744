package native

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/render"
)

// People manages the sign-in of people to the console.
type People interface {
	// MakeLink creates a link that signs a user in once. Its secret is shown once.
	MakeLink(ctx context.Context, maker, user directory.UserID, life time.Duration) (directory.SignInLink, error)
	// Sessions lists the sessions of a user, or of everybody if it is 0, earliest first.
	Sessions(ctx context.Context, user directory.UserID) ([]directory.SignIn, error)
	// End ends one of a user's sessions.
	End(ctx context.Context, user directory.UserID, id int64) error
}

func (a *api) signInRoutes() []route {
	return []route{
		{"POST /v1/users/{user}/sign-in-link", a.signInLink},
		{"GET /v1/sessions", a.sessions},
		{"DELETE /v1/users/{user}/sessions/{session}", a.endSession},
	}
}

// people returns the sign-in, if there is a console.
func (q *request) people() (People, error) {
	if q.People == nil {
		return nil, &httpkit.RouteError{Status: http.StatusNotFound}
	}
	return q.People, nil
}

func (q *request) administers() error {
	powers, err := q.dir.Permissions(q.ctx())
	if err == nil && !powers.Has(directory.Administer) {
		err = directory.Forbidden("the permission %s is needed", directory.Administer)
	}
	return err
}

// signInLink creates a sign-in link for a person.
func (a *api) signInLink(q *request) error {
	people, err := q.people()
	if err != nil {
		return err
	}
	if err := q.administers(); err != nil {
		return err
	}
	id, err := q.pathUser()
	if err != nil {
		return err
	}
	var in struct {
		Seconds int64 `json:"valid_for_seconds"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	link, err := people.MakeLink(q.ctx(), q.caller.User, id, time.Duration(in.Seconds)*time.Second)
	if err != nil {
		return err
	}
	user, _ := q.who(id)
	return q.reply(http.StatusCreated, struct {
		User      render.User `json:"user"`
		URL       string      `json:"url"`
		ExpiresAt string      `json:"expires_at"`
	}{user, httpkit.BaseURL(a.BaseURL, q.r) + "/ui/link#" + link.Secret, render.Time(link.ExpiresAt)})
}

// A session is a person's sign-in to the console.
type session struct {
	ID        string      `json:"id"`
	User      render.User `json:"user"`
	Method    string      `json:"method"`
	Agent     string      `json:"agent"`
	CreatedAt string      `json:"created_at"`
	SeenAt    string      `json:"seen_at"`
	ExpiresAt string      `json:"expires_at"`
}

// sessions lists the caller's sessions in the console. Administrators can list those of
// everybody or of one user.
func (a *api) sessions(q *request) error {
	people, err := q.people()
	if err != nil {
		return err
	}
	user := q.caller.User
	if q.administers() == nil {
		user = 0
	}
	if text := q.query.Get("user"); text != "" {
		if user, err = q.selectUser("user", text); err != nil {
			return err
		}
		if err := q.ownOrAdministers(user); err != nil {
			return err
		}
	}
	list, err := people.Sessions(q.ctx(), user)
	if err != nil {
		return err
	}
	out := struct {
		Sessions []session `json:"sessions"`
	}{[]session{}}
	for _, s := range list {
		who, _ := q.who(s.User)
		out.Sessions = append(out.Sessions, session{
			directory.FormatID(directory.ValueID(s.ID)), who, s.Method, s.Agent,
			render.Time(s.CreatedAt), render.Time(s.SeenAt), render.Time(s.ExpiresAt),
		})
	}
	return q.reply(http.StatusOK, out)
}

func (q *request) ownOrAdministers(user directory.UserID) error {
	if user == q.caller.User {
		return nil
	}
	return q.administers()
}

// endSession ends a session in the console.
func (a *api) endSession(q *request) error {
	people, err := q.people()
	if err != nil {
		return err
	}
	user, err := q.pathUser()
	if err != nil {
		return err
	}
	if err := q.ownOrAdministers(user); err != nil {
		return err
	}
	id, err := strconv.ParseInt(q.r.PathValue("session"), 10, 64)
	if err != nil || id < 1 {
		return directory.NotFound("session", q.r.PathValue("session"))
	}
	if err := people.End(q.ctx(), user, id); err != nil {
		return err
	}
	return q.reply(http.StatusOK, map[string]bool{"ended": true})
}
