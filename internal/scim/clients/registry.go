package clients

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/scim/resource"
	"cohort/internal/store"
	"cohort/internal/view"
)

// Notes stores what has no revision.
type Notes = store.SCIMNotes

// A Registry manages the identity providers that use this dialect. Each is a service account with
// a facet and one or two tokens.
type Registry struct {
	directory func(directory.Caller) *view.View
	notes     Notes
	now       func() time.Time
	log       *slog.Logger
	token     func(id, secret string) string
	uses      Uses

	Guard Guard
	stats stats

	mu     sync.Mutex
	recent map[directory.UserID]*ring
}

type stats struct{ held, skipped, leftOut atomic.Int64 }

// Config configures New. All fields are required.
type Config struct {
	Directory func(directory.Caller) *view.View
	Notes     Notes
	Now       func() time.Time
	Log       *slog.Logger
	Token     func(id, secret string) string // joins an id and a secret to a token
	Uses      Uses
}

// Uses returns when credentials were last used. Credentials that were never used are absent.
type Uses func(ctx context.Context, ids ...directory.CredentialID) (directory.CredentialUses, error)

// New returns the clients of a directory.
func New(cfg Config) *Registry {
	c := &Registry{
		directory: cfg.Directory, notes: cfg.Notes, now: cfg.Now, log: cfg.Log, token: cfg.Token, uses: cfg.Uses,
		recent: map[directory.UserID]*ring{},
	}
	c.Guard = Guard{notes: cfg.Notes, now: cfg.Now, log: cfg.Log}
	return c
}

// Held returns how many requests the removal guard has held.
func (c *Registry) Held() int64 { return c.stats.held.Load() }

// Skipped returns how many members were skipped because they do not exist.
func (c *Registry) Skipped() int64 { return c.stats.skipped.Load() }

// LeaveOut counts a group in a list that is sent without its members.
func (c *Registry) LeaveOut() { c.stats.leftOut.Add(1) }

// LeftOut returns how many groups in lists were sent without their members.
func (c *Registry) LeftOut() int64 { return c.stats.leftOut.Load() }

// Of returns the client that a caller is.
func Of(ctx context.Context, dir *view.View, id directory.UserID) (Client, error) {
	facets, err := dir.Facets(ctx, id.Object())
	if err != nil {
		return Client{}, err
	}
	for _, f := range facets {
		if f.Kind != FacetClient {
			continue
		}
		c, err := Parse(f.Data)
		if err != nil {
			return Client{}, err
		}
		u, err := dir.User(ctx, id)
		c.ids = map[directory.CredentialID]string{}
		for _, credential := range u.Credentials {
			c.ids[credential.ID] = credential.Identifier
		}
		return c, err
	}
	return Client{}, resource.NewFault(http.StatusForbidden, "",
		"This credential belongs to no SCIM client; make one with cohort scim client create.")
}

// maxRecent is how many requests, and how many refusals, are kept for each client.
const maxRecent = 100

// A ring holds the latest events.
type ring struct {
	list []directory.SCIMEvent
	next int
}

func (r *ring) add(e directory.SCIMEvent) {
	if len(r.list) < maxRecent {
		r.list = append(r.list, e)
		return
	}
	r.list[r.next] = e
	r.next = (r.next + 1) % maxRecent
}

// newest lists the events, newest first.
func (r *ring) newest() []directory.SCIMEvent {
	if r == nil {
		return nil
	}
	list := slices.Concat(r.list[r.next:], r.list[:r.next])
	slices.Reverse(list)
	return list
}

// Call is a request of a client as it ended.
type Call struct {
	Caller       directory.UserID
	Method, Path string
	Status       int
	Err          error
	Detail       string // of the error, as it was answered
	Skipped      int    // members who do not exist
	Nobody       string // the first of them
}

