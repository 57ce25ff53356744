package app

import (
	"context"
	"net/http"
	"time"

	"cohort/internal/admission"
	"cohort/internal/auth"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/intake"
)

const (
	patience = 5 * time.Second // for a turn

	waitingOfCredential = 256   // waiting requests of one credential
	waitingOfAll        = 8_192 // requests waiting for a turn
	streamsOfCredential = 16
	strangersOfAddress  = 32 // concurrent requests of one address without a caller

	managersBody  = 32 << 20 // bytes; surfaces have smaller limits of their own
	ordinaryBody  = 1 << 20
	strangersBody = 64 << 10
)

// newHall returns the limits of the settings on what requests hold.
func (a *App) newHall() *httpkit.Limits {
	slots := func(perKey, waiting int, refusal string) *admission.Slots {
		return admission.NewSlots(admission.SlotsConfig{PerKey: perKey, Waiting: waiting, Patience: patience,
			Refusal: refusal})
	}
	turns := func(n int) *admission.Slots {
		return admission.NewSlots(admission.SlotsConfig{
			PerKey: n, Waiting: waitingOfAll, Patience: patience, Shared: true,
			Refusal: "the server has too much to do; try again",
		})
	}
	return &httpkit.Limits{
		Credentials: slots(a.settings.CredentialRequests, waitingOfCredential,
			"too many requests at once with one credential; wait for replies"),
		Streams: slots(streamsOfCredential, 0, "one credential can have 16 streams at once"),
		Turns:   turns(a.settings.MaxRequests),
		Strangers: slots(strangersOfAddress, waitingOfCredential,
			"too many requests at once from your address; wait for replies"),
		StrangersTurns: turns(max(1, a.settings.MaxRequests/4)),
		Memory:         admission.NewBudget(int64(a.settings.RequestMemory)<<20, patience),
		Costs: admission.NewCosts(admission.CostsConfig{
			Rate: float64(a.settings.CredentialCost), Burst: float64(a.settings.CredentialCostBurst),
			Keys: auth.DefaultLimiterConfig().Keys,
		}),
		MayManage: func(ctx context.Context, caller directory.Caller) (bool, error) {
			powers, err := a.views.As(caller).Permissions(ctx)
			return powers.CanManage(), err
		},
		MaxBody: managersBody, OrdinaryBody: ordinaryBody, StrangersBody: strangersBody,
		LargeBody: func(r *http.Request) int64 {
			if r.URL.Path == "/v1/imports" || r.URL.Path == "/ui/import" {
				return intake.MaxFile
			}
			return 0
		},
		BodyTimeout: a.settings.ReadTimeout,
	}
}
