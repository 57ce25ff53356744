package httpkit

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"cohort/internal/admission"
	"cohort/internal/directory"
)

// Limits bound what requests hold while they are served. A request goes
// through it step by step: it waits for a slot of its credential, its body is
// read, and only then does it take one of the turns that all share. The turn
// ends when the reply begins, so that neither a client that sends slowly nor
// one that reads slowly holds anything that others wait for.
type Limits struct {
	Credentials *admission.Slots // requests of one credential at once
	Streams     *admission.Slots // streams of one credential at once
	Turns       *admission.Slots // requests of known callers at once, under the key ""

	Strangers      *admission.Slots // requests without a caller at once, of one address
	StrangersTurns *admission.Slots // the same of all addresses, under the key ""

	Memory *admission.Budget // of bodies and replies
	Costs  *admission.Costs  // by credential and by user

	// MayManage reports whether a caller has a permission that lets it send large
	// bodies.
	MayManage func(context.Context, directory.Caller) (bool, error)
	// MaxBody and OrdinaryBody are the most bytes of a body of callers who may
	// manage something, and of others; StrangersBody is that of requests without a
	// caller.
	MaxBody, OrdinaryBody, StrangersBody int64
	// LargeBody is MaxBody of a request that brings in a file; 0 is none.
	LargeBody   func(*http.Request) int64
	BodyTimeout time.Duration // for a whole body
}

// enter lets a request of a known caller in.
func (h *Limits) enter(r *http.Request, caller directory.Caller) error {
	x := exchangeOf(r.Context())
	credential, user := "c"+strconv.FormatInt(int64(caller.Credential), 10), "u"+strconv.FormatInt(int64(caller.User), 10)
	if caller.Credential == 0 {
		credential = user
	}
	x.limits, x.key, x.payers = h, credential, []string{credential, user}
	if err := h.Costs.Check(x.payers...); err != nil {
		return err
	}
	leave, err := h.Credentials.Enter(r.Context(), credential)
	if err != nil {
		return err
	}
	x.leaveSlot = leave
	return nil
}

// admit reads the body of a request that has entered, and waits for its turn.
func (h *Limits) admit(r *http.Request, caller directory.Caller) error {
	x := exchangeOf(r.Context())
	err := h.readBody(r, x, h.OrdinaryBody, func() (int64, error) {
		may, err := h.MayManage(r.Context(), caller)
		if err != nil || !may {
			return 0, err
		}
		if h.LargeBody != nil {
			return max(h.MaxBody, h.LargeBody(r)), nil
		}
		return h.MaxBody, nil
	})
	if err != nil {
		return err
	}
	return x.takeTurn(r.Context(), h.Turns)
}

// admitStranger lets a request without a caller in.
func (h *Limits) admitStranger(r *http.Request, from netip.Addr) error {
	x := exchangeOf(r.Context())
	x.limits, x.key = h, "a"+from.String()
	leave, err := h.Strangers.Enter(r.Context(), x.key)
	if err != nil {
		return err
	}
	x.leaveSlot = leave
	if err := h.readBody(r, x, h.StrangersBody, func() (int64, error) { return 0, nil }); err != nil {
		return err
	}
	return x.takeTurn(r.Context(), h.StrangersTurns)
}

// Stream lets a request go on for as long as its client wants, as one of the
// streams of a key; an empty one is its credential. It holds no turn and no slot of
// a request then. The caller must call leave.
func (h *Limits) Stream(r *http.Request, key string) (leave func(), err error) {
	x := exchangeOf(r.Context())
	leave, ok := h.Streams.Try(cmp.Or(key, x.key))
	if !ok {
		return nil, h.Streams.Refusal()
	}
	x.leave()
	return leave, nil
}

func (x *exchange) takeTurn(ctx context.Context, turns *admission.Slots) error {
	leave, err := turns.Enter(ctx, "")
	if err != nil {
		return err
	}
	x.setTurn(leave)
	if x.meter != nil {
		x.meter.SetTurn(admission.Turn{Leave: x.endTurn, Take: func(ctx context.Context) error {
			leave, err := turns.Enter(ctx, "")
			if err == nil {
				x.setTurn(leave)
			}
			return err
		}})
	}
	return nil
}

// setTurn remembers how the turn of a request ends.
func (x *exchange) setTurn(leave func()) {
	x.turn.Lock()
	defer x.turn.Unlock()
	x.leaveTurn = leave
}

// endTurn lets the next request have its turn. It may be called more often.
func (x *exchange) endTurn() {
	x.turn.Lock()
	defer x.turn.Unlock()
	if x.leaveTurn != nil {
		x.leaveTurn()
		x.leaveTurn = nil
	}
}

// leave gives back what a request holds, but for its memory.
func (x *exchange) leave() {
	x.endTurn()
	if x.leaveSlot != nil {
		x.leaveSlot()
		x.leaveSlot = nil
	}
}

// end gives everything back, and charges whom the request was for.
func (x *exchange) end(sent int64) {
	x.leave()
	if x.memory != nil {
		x.memory.Release()
	}
	if x.limits == nil || len(x.payers) == 0 {
		return
	}
	x.meter.AddBytes(sent + x.received)
	x.limits.Costs.Charge(x.meter.Units(), x.payers...)
}