// Saw records a request in memory, and a refused or held one in the database. A caller who is
// no client is not recorded.
func (c *Registry) Saw(ctx context.Context, from Client, call Call) {
	if from.Source == "" {
		return
	}
	event := directory.SCIMEvent{
		At: directory.InstantOf(c.now()), Method: call.Method, Path: shortPath(call.Path), Status: call.Status,
		RequestID: httpkit.RequestID(ctx), Detail: call.Detail,
	}
	c.stats.skipped.Add(int64(call.Skipped))
	c.mu.Lock()
	if c.recent[call.Caller] == nil {
		c.recent[call.Caller] = &ring{}
	}
	c.recent[call.Caller].add(event)
	c.mu.Unlock()
	ctx = context.WithoutCancel(ctx)
	kind := noteRefused
	switch {
	case call.Skipped > 0 && call.Status < 400:
		kind = noteSkipped
		event.Detail = "named " + strconv.Itoa(call.Skipped) + " members who are not there, such as " +
			resource.QuoteFor(call.Nobody) + ", and was answered as if they were"
	case call.Status < 400 || call.Status == http.StatusNotFound || call.Status == http.StatusPreconditionFailed:
		return
	}
	if f, ok := errors.AsType[*resource.Fault](call.Err); ok && f.Status == http.StatusTooManyRequests && f.Cause == nil {
		kind = noteHeld
		c.stats.held.Add(1)
		c.log.Warn("a SCIM client was held: it would remove too much", "event", "scim_held", "client", from.Source,
			"request_id", event.RequestID, "detail", event.Detail)
	}
	data, err := json.Marshal(&event)
	if err == nil {
		err = c.notes.LogSCIMNote(ctx, store.SCIMNote{Client: call.Caller, Kind: kind, Name: event.RequestID,
			At: event.At, Data: data}, maxRecent)
	}
	c.warn(err)
}

// shortPath returns the path of a request for a log.
func shortPath(path string) string {
	path = strings.ToValidUTF8(path, "")
	if len(path) > directory.MaxNameLen {
		path = strings.ToValidUTF8(path[:directory.MaxNameLen], "")
	}
	return path
}

// warn logs that a note could not be stored. The request goes on.
func (c *Registry) warn(err error) {
	if err != nil {
		c.log.Warn("a note about a SCIM client could not be stored", "error", err.Error())
	}
}

// Sweep deletes removals that no longer count.
func (c *Registry) Sweep(ctx context.Context) error {
	before := directory.InstantOf(c.now().Add(-releaseLife - guardHour))
	_, err := c.notes.SweepSCIMNotes(ctx, noteRemoved, before)
	if err == nil {
		_, err = c.notes.SweepSCIMNotes(ctx, noteRelease, before)
	}
	return err
}

