package pagekit

import (
	"context"
	"net/url"
	"time"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/intake"
)

// Dialect is the name of the console in records and callers.
const Dialect = "console"

// Root is where the console is mounted.
const Root = "/ui"

// Config configures the console. People, Drafts, DecodeEdits and EncodeEdits are required.
type Config struct {
	dialect.Kit

	// People authenticates sessions.
	People People
	// Drafts stores the drafts of people. DecodeEdits and EncodeEdits read and write edits in
	// the format of records.
	Drafts Drafts
	// Imports stores files to import.
	Imports     Imports
	DecodeEdits func([]byte) ([]directory.Edit, error)
	EncodeEdits func([]directory.Edit) ([]byte, error)
	// Lockouts lists clients that are slowed down after failed logins.
	Lockouts Lockouts
	// SCIM manages the SCIM clients.
	SCIM SCIM
	// Status returns the health of the server. It may be nil.
	Status func(context.Context) Status
	// Secure says that browsers reach the server through TLS.
	Secure bool
	// Version is the version of the program.
	Version string
	// PropellerPrefix is the prefix of the paths of the Propeller dialect.
	PropellerPrefix string
}

// People signs people in and authenticates their sessions.
type People interface {
	// Authenticate returns the session of a cookie. An unknown or ended one is
	// KindUnauthenticated.
	Authenticate(ctx context.Context, cookie string) (directory.SignIn, error)
	// Look is Authenticate for a request that the person did not make, so it does not extend
	// the session.
	Look(ctx context.Context, cookie string) (directory.SignIn, error)
	// UseLink begins a session with a one-time link.
	UseLink(ctx context.Context, secret, agent string) (cookie string, err error)
	// Providers lists the identity providers.
	Providers() []directory.SignInProvider
	// Begin begins a sign-in at a provider. It returns where to send the browser, and the
	// secret of a cookie that binds the callback to the browser. Again is the user who is
	// already signed in and signs in again, else 0.
	Begin(ctx context.Context, provider, back string, again directory.UserID) (to, cookie string, err error)
	// Finish finishes the sign-in with the parameters of the callback, and begins a session.
	Finish(ctx context.Context, provider, pending string, callback url.Values,
		agent string) (cookie, back string, err error)
	// SignOut ends the session of a cookie.
	SignOut(ctx context.Context, cookie string) error
	// SignsOut reports whether people who signed in by a method can sign out at its provider,
	// too, and returns the provider's title.
	SignsOut(method string) (title string, ok bool)
	// SignOutEverywhere is SignOut, and returns where to sign out at the provider; empty if
	// nowhere.
	SignOutEverywhere(ctx context.Context, cookie string) (to string, err error)
	// EndFromProvider ends the sessions that a logout message of a provider names.
	EndFromProvider(ctx context.Context, provider, token string) error
	// Sessions lists the sessions of a user, or of everybody if user is 0, earliest first.
	Sessions(ctx context.Context, user directory.UserID) ([]directory.SignIn, error)
	// End ends one session of a user; EndAll ends all of them.
	End(ctx context.Context, user directory.UserID, id int64) error
	EndAll(ctx context.Context, user directory.UserID) (int, error)
	// IsFresh reports whether the person has signed in recently.
	IsFresh(directory.SignIn) bool
}

// Drafts stores the draft of each person.
type Drafts interface {
	// Draft returns the draft of a user; version 0 means that there is none.
	Draft(ctx context.Context, user directory.UserID) (data []byte, version int64, err error)
	// PutDraft stores a draft as the given version. If another draft with this version was
	// stored first, ok is false and nothing happens.
	PutDraft(ctx context.Context, user directory.UserID, data []byte, version int64) (ok bool, err error)
}

// Imports stores files to import, with reports of what they would do.
type Imports interface {
	Upload(ctx context.Context, caller directory.Caller, o intake.Options, data []byte) (*intake.Report, error)
	Commit(ctx context.Context, caller directory.Caller, id string, how intake.Go) (*intake.Report, error)
	Get(ctx context.Context, caller directory.Caller, id string) (*intake.Report, error)
	List(ctx context.Context, caller directory.Caller) ([]intake.Report, error)
	Refused(ctx context.Context, caller directory.Caller, id string) ([]byte, error)
	Delete(ctx context.Context, caller directory.Caller, id string) error
}

// SCIM manages the SCIM clients of identity providers.
type SCIM interface {
	// List returns the clients, by name.
	List(ctx context.Context) ([]directory.SCIMClient, error)
	// Findings returns the lint findings about clients.
	Findings(ctx context.Context) ([]directory.Finding, error)
	// Create creates a client, and Rotate another token of a client, with the permissions of
	// dir.
	Create(ctx context.Context, dir dialect.Committer, in directory.NewSCIMClient) (directory.MadeSCIMToken, error)
	Rotate(ctx context.Context, dir dialect.Committer, name string, oldFor,
		validFor time.Duration) (directory.MadeSCIMToken, error)
	// Release allows a client a number of removals, for a while.
	Release(ctx context.Context, name string, removals int64) (until directory.Instant, err error)
}

// Lockouts lists clients that are slowed down after failed logins.
type Lockouts interface {
	// Lockouts lists the lockouts, by key.
	Lockouts(ctx context.Context) ([]directory.Lockout, error)
	// Unlock clears a lockout.
	Unlock(ctx context.Context, key string) error
	// LastUses returns when credentials were last used, without those that were never used.
	LastUses(ctx context.Context, ids ...directory.CredentialID) (directory.CredentialUses, error)
}
