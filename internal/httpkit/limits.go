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

// Limits limits what requests hold while they are served. A request passes it step by step: it
// waits for a slot of its credential, its body is read, and only then does it take one of the
// shared turns. The turn ends when the reply begins, so a client that sends or reads slowly
// holds nothing that others wait for.
type Limits struct {
	Credentials *admission.Slots // concurrent requests of one credential
	Streams     *admission.Slots // concurrent streams of one credential
	Turns       *admission.Slots // requests of known callers at once, under the key ""

	Strangers      *admission.Slots // concurrent requests of one address without a caller
	StrangersTurns *admission.Slots // the same of all addresses, under the key ""

	Memory *admission.Budget // of bodies and replies
	Costs  *admission.Costs  // by credential and by user

	// MayManage reports whether a caller has a permission that allows large bodies.
	MayManage func(context.Context, directory.Caller) (bool, error)
	// MaxBody, OrdinaryBody and StrangersBody limit the bytes of a body: for callers who may
	// manage something, for other callers, and without a caller.
	MaxBody, OrdinaryBody, StrangersBody int64
	// LargeBody is MaxBody for requests that upload a file; 0 for others.
	LargeBody   func(*http.Request) int64
	BodyTimeout time.Duration // for a whole body
}

// enter lets a request of an authenticated caller in.
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

// Stream lets a request run as long as its client wants, as one of the streams of a key. The
// empty key means its credential. The request then holds no turn and no slot. The caller must
// call leave.
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

// setTurn stores how the turn of a request ends.
func (x *exchange) setTurn(leave func()) {
	x.turn.Lock()
	defer x.turn.Unlock()
	x.leaveTurn = leave
}

// endTurn passes the turn to the next request. It may be called repeatedly.
func (x *exchange) endTurn() {
	x.turn.Lock()
	defer x.turn.Unlock()
	if x.leaveTurn != nil {
		x.leaveTurn()
		x.leaveTurn = nil
	}
}

// leave returns everything that a request holds except memory.
func (x *exchange) leave() {
	x.endTurn()
	if x.leaveSlot != nil {
		x.leaveSlot()
		x.leaveSlot = nil
	}
}

// end returns everything and charges the payers of the request.
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
