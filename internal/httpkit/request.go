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

// An exchange is what is known of a request while it is served, and what it
// holds.
type exchange struct {
	id         string // by which the client knows it: its own, or ours
	ownID      string // ours; empty if that is id
	pattern    string
	searching  bool // for the handler
	caller     directory.UserID
	credential directory.CredentialID
	address    netip.Addr
	w          *recorder
	packed     bool // whether the client takes a reply in gzip

	limits    *Limits
	key       string   // under which it is limited
	payers    []string // who is charged for it
	leaveSlot func()
	leaveTurn func()
	turn      sync.Mutex // guards leaveTurn
	memory    *admission.Holding
	meter     *admission.Meter
	received  int64 // bytes of the body
}

// exchangeOf never returns nil, so that handlers also work without a Router.
func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// RequestID returns the id of the request that ctx belongs to, or "".
func RequestID(ctx context.Context) string { return exchangeOf(ctx).id }

// NoteCaller tells the access log who asks, and with what.
func NoteCaller(ctx context.Context, caller directory.Caller) {
	x := exchangeOf(ctx)
	x.caller, x.credential = caller.User, caller.Credential
}

// keptRequestID is what is kept of a request's ids with what it does.
func keptRequestID(ctx context.Context) string {
	x := exchangeOf(ctx)
	if x.ownID == "" {
		return x.id
	}
	return directory.RequestIDs(x.id, x.ownID)
}

// requestID takes the id that a client or proxy has given a request if it is
// short and plain, and makes one in any case: clients can use one twice.
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

// Bearer returns the token that a request presents in its one Authorization
// header, by the scheme "Bearer" or "token" in any case; ok is false if there
// is none that can be one.
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
