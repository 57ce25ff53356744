package httpkit

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"cohort/internal/admission"
	"cohort/internal/directory"
)

const (
	maxRequestIDLen = 64
	maxTokenLen     = 512
)

type exchangeKey struct{}

// An exchange is what is known about a request while it is served, and what it holds.
type exchange struct {
	id         string // the client's own id, or ours
	ownID      string // our id; empty if it equals id
	pattern    string
	searching  bool // the handler is not found yet
	caller     directory.UserID
	credential directory.CredentialID
	address    netip.Addr
	w          *recorder
	packed     bool // whether the client accepts gzip

	limits    *Limits
	key       string   // under which it is limited
	payers    []string // who pays for it
	leaveSlot func()
	leaveTurn func()
	turn      sync.Mutex // guards leaveTurn
	memory    *admission.Holding
	meter     *admission.Meter
	received  int64 // bytes of the body
}

// exchangeOf never returns nil, so handlers also work without a Router.
func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// RequestID returns the id of the request of ctx, or "".
func RequestID(ctx context.Context) string { return exchangeOf(ctx).id }

// NoteCaller tells the access log the caller and its credential.
func NoteCaller(ctx context.Context, caller directory.Caller) {
	x := exchangeOf(ctx)
	x.caller, x.credential = caller.User, caller.Credential
}

// recordedRequestID returns the request id that change records store.
func recordedRequestID(ctx context.Context) string {
	x := exchangeOf(ctx)
	if x.ownID == "" {
		return x.id
	}
	return directory.RequestIDs(x.id, x.ownID)
}

// requestID returns the id that a client or proxy chose, if it is short and plain, and always
// one of our own, because clients can choose one twice.
func requestID(r *http.Request) (id, own string) {
	id, own = r.Header.Get("X-Request-Id"), rand.Text()
	if id == "" || len(id) > maxRequestIDLen || strings.ContainsFunc(id, notPlain) {
		return own, ""
	}
	return id, own
}

func notPlain(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.')
}

// Bearer returns the token in the single Authorization header of a request, with the scheme
// "Bearer" or "token" in any case. ok is false if there is none.
func Bearer(r *http.Request) (token string, ok bool) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.Trim(token, " ")
	if !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "token") {
		return "", false
	}
	if token == "" || len(token) > maxTokenLen || strings.ContainsAny(token, " ,\t") {
		return "", false
	}
	return token, true
}