// List describes all clients, sorted by name. It does not check the caller's permissions.
func (c *Registry) List(ctx context.Context) ([]directory.SCIMClient, error) {
	dir := c.directory(directory.System(resource.Dialect))
	users, _, err := dir.Users(ctx, directory.UserQuery{Where: directory.UsersWith(directory.CredentialSCIM)})
	if err != nil {
		return nil, err
	}
	list := []directory.SCIMClient{}
	for i := range users {
		u := &users[i]
		known, err := Of(ctx, dir, u.User.ID)
		if directory.KindOf(err) == directory.KindForbidden {
			continue
		}
		if err != nil {
			return nil, err
		}
		one := directory.SCIMClient{Name: known.Source, User: u.User.ID, Profile: known.Profile, Adopt: known.Adopt,
			Disabled: u.User.Disabled}
		for _, credential := range slices.Backward(u.Credentials) {
			if credential.Kind == directory.CredentialSCIM {
				one.Tokens = append(one.Tokens, directory.SCIMToken{
					ID: credential.ID, ClientID: credential.Identifier, Disabled: credential.Disabled, CreatedAt: credential.CreatedAt,
					ExpiresAt: known.Expires[credential.Identifier],
				})
			}
		}
		if err := c.describe(ctx, &one); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b directory.SCIMClient) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// describe adds what is stored without a revision.
func (c *Registry) describe(ctx context.Context, one *directory.SCIMClient) error {
	ids := make([]directory.CredentialID, len(one.Tokens))
	for i := range one.Tokens {
		ids[i] = one.Tokens[i].ID
	}
	uses, err := c.uses(ctx, ids...)
	if err != nil {
		return err
	}
	for i := range one.Tokens {
		one.Tokens[i].UsedAt = uses[ids[i]]
	}
	for kind, to := range map[string]*[]directory.SCIMEvent{noteHeld: &one.Held, noteRefused: &one.Refused} {
		notes, err := c.notes.SCIMNotes(ctx, one.User, kind, 0)
		if err != nil {
			return err
		}
		for _, n := range notes {
			var e directory.SCIMEvent
			if json.Unmarshal(n.Data, &e) == nil {
				*to = append(*to, e)
			}
		}
		slices.SortFunc(*to, func(a, b directory.SCIMEvent) int { return int(b.At - a.At) })
	}
	releases, err := c.notes.SCIMNotes(ctx, one.User, noteRelease, directory.InstantOf(c.now().Add(-releaseLife)))
	for _, n := range releases {
		if until := n.At + directory.Instant(releaseLife.Milliseconds()); until > one.ReleasedUntil {
			one.Released, one.ReleasedUntil = n.N, until
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	one.Requests = c.recent[one.User].newest()
	return err
}

// find returns a client by name.
func (c *Registry) find(ctx context.Context, name string) (directory.SCIMClient, Client, error) {
	list, err := c.List(ctx)
	if err != nil {
		return directory.SCIMClient{}, Client{}, err
	}
	for _, one := range list {
		if one.Name == name {
			known, err := Of(ctx, c.directory(directory.System(resource.Dialect)), one.User)
			return one, known, err
		}
	}
	return directory.SCIMClient{}, Client{}, directory.NotFound("SCIM client", name)
}

// roleName is the name of the role of all clients.
const roleName = "SCIM client"

// rolePermissions are the permissions of clients.
func rolePermissions() []string {
	return []string{"manage_users", "manage_groups", "see_users", "set_values", "read_effective"}
}

// Create creates a client with the permissions of dir's caller.
func (c *Registry) Create(ctx context.Context, dir dialect.Committer,
	in directory.NewSCIMClient) (directory.MadeSCIMToken, error) {
	known := Client{Source: in.Name, Profile: in.Profile, Adopt: in.Adopt}
	if known.Profile == "" {
		known.Profile = profileGeneric
	}
	clientID, expires := strings.ToLower(rand.Text()), c.expiry(in.ValidFor)
	if expires != 0 {
		known.Expires = map[string]directory.Instant{clientID: expires}
	}
	data, err := known.data()
	if err == nil {
		_, err = Parse(data)
	}
	if err != nil {
		return directory.MadeSCIMToken{}, err
	}
	if _, _, err := c.find(ctx, in.Name); directory.KindOf(err) != directory.KindNotFound {
		if err == nil {
			err = directory.Taken("name", "is that of a client already; make another token with cohort scim client rotate")
		}
		return directory.MadeSCIMToken{}, err
	}
	user := directory.Made[directory.UserID](0)
	edits := []directory.Edit{
		directory.CreateUser{Kind: directory.KindService, FirstName: in.Name},
		directory.CreateAPICredential{User: user, ClientID: clientID, Kind: directory.CredentialSCIM},
		directory.SetFacet{Object: user.Object(), Dialect: resource.Dialect, Kind: FacetClient, Data: data},
	}
	role, more, err := c.role(ctx, dir, len(edits))
	if err != nil {
		return directory.MadeSCIMToken{}, err
	}
	edits = append(append(edits, more...), directory.SetUserRoles{User: user, Roles: []directory.RoleID{role}})
	done, err := dir.Commit(ctx, directory.Change{Edits: edits, Comment: "SCIM client " + in.Name})
	if err != nil {
		return directory.MadeSCIMToken{}, err
	}
	made := directory.MadeSCIMToken{Name: in.Name, User: directory.UserID(done.Results[0].ID), ClientID: clientID,
		Secret: done.Results[1].Secret, ExpiresAt: expires}
	made.Token = c.token(made.ClientID, made.Secret)
	return made, nil
}

func (c *Registry) expiry(life time.Duration) directory.Instant {
	if life <= 0 {
		return 0
	}
	return directory.InstantOf(c.now().Add(life))
}

// role finds the role of clients, or adds an edit that creates it. at is the index of the edit
// in the change.
func (c *Registry) role(ctx context.Context, dir dialect.Committer, at int) (directory.RoleID, []directory.Edit,
	error) {
	roles, err := dir.AllRoles(ctx)
	if err != nil {
		return 0, nil, err
	}
	for i := range roles {
		if roles[i].Role.Name == roleName {
			return roles[i].Role.ID, nil, nil
		}
	}
	return directory.Made[directory.RoleID](at + 1), []directory.Edit{
		directory.CreatePermissionSet{Name: roleName, Permissions: rolePermissions()},
		directory.CreateRole{Name: roleName, PermissionSet: directory.Made[directory.PermissionSetID](at),
			ModelSet: directory.AllModels},
	}, nil
}

// Rotate creates another token for a client. The previous token stays valid for a while; older
// ones end at once.
func (c *Registry) Rotate(ctx context.Context, dir dialect.Committer, name string, oldFor,
	validFor time.Duration) (directory.MadeSCIMToken, error) {
	one, known, err := c.find(ctx, name)
	if err != nil {
		return directory.MadeSCIMToken{}, err
	}
	clientID := strings.ToLower(rand.Text())
	made := directory.MadeSCIMToken{Name: name, User: one.User, ClientID: clientID, ExpiresAt: c.expiry(validFor)}
	expires := map[string]directory.Instant{}
	edits := []directory.Edit{directory.CreateAPICredential{User: one.User, ClientID: clientID,
		Kind: directory.CredentialSCIM}}
	for i, t := range one.Tokens {
		if i > 0 || t.Disabled {
			edits = append(edits, directory.DeleteCredential{User: one.User, Credential: t.ID})
			continue
		}
		made.OldUntil = directory.InstantOf(c.now().Add(max(oldFor, 0)))
		if t.ExpiresAt != 0 {
			made.OldUntil = min(made.OldUntil, t.ExpiresAt)
		}
		expires[t.ClientID] = made.OldUntil
	}
	if made.ExpiresAt != 0 {
		expires[clientID] = made.ExpiresAt
	}
	known.Expires = expires
	data, err := known.data()
	if err != nil {
		return directory.MadeSCIMToken{}, err
	}
	edits = append(edits, directory.SetFacet{Object: one.User.Object(), Dialect: resource.Dialect, Kind: FacetClient,
		Data: data})
	done, err := dir.Commit(ctx, directory.Change{Edits: edits, Comment: "token of SCIM client " + name})
	if err != nil {
		return directory.MadeSCIMToken{}, err
	}
	made.Secret = done.Results[0].Secret
	made.Token = c.token(clientID, made.Secret)
	return made, nil
}

// MaxRelease is how many removals can be released at once.
const MaxRelease = 1_000_000

// Release lets a client remove the given number of each kind within a day. It does not check
// the caller's permissions.
func (c *Registry) Release(ctx context.Context, name string, removals int64) (until directory.Instant, err error) {
	if removals < 1 || removals > MaxRelease {
		return 0, directory.Invalid("removals", "must be between 1 and %d", MaxRelease)
	}
	one, _, err := c.find(ctx, name)
	if err != nil {
		return 0, err
	}
	at := directory.InstantOf(c.now())
	if err := c.notes.PutSCIMNote(ctx, store.SCIMNote{Client: one.User, Kind: noteRelease, At: at,
		N: removals}); err != nil {
		return 0, fmt.Errorf("release: %w", err)
	}
	c.Guard.forget(one.User)
	c.log.Info("removals of a SCIM client were released", "event", "scim_released", "client", name, "removals", removals)
	return directory.InstantOf(c.now().Add(releaseLife)), nil
}
