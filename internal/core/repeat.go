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

// A request under a key is answered again, without happening again, for a day.
const repeatLife = 24 * time.Hour

// A keptResult is a stored result; a secret is stored sealed.
type keptResult struct {
	ID       int64  `json:"id"`
	Made     bool   `json:"made,omitzero"`
	ClientID string `json:"client_id,omitempty"`
	KeyID    string `json:"key_id,omitempty"`
	Sealed   string `json:"sealed,omitempty"`
}

type keptAnswer struct {
	Revision directory.Revision `json:"revision"`
	Changed  bool               `json:"changed"`
	Results  []keptResult       `json:"results"`
	Needs    *[]string          `json:"needs,omitempty"` // permissions that the answer is for; nil in answers of older versions
}

// ConfirmDurable returns when all that can be read is where a commit has to be. A
// commit that the standby may not have, and that therefore was not answered, can be
// read. Answering it now would promise that it stays.
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

// decodeAnswer gives an answer out again to a caller that may still make the
// change, and secrets only where it is known what that takes.
func (c *Core) decodeAnswer(caller directory.Caller, powers directory.Permissions,
	b []byte) (directory.Committed, error) {
	var kept keptAnswer
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

// answer is what is kept of a planned change, in the same transaction.
func (c *Core) answer(caller directory.Caller, needs directory.Permissions, repeat directory.Repeat, p *plan.Planned,
	at directory.Instant) (*store.Answer, error) {
	if repeat.Key == "" {
		return nil, nil //nolint:nilnil // nothing is to be kept, which is no error
	}
	done := p.Committed()
	names := needs.Names()
	kept := keptAnswer{Revision: done.Revision, Changed: done.Changed, Needs: &names}
	for _, r := range done.Results {
		k := keptResult{ID: r.ID, Made: r.Made, ClientID: r.ClientID}
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

// Sweep forgets answers that are not given again any more, and previews that
// have expired, and says how many. Nothing depends on when, or whether, it is
// called.
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
