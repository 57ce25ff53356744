package store

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"cohort/internal/directory"
)

// Tokens stand for logins.
type Tokens interface {
	// PutToken stores a new token. Where its credential has as many as a limit
	// allows, those end that were used the longest ago, but never the one that the
	// new one was made from. It returns their hashes.
	PutToken(ctx context.Context, t Token, limit TokenLimit) (ended [][32]byte, err error)
	// Token returns a token by the hash of its text; ok is false if there is none
	// (it was revoked, swept or never made). The caller checks its expiry.
	Token(ctx context.Context, hash [32]byte) (t Token, ok bool, err error)
	// TokensOf returns the tokens with which somebody acts as a user, expired
	// ones included: by time of making, then hash.
	TokensOf(ctx context.Context, user directory.UserID) ([]Token, error)
	// SetWorkspace changes a token's workspace; no such token is not found.
	SetWorkspace(ctx context.Context, hash [32]byte, workspace string) error
	// UseTokens records when tokens were last used. Those that are gone are passed
	// over, and no use is made earlier.
	UseTokens(ctx context.Context, uses TokenUses) error
	// DeleteToken revokes a token, and those that were made from it; ok is false
	// if there was none.
	DeleteToken(ctx context.Context, hash [32]byte) (ok bool, err error)
	// SweepTokens removes tokens that expired before a time and returns how many.
	SweepTokens(ctx context.Context, before directory.Instant) (int64, error)
	// TokenEnds returns which tokens were ended by PutToken and DeleteToken after a
	// number that an earlier call gave. Those that a change has ended are not among
	// them.
	TokenEnds(ctx context.Context, after int64) (TokenEnds, error)
}

// A Token stands for a login. Only the hash of its text is kept.
type Token struct {
	Hash       [32]byte
	User       directory.UserID
	Credential directory.CredentialID // what was logged in with; of a sudo, the sudoer's
	Sudoer     directory.UserID       // 0 unless it is a sudo
	Parent     [32]byte               // hash of the token that a sudo was made from, with which it ends; else zero
	Workspace  string
	CreatedAt  directory.Instant
	ExpiresAt  directory.Instant
	UsedAt     directory.Instant
}

// A TokenLimit says how many tokens a credential can have at once.
type TokenLimit struct {
	Most int               // 0 is no limit
	Now  directory.Instant // those that have expired do not count
	Uses TokenUses         // that were not noted yet
}

// TokenUses say when tokens were last used, by hash.
type TokenUses map[[32]byte]directory.Instant

// TokenEnds are tokens that have ended before their time, in the order in which that was
// committed.
type TokenEnds struct {
	Last   int64      // number of the last one; 0 if there was none ever
	Hashes [][32]byte // of the tokens; those that were made from them have ended, too
	Lost   bool       // some are not known any more: any token may have ended
}

// MaxTokenEnds is how many ends of tokens are kept.
const MaxTokenEnds = 10_000

// TooManyTokens are the live tokens of a credential that end with a new one.
func TooManyTokens(live []Token, made *Token, limit TokenLimit) [][32]byte {
	for i := range live {
		live[i].UsedAt = max(live[i].UsedAt, limit.Uses[live[i].Hash])
	}
	slices.SortFunc(live, func(a, b Token) int {
		return cmp.Or(cmp.Compare(a.UsedAt, b.UsedAt), cmp.Compare(a.CreatedAt, b.CreatedAt),
			bytes.Compare(a.Hash[:], b.Hash[:]))
	})
	var ended [][32]byte
	for _, t := range live {
		if len(live)-len(ended) < limit.Most {
			break
		}
		if t.Hash != made.Parent {
			ended = append(ended, t.Hash)
		}
	}
	return ended
}
