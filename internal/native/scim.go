package native

import (
	"context"
	"net/http"
	"time"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/inspect"
	"cohort/internal/render"
)

// SCIMClients manages the identity providers that use SCIM.
type SCIMClients interface {
	List(ctx context.Context) ([]directory.SCIMClient, error)
	// Findings returns what lint reports about them.
	Findings(ctx context.Context) ([]directory.Finding, error)
	// Create creates a client and Rotate another token of one, with dir's permissions.
	Create(ctx context.Context, dir dialect.Committer, in directory.NewSCIMClient) (directory.MadeSCIMToken, error)
	Rotate(ctx context.Context, dir dialect.Committer, name string, oldFor,
		validFor time.Duration) (directory.MadeSCIMToken, error)
	// Release lets a client remove more than the removal guard allows.
	Release(ctx context.Context, name string, removals int64) (until directory.Instant, err error)
}

func (a *api) scimRoutes() []route {
	return []route{
		{"GET /v1/scim/clients", a.scimClients},
		{"POST /v1/scim/clients", a.createSCIMClient},
		{"POST /v1/scim/clients/{name}/rotate", a.rotateSCIMClient},
		{"POST /v1/scim/clients/{name}/release", a.releaseSCIMClient},
	}
}

// scim returns the clients, for administrators only.
func (q *request) scim() (SCIMClients, error) {
	if q.SCIM == nil {
		return nil, &httpkit.RouteError{Status: http.StatusNotFound}
	}
	err := q.administers()
	q.dir.Release() // a request never holds two connections
	return q.SCIM, err
}

// watch returns a watch that finds refusals of identity providers.
func (q *request) watch() inspect.Watch {
	if q.SCIM == nil {
		return nil
	}
	return func(ctx context.Context) ([]directory.Finding, error) {
		q.dir.Release()
		return q.SCIM.Findings(ctx)
	}
}

type scimClient struct {
	Name          string      `json:"name"`
	User          string      `json:"user"`
	Profile       string      `json:"profile"`
	Adopt         string      `json:"adopt,omitzero"`
	Disabled      bool        `json:"disabled"`
	Tokens        []scimToken `json:"tokens"`
	Held          []scimEvent `json:"held"`
	Refused       []scimEvent `json:"refused"`
	Requests      []scimEvent `json:"requests"`
	Released      int64       `json:"released,omitzero"`
	ReleasedUntil string      `json:"released_until,omitzero"`
}

type scimToken struct {
	ID        string `json:"id"`
	ClientID  string `json:"client_id"`
	Disabled  bool   `json:"disabled"`
	CreatedAt string `json:"created_at"`
	ExpiresAt string `json:"expires_at,omitzero"`
	UsedAt    string `json:"used_at,omitzero"`
}

type scimEvent struct {
	At        string `json:"at"`
	Method    string `json:"method"`
	Path      string `json:"path"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitzero"`
	RequestID string `json:"request_id"`
}

// scimClients lists the identity providers.
func (a *api) scimClients(q *request) error {
	clients, err := q.scim()
	if err != nil {
		return err
	}
	list, err := clients.List(q.ctx())
	if err != nil {
		return err
	}
	out := struct {
		Clients []scimClient `json:"clients"`
	}{[]scimClient{}}
	for _, c := range list {
		one := scimClient{
			Name: c.Name, User: directory.FormatID(c.User), Profile: c.Profile, Adopt: c.Adopt, Disabled: c.Disabled,
			Tokens: []scimToken{},
			Held:   scimEvents(c.Held), Refused: scimEvents(c.Refused), Requests: scimEvents(c.Requests),
			Released: c.Released, ReleasedUntil: timeOrNone(c.ReleasedUntil),
		}
		for _, t := range c.Tokens {
			one.Tokens = append(one.Tokens, scimToken{
				ID: directory.FormatID(t.ID), ClientID: t.ClientID, Disabled: t.Disabled, CreatedAt: render.Time(t.CreatedAt),
				ExpiresAt: timeOrNone(t.ExpiresAt), UsedAt: timeOrNone(t.UsedAt),
			})
		}
		out.Clients = append(out.Clients, one)
	}
	return q.reply(http.StatusOK, out)
}

func scimEvents(list []directory.SCIMEvent) []scimEvent {
	out := make([]scimEvent, 0, len(list))
	for _, e := range list {
		out = append(out, scimEvent{render.Time(e.At), e.Method, e.Path, e.Status, e.Detail, e.RequestID})
	}
	return out
}

func timeOrNone(at directory.Instant) string {
	if at == 0 {
		return ""
	}
	return render.Time(at)
}

// A madeToken is a token that is shown once.
type madeToken struct {
	Name         string `json:"name"`
	User         string `json:"user"`
	BaseURL      string `json:"base_url"`
	Token        string `json:"token"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	ExpiresAt    string `json:"expires_at,omitzero"`
	OldUntil     string `json:"old_until,omitzero"`
}

func (q *request) replyToken(made directory.MadeSCIMToken) error {
	return q.reply(http.StatusCreated, madeToken{
		Name: made.Name, User: directory.FormatID(made.User), BaseURL: httpkit.BaseURL(q.BaseURL, q.r) + "/scim/v2",
		Token: made.Token, ClientID: made.ClientID, ClientSecret: made.Secret,
		ExpiresAt: timeOrNone(made.ExpiresAt), OldUntil: timeOrNone(made.OldUntil),
	})
}

// createSCIMClient creates an identity provider.
func (a *api) createSCIMClient(q *request) error {
	clients, err := q.scim()
	if err != nil {
		return err
	}
	var in struct {
		Name    string `json:"name"`
		Profile string `json:"profile"`
		Adopt   string `json:"adopt"`
		Seconds int64  `json:"valid_for_seconds"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	life, err := lifeOf("valid_for_seconds", in.Seconds)
	if err != nil {
		return err
	}
	made, err := clients.Create(q.ctx(), q.dir, directory.NewSCIMClient{
		Name: in.Name, Profile: in.Profile, Adopt: in.Adopt, ValidFor: life,
	})
	if err != nil {
		return err
	}
	return q.replyToken(made)
}

// rotateSCIMClient creates another token.
func (a *api) rotateSCIMClient(q *request) error {
	clients, err := q.scim()
	if err != nil {
		return err
	}
	in := struct {
		OldSeconds *int64 `json:"old_valid_for_seconds"`
		Seconds    int64  `json:"valid_for_seconds"`
	}{}
	if err := q.body(&in); err != nil {
		return err
	}
	oldFor := 24 * time.Hour
	if in.OldSeconds != nil {
		if oldFor, err = lifeOf("old_valid_for_seconds", *in.OldSeconds); err != nil {
			return err
		}
	}
	life, err := lifeOf("valid_for_seconds", in.Seconds)
	if err != nil {
		return err
	}
	made, err := clients.Rotate(q.ctx(), q.dir, q.r.PathValue("name"), oldFor, life)
	if err != nil {
		return err
	}
	return q.replyToken(made)
}

// releaseSCIMClient releases a client that the removal guard holds.
func (a *api) releaseSCIMClient(q *request) error {
	clients, err := q.scim()
	if err != nil {
		return err
	}
	var in struct {
		Removals int64 `json:"removals"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	until, err := clients.Release(q.ctx(), q.r.PathValue("name"), in.Removals)
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, struct {
		Name     string `json:"name"`
		Removals int64  `json:"removals"`
		Until    string `json:"until"`
	}{q.r.PathValue("name"), in.Removals, render.Time(until)})
}
