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

// Config is what the console needs. People, Drafts and the two about edits are
// required.
type Config struct {
	dialect.Kit

	// People says who is signed in.
	People People
	// Drafts keeps the changes that people prepare. DecodeEdits reads the edits of
	// a change as records spell them, and EncodeEdits writes them.
	Drafts Drafts
	// Imports keeps files that are brought in.
	Imports     Imports
	DecodeEdits func([]byte) ([]directory.Edit, error)
	EncodeEdits func([]directory.Edit) ([]byte, error)
	// Lockouts are failed logins that slow others down.
	Lockouts Lockouts
	// SCIM are the clients that feed the directory.
	SCIM SCIM
	// Status says how the server is. Nil says nothing.
	Status func(context.Context) Status
	// Secure says that browsers reach the server through TLS.
	Secure bool
	// Version is the program's.
	Version string
	// PropellerPrefix is what paths of the Propeller dialect begin with.
	PropellerPrefix string
}

// People knows who is signed in.
type People interface {
	// Authenticate finds the session of a cookie. Unknown and ended ones are
	// unauthenticated.
	Authenticate(ctx context.Context, cookie string) (directory.SignIn, error)
	// Look is Authenticate for what a person did not do: it is no use of the
	// session.
	Look(ctx context.Context, cookie string) (directory.SignIn, error)
	// UseLink begins a session by a one-time link.
	UseLink(ctx context.Context, secret, agent string) (cookie string, err error)
	// Providers lists those that people can sign in at.
	Providers() []directory.SignInProvider
	// Begin begins a sign-in at a provider: where to send the browser, and the
	// secret of a cookie that binds the callback to it. Again is who is signed in
	// already and proves itself again, else 0.
	Begin(ctx context.Context, provider, back string, again directory.UserID) (to, cookie string, err error)
	// Finish ends it with what the callback says, and begins a session.
	Finish(ctx context.Context, provider, pending string, callback url.Values,
		agent string) (cookie, back string, err error)
	// SignOut ends the session of a cookie.
	SignOut(ctx context.Context, cookie string) error
	// SignsOut reports whether people who signed in by a method can sign out there,
	// too, and the title of that provider.
	SignsOut(method string) (title string, ok bool)
	// SignOutEverywhere is SignOut, and where to sign out at the provider; empty if
	// nowhere.
	SignOutEverywhere(ctx context.Context, cookie string) (to string, err error)
	// EndFromProvider ends the sessions that a message of a provider is about.
	EndFromProvider(ctx context.Context, provider, token string) error
	// Sessions are those of a user, of everybody if it is 0, the earliest first.
	Sessions(ctx context.Context, user directory.UserID) ([]directory.SignIn, error)
	// End ends one of a user's sessions, and EndAll all of them.
	End(ctx context.Context, user directory.UserID, id int64) error
	EndAll(ctx context.Context, user directory.UserID) (int, error)
	// IsFresh reports whether the person has proved itself just now.
	IsFresh(directory.SignIn) bool
}

// Drafts keeps the change that each person prepares.
type Drafts interface {
	// Draft returns a user's draft; version 0 says that there is none.
	Draft(ctx context.Context, user directory.UserID) (data []byte, version int64, err error)
	// PutDraft keeps a draft as the next version of the one that was read; ok is
	// false, and nothing happens, if another was put meanwhile.
	PutDraft(ctx context.Context, user directory.UserID, data []byte, version int64) (ok bool, err error)
}

// Imports keeps files that people bring in, and what they would do.
type Imports interface {
	Upload(ctx context.Context, caller directory.Caller, o intake.Options, data []byte) (*intake.Report, error)
	Commit(ctx context.Context, caller directory.Caller, id string, how intake.Go) (*intake.Report, error)
	Get(ctx context.Context, caller directory.Caller, id string) (*intake.Report, error)
	List(ctx context.Context, caller directory.Caller) ([]intake.Report, error)
	Refused(ctx context.Context, caller directory.Caller, id string) ([]byte, error)
	Delete(ctx context.Context, caller directory.Caller, id string) error
}

// SCIM are the identity providers that feed the directory.
type SCIM interface {
	// List describes them, by name.
	List(ctx context.Context) ([]directory.SCIMClient, error)
	// Findings are what lint says of them.
	Findings(ctx context.Context) ([]directory.Finding, error)
	// Create makes a client, and Rotate another token of one: as dir may.
	Create(ctx context.Context, dir dialect.Committer, in directory.NewSCIMClient) (directory.MadeSCIMToken, error)
	Rotate(ctx context.Context, dir dialect.Committer, name string, oldFor,
		validFor time.Duration) (directory.MadeSCIMToken, error)
	// Release lets a client remove so many objects, for a while.
	Release(ctx context.Context, name string, removals int64) (until directory.Instant, err error)
}

// Lockouts are failed logins that slow others down.
type Lockouts interface {
	// Lockouts lists them, by key.
	Lockouts(ctx context.Context) ([]directory.Lockout, error)
	// Unlock forgets one.
	Unlock(ctx context.Context, key string) error
	// LastUses returns when credentials were last used, without those that never
	// were.
	LastUses(ctx context.Context, ids ...directory.CredentialID) (directory.CredentialUses, error)
}
