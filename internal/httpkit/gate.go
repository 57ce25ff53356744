package httpkit

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"cohort/internal/directory"
)

// A Gate admits requests: it authenticates the caller and applies the rate limits before it
// reads anything of a request but its address and token. The zero Gate sets no limit.
type Gate struct {
	// Limit is called before a request is served: first with the address and no caller and,
	// after authentication, with both. Its error, if any, is the answer. Nil means no limit.
	Limit func(from netip.Addr, caller directory.Caller) error
	// ClientAddr returns where a request comes from. Nil takes the other end of the
	// connection.
	ClientAddr func(*http.Request) netip.Addr
	// Await returns when the answer to a request can be as new as its headers require. It is
	// called last, and only if they require anything. Its error, if any, is the answer. Nil
	// takes what there is.
	Await func(context.Context, directory.Freshness) error
	// Limits limits what requests hold. Nil sets no limits.
	Limits *Limits
}

// An Authenticator finds the caller of a token.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (directory.Caller, error)
}

// From returns where a request comes from.
func (g Gate) From(r *http.Request) netip.Addr {
	if g.ClientAddr != nil {
		return g.ClientAddr(r)
	}
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// Enter admits a request that needs no token, and returns where it comes from.
func (g Gate) Enter(r *http.Request) (from netip.Addr, err error) {
	if from, err = g.approach(r); err == nil && g.Limits != nil {
		err = g.Limits.admitStranger(r, from)
	}
	return from, err
}

// approach returns where a request comes from, or the error of the limit.
func (g Gate) approach(r *http.Request) (from netip.Addr, err error) {
	from = g.From(r)
	exchangeOf(r.Context()).address = from
	return from, g.limit(from, directory.Caller{})
}

func (g Gate) limit(from netip.Addr, caller directory.Caller) error {
	if g.Limit == nil {
		return nil
	}
	return g.Limit(from, caller)
}

// An Identify returns who makes a request, and the token if it has one.
type Identify func(*http.Request) (caller directory.Caller, token string, err error)

// ByToken identifies callers by the token in the header Authorization. missing is the error if
// there is none.
func ByToken(tokens Authenticator, missing error) Identify {
	return func(r *http.Request) (directory.Caller, string, error) {
		token, ok := Bearer(r)
		if !ok {
			return directory.Caller{}, "", missing
		}
		caller, err := tokens.Authenticate(r.Context(), token)
		return caller, token, err
	}
}

// Admit returns who makes a request of a dialect, and its token. It fails with the error of
// the limit or of identify.
func (g Gate) Admit(r *http.Request, dialect string,
	identify Identify) (caller directory.Caller, token string, err error) {
	from, err := g.approach(r)
	if err != nil {
		return caller, "", err
	}
	if caller, token, err = identify(r); err != nil {
		return directory.Caller{}, "", err
	}
	caller.Dialect, caller.RequestID = dialect, recordedRequestID(r.Context())
	NoteCaller(r.Context(), caller)
	if err := g.limit(from, caller); err != nil {
		return directory.Caller{}, "", err
	}
	if g.Limits != nil {
		if err := g.Limits.enter(r, caller); err != nil {
			return directory.Caller{}, "", err
		}
	}
	if err := g.await(r); err != nil {
		return directory.Caller{}, "", err
	}
	if g.Limits != nil {
		if err := g.Limits.admit(r, caller); err != nil {
			return directory.Caller{}, "", err
		}
	}
	return caller, token, nil
}

func (g Gate) await(r *http.Request) error {
	if g.Await == nil {
		return nil
	}
	asked, err := directory.ParseFreshness(r.Header.Get(directory.FieldMinRevision),
		r.Header.Get(directory.FieldConsistency))
	if err != nil || asked == (directory.Freshness{}) {
		return err
	}
	return g.Await(r.Context(), asked)
}

// BaseURL returns scheme and host for URLs: the configured ones, or those of the request. The
// host of a request is trusted only if it cannot lead anybody elsewhere: a loopback name, an
// address, or a name without a dot, as containers have. Otherwise it is the address that the
// server listens on.
func BaseURL(configured string, r *http.Request) string {
	if configured != "" {
		return strings.TrimSuffix(configured, "/")
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	if isPlausibleHost(r.Host) {
		return scheme + r.Host
	}
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return scheme + local.String()
	}
	return scheme + "localhost"
}

func isPlausibleHost(host string) bool {
	name := host
	if split, port, err := net.SplitHostPort(host); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
		name = split
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return true
	}
	plain := name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_')
	})
	return plain && (!strings.Contains(name, ".") || strings.HasSuffix(strings.ToLower(name), ".localhost"))
}
