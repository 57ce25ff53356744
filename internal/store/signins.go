package store

import (
	"context"

	"cohort/internal/directory"
)

// SignIns are how people are signed in to the console, and on their way there.
type SignIns interface {
	// PutSignInLink stores a link in place of all others of its user.
	PutSignInLink(ctx context.Context, l SignInLink) error
	// TakeSignInLink returns a link and removes it, so that of two callers one
	// gets it; ok is false if there is none. The caller checks its expiry.
	TakeSignInLink(ctx context.Context, hash [32]byte) (l SignInLink, ok bool, err error)

	// PutPendingSignIn stores a sign-in that has begun; if there are more than most
	// then, the oldest are forgotten.
	PutPendingSignIn(ctx context.Context, p PendingSignIn, most int) error
	// TakePendingSignIn returns a sign-in that has begun and removes it; ok is
	// false if there is none.
	TakePendingSignIn(ctx context.Context, hash [32]byte) (p PendingSignIn, ok bool, err error)

	// PutSignIn stores a session.
	PutSignIn(ctx context.Context, s SignIn) error
	// SignIn returns a session by the hash of its secret; ok is false if there is
	// none. The caller checks its expiry.
	SignIn(ctx context.Context, hash [32]byte) (s SignIn, ok bool, err error)
	// SignIns lists the sessions of a user, of everybody if it is 0, by time of
	// making, then hash.
	SignIns(ctx context.Context, user directory.UserID) ([]SignIn, error)
	// SeeSignIn records when a session was last used.
	SeeSignIn(ctx context.Context, hash [32]byte, at directory.Instant) error
	// DeleteSignIn ends a session; ok is false if there was none.
	DeleteSignIn(ctx context.Context, hash [32]byte) (ok bool, err error)

	// EndSignIns ends the sessions that a provider's message is about, keeps the
	// message until it expires, and returns how many sessions there were; ok is
	// false, and nothing happens, if it was kept already.
	EndSignIns(ctx context.Context, l Logout) (ended int64, ok bool, err error)
	// SweepSignIns deletes what expired before a time, and returns how much.
	SweepSignIns(ctx context.Context, before directory.Instant) (int64, error)
}

// A SignInLink signs a user in once. Only the hash of its secret is kept.
type SignInLink struct {
	Hash      [32]byte
	User      directory.UserID
	MadeBy    directory.UserID // 0 is the program itself
	CreatedAt directory.Instant
	ExpiresAt directory.Instant
}

// A PendingSignIn is a sign-in that has begun at a provider. Hash is that of
// the cookie of the browser that began it.
type PendingSignIn struct {
	Hash      [32]byte
	Data      []byte // for package signin
	CreatedAt directory.Instant
	ExpiresAt directory.Instant
}

// A Logout is the message of a provider that a person has signed out there. It
// is about the sessions of the method that have all of what it names.
type Logout struct {
	ID        [32]byte // hash of what names the message
	Method    string
	Subject   string // empty is anybody
	Session   string // the provider's name for the session; empty is any
	ExpiresAt directory.Instant
}

// A SignIn is a session of a person in the console. Only the hash of its secret
// is kept.
type SignIn struct {
	Hash      [32]byte
	User      directory.UserID
	Method    string // "link", or the name of the provider
	Subject   string // who the person is to the provider
	Session   string // the provider's name for the session; may be empty
	Token     []byte // what signing out at the provider needs, sealed; may be empty
	Agent     string // the browser, as it calls itself
	CreatedAt directory.Instant
	ProvedAt  directory.Instant // when the person last proved who it is
	SeenAt    directory.Instant
	ExpiresAt directory.Instant
}
