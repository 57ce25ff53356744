package looker

import (
	"context"
	"net/netip"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// A Directory is the directory as one caller may use it.
type Directory = *view.View

// Sessions is what this dialect asks of the authentication of callers.
type Sessions interface {
	// Login exchanges a client id and secret for a token. A bad pair is not
	// found, too many failures are too many.
	Login(ctx context.Context, clientID, secret string, from netip.Addr) (Token, error)
	// Sudo makes a token with which the caller acts as a user. Whether it may is
	// asked of Directory.MaySudo first.
	Sudo(ctx context.Context, token string, user directory.UserID) (Token, error)
	// Authenticate finds out who presents a token; an unknown or expired one is
	// unauthenticated.
	Authenticate(ctx context.Context, token string) (directory.Caller, error)
	// Logout revokes the token, and no other.
	Logout(ctx context.Context, token string) error
	// SessionsOf are the sessions in which somebody acts as a user; whether the
	// caller may know of them is asked of Directory first.
	SessionsOf(ctx context.Context, user directory.UserID) ([]directory.Session, error)
	// EndSession revokes the token of one of a user's sessions.
	EndSession(ctx context.Context, user directory.UserID, id int64) error
	// Lockouts are the client ids and addresses that cannot log in now.
	Lockouts(ctx context.Context) ([]directory.Lockout, error)
	// Unlock forgets the failed logins of a lock-out.
	Unlock(ctx context.Context, key string) error
	// Workspace is the workspace that the token's session is in.
	Workspace(ctx context.Context, token string) (string, error)
	// SetWorkspace moves the token's session to a workspace.
	SetWorkspace(ctx context.Context, token, workspace string) error
}

// A Token is what a login gives.
type Token = directory.AccessToken
