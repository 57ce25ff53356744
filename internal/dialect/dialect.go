// Package dialect holds what the surfaces share: a request of an authenticated caller, a write
// with its preview and its repetition, the revision of a reply, and the statuses of errors.
//
// A surface is built on a Kit. The kit admits each request, which gives a Call; the surface
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

// A Kit configures what every surface needs. Directory, Log and Now are required.
type Kit struct {
	httpkit.Gate

	// Directory returns the directory as a caller sees it.
	Directory func(directory.Caller) *view.View
	Log       *slog.Logger
	Now       func() time.Time

	// BaseURL is the address of the server for clients, such as "https://host:19999", used in
	// URLs of replies. If it is empty, it is taken from each request.
	BaseURL string
	// Language is the language of localized values in the dialects. The default is EN.
	Language directory.Language
	// Observe is called after each request. It may be nil.
	Observe func(httpkit.Observation)
	// Committed is called after every commit, before the reply is made. It is for tests and
	// may be nil.
	Committed func()
}

// WithDefaults returns the kit with defaults for empty fields.
func (k Kit) WithDefaults() Kit {
	if k.Language == "" {
		k.Language = "EN"
	}
	return k
}

// Router returns a router without routes that renders errors as the surface does.
func (k Kit) Router(render func(http.ResponseWriter, *http.Request, error), trailingSlash bool) *httpkit.Router {
	return httpkit.NewRouter(httpkit.RouterConfig{Log: k.Log, Now: k.Now, Render: render, Observe: k.Observe,
		TrailingSlash: trailingSlash})
}

// A Committer is the part of a directory that creating an account with a role takes.
type Committer interface {
	AllRoles(ctx context.Context) ([]directory.RoleDetail, error)
	Commit(ctx context.Context, change directory.Change) (directory.Committed, error)
}

// A Call is one request of an authenticated caller.
type Call struct {
	W      http.ResponseWriter
	R      *http.Request
	Caller directory.Caller
	Token  string // "" if the caller is known by something else
	Dir    *view.View

	kit    *Kit
	body   hash.Hash // of the body read so far; nil without an idempotency key
	repeat directory.Repeat
	writes int // begun under the key
}

// Admit authenticates a request of a dialect and applies the rate limits before anything else
// of it is read. The reply must be written to the W of the Call, and the Call must be closed.
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

// Close ends the read transaction. The first byte of the reply does so, too; closing the Call
// covers replies without one.
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

// ShowRevision sets the header Cohort-Revision to the incarnation and revision of the reply.
func (c *Call) ShowRevision() {
	incarnation, revision := c.Dir.Revision()
	var b [40]byte
	text := strconv.AppendInt(append(strconv.AppendInt(b[:0], incarnation, 10), '-'), int64(revision), 10)
	c.W.Header().Set("Cohort-Revision", string(text))
}
