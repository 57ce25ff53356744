package core

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/store"
)

// For a day, a request with the same key gets the same answer and does not happen
// again.
const repeatLife = 24 * time.Hour

// A storedResult is a stored result; a secret is stored sealed.
type storedResult struct {
	ID       int64  `json:"id"`
	Made     bool   `json:"made,omitzero"`
	ClientID string `json:"client_id,omitempty"`
	KeyID    string `json:"key_id,omitempty"`
	Sealed   string `json:"sealed,omitempty"`
}

type storedAnswer struct {
	Revision directory.Revision `json:"revision"`
	Changed  bool               `json:"changed"`
	Results  []storedResult     `json:"results"`
	Needs    *[]string          `json:"needs,omitempty"` // permissions that the answer is for; nil in answers of older versions
}

// ConfirmDurable returns when all that can be read is as durable as a commit must
// be. A commit that the standby may lack was not answered but can be read, and
// answering from it would promise that it stays.
func (c *Core) ConfirmDurable(ctx context.Context) error {
	if c.link == nil {
		return nil
	}
	nothing := func(*Turn) (directory.Change, error) { return directory.Change{}, nil }
	return c.inTurn(ctx, directory.System("repeat"), nothing).Err
}

// Answered returns what a request under a key was answered before, if the caller
// may still learn all of it.
func (c *Core) Answered(
	ctx context.Context, r store.Reader, caller directory.Caller, powers directory.Permissions, repeat directory.Repeat,
	at directory.Instant,
) (done directory.Committed, ok bool, err error) {
	if repeat.Key == "" {
		return done, false, nil
	}
	kept, ok, err := r.Answer(ctx, caller.User, repeat.Key)
	if err != nil || !ok || kept.At <= at-directory.Instant(repeatLife.Milliseconds()) {
		return done, false, err
	}
	if kept.Request != repeat.Hash {
		return done, false, directory.Invalid("Idempotency-Key", "was used for another request within a day; use a new one")
	}
	done, err = c.decodeAnswer(caller, powers, kept.Reply)
	return done, err == nil, err
}

// decodeAnswer decodes an answer for a caller who may still make the change. It
// gives out secrets only where the answer says what permissions they need.
func (c *Core) decodeAnswer(caller directory.Caller, powers directory.Permissions,
	b []byte) (directory.Committed, error) {
	var kept storedAnswer
	if err := json.Unmarshal(b, &kept); err != nil {
		return directory.Committed{}, fmt.Errorf("a kept answer: %w", err)
	}
	if kept.Needs != nil && !powers.Covers(directory.PermissionsOf(*kept.Needs)) {
		return directory.Committed{}, directory.Forbidden("the permissions that this request needed are gone")
	}
	done := directory.Committed{Revision: kept.Revision, Changed: kept.Changed, Repeated: true}
	for _, r := range kept.Results {
		result := directory.Result{ID: r.ID, Made: r.Made, ClientID: r.ClientID}
		if r.Sealed != "" && kept.Needs != nil {
			sealed, err := base64.StdEncoding.DecodeString(r.Sealed)
			if err != nil {
				return done, fmt.Errorf("a kept answer: %w", err)
			}
			if result.Secret, err = c.opt.Sealer.Open(0, caller.User.Object(), r.KeyID, sealed); err != nil {
				return done, err
			}
		}
		done.Results = append(done.Results, result)
	}
	return done, nil
}

// answer is what the transaction of a planned change keeps for repetitions.
func (c *Core) answer(caller directory.Caller, needs directory.Permissions, repeat directory.Repeat, p *plan.Planned,
	at directory.Instant) (*store.Answer, error) {
	if repeat.Key == "" {
		return nil, nil //nolint:nilnil // to keep nothing is no error
	}
	done := p.Committed()
	names := needs.Names()
	kept := storedAnswer{Revision: done.Revision, Changed: done.Changed, Needs: &names}
	for _, r := range done.Results {
		k := storedResult{ID: r.ID, Made: r.Made, ClientID: r.ClientID}
		if r.Secret != "" {
			keyID, sealed, err := c.opt.Sealer.Seal(0, caller.User.Object(), r.Secret)
			if err != nil {
				return nil, err
			}
			k.KeyID, k.Sealed = keyID, base64.StdEncoding.EncodeToString(sealed)
		}
		kept.Results = append(kept.Results, k)
	}
	reply, err := json.Marshal(kept)
	return &store.Answer{Caller: caller.User, Key: repeat.Key, Request: repeat.Hash, Reply: reply, At: at}, err
}

// Sweep deletes answers that are too old to be given again and previews that have
// expired, and returns how many. Nothing depends on when it runs.
func (c *Core) Sweep(ctx context.Context) (answers, previews int64, err error) {
	answers, err = c.store.Ephemera().SweepAnswers(ctx, c.Now()-directory.Instant(repeatLife.Milliseconds()))
	if err != nil {
		return answers, 0, err
	}
	previews, err = c.store.Ephemera().SweepPreviews(ctx, c.Now())
	if err == nil {
		today, _ := dayOf(c.Now())
		_, err = c.store.Ephemera().SweepHistoryUses(ctx, today)
	}
	return answers, previews, err
}
