// Package dialect is what the surfaces share: a request of a caller who is
// known, a write with its preview and its repetition, the revision at which a
// reply is true, and the statuses of errors.
//
// A surface is built on a Kit. It admits each request, which gives a Call, and
// reads and writes the directory through the Call.
package dialect

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/view"
)

// A Kit is what every surface needs. Directory, Log and Now are required.
type Kit struct {
	httpkit.Gate

	// Directory is the directory as a caller may use it.
	Directory func(directory.Caller) *view.View
	Log       *slog.Logger
	Now       func() time.Time

	// BaseURL is how clients reach the server, such as "https://host:19999", for
	// the URLs in replies. Empty takes it from each request.
	BaseURL string
	// Language is the one that localized values are shown in and written to.
	// Empty is EN.
	Language directory.Language
	// Observe is told of every request that was answered. Nil tells nobody.
	Observe func(httpkit.Observation)
	// Committed is told of every commit before its reply is made. Nil tells
	// nobody; it is for tests.
	Committed func()
}

// WithDefaults returns the kit with what it leaves open filled in.
func (k Kit) WithDefaults() Kit {
	if k.Language == "" {
		k.Language = "EN"
	}
	return k
}

// Router returns a router without routes, which renders errors as the surface
// does.
func (k Kit) Router(render func(http.ResponseWriter, *http.Request, error), trailingSlash bool) *httpkit.Router {
	return httpkit.NewRouter(httpkit.RouterConfig{Log: k.Log, Now: k.Now, Render: render, Observe: k.Observe,
		TrailingSlash: trailingSlash})
}

// A Committer is as much of a directory as it takes to make an account with a
// role.
type Committer interface {
	AllRoles(ctx context.Context) ([]directory.RoleDetail, error)
	Commit(ctx context.Context, change directory.Change) (directory.Committed, error)
}

// A Call is one request of a caller who is known.
type Call struct {
	W      http.ResponseWriter
	R      *http.Request
	Caller directory.Caller
	Token  string // "" if the caller is known by something else
	Dir    *view.View

	kit    *Kit
	body   hash.Hash // of the body as far as it was read; nil unless the request has an idempotency key
	repeat directory.Repeat
	writes int // begun under the key
}

// Admit finds out who makes a request through a dialect, and whether it may go
// on so fast, before anything else of it is looked at. The reply must be written
// to the W of the Call, which must be closed.
func (k *Kit) Admit(w http.ResponseWriter, r *http.Request, dialect string, identify httpkit.Identify) (*Call, error) {
	caller, token, err := k.Gate.Admit(r, dialect, identify)
	if err != nil {
		return nil, err
	}
	c := &Call{R: r, Caller: caller, Token: token, Dir: k.Directory(caller), kit: k}
	c.Dir.Hold()
	c.W = httpkit.BeforeReply(w, c.Close)
	if r.Method != http.MethodGet && r.Header.Get(IdempotencyKey) != "" {
		c.body = sha256.New()
		r.Body = tee{r.Body, c.body}
	}
	return c, nil
}

// Close lets go of what the directory is read from. The first byte of the reply
// does so too: whoever admits a call defers it for replies that say nothing.
func (c *Call) Close() { c.Dir.Release() }

// A tee hashes a body while it is read.
type tee struct {
	io.ReadCloser
	sum hash.Hash
}

// Read reads and hashes.
func (t tee) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	t.sum.Write(p[:n])
	return n, err
}

// ShowRevision says in the header Cohort-Revision at which incarnation and
// revision the reply is true.
func (c *Call) ShowRevision() {
	incarnation, revision := c.Dir.Revision()
	var b [40]byte
	text := strconv.AppendInt(append(strconv.AppendInt(b[:0], incarnation, 10), '-'), int64(revision), 10)
	c.W.Header().Set("Cohort-Revision", string(text))
}
