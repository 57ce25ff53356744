package protocol

import (
	"context"
	"net/netip"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// A Directory is the directory as one caller sees it.
type Directory = *view.View

// Sessions authenticates callers and manages their sessions.
type Sessions interface {
	// Login exchanges a client id and secret for a token. The error is not found for a wrong
	// pair and too many requests after too many failures.
	Login(ctx context.Context, clientID, secret string, from netip.Addr) (Token, error)
	// Sudo creates a token that lets the caller act as a user. The caller of Sudo checks
	// Directory.MaySudo first.
	Sudo(ctx context.Context, token string, user directory.UserID) (Token, error)
	// Authenticate returns the caller that a token belongs to. An unknown or expired token is
	// unauthenticated.
	Authenticate(ctx context.Context, token string) (directory.Caller, error)
	// Logout revokes the token and no other.
	Logout(ctx context.Context, token string) error
	// SessionsOf lists the sessions in which somebody acts as a user. The caller of SessionsOf
	// checks first that they may be seen.
	SessionsOf(ctx context.Context, user directory.UserID) ([]directory.Session, error)
	// EndSession revokes the token of one of a user's sessions.
	EndSession(ctx context.Context, user directory.UserID, id int64) error
	// Lockouts lists the client ids and addresses that cannot log in now.
	Lockouts(ctx context.Context) ([]directory.Lockout, error)
	// Unlock clears the failed logins of a lock-out.
	Unlock(ctx context.Context, key string) error
	// Workspace returns the workspace of the token's session.
	Workspace(ctx context.Context, token string) (string, error)
	// SetWorkspace moves the token's session to a workspace.
	SetWorkspace(ctx context.Context, token, workspace string) error
}

// A Token is the result of a login.
type Token = directory.AccessToken
