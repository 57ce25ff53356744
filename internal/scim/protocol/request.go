package protocol

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/render"
	"cohort/internal/scim/clients"
	"cohort/internal/scim/resource"
)

// ContentType is the type of bodies and replies.
const ContentType = "application/scim+json"

// Limits of the body of a group. Provisioning services send whole groups, 60 to 90 bytes for
// each member. Other bodies have the limits of all surfaces.
const (
	maxBodyLen      = 64 << 20
	maxBodyElements = 12 << 20 // members and elements: three for each group member
)

// A Request is one call of a route.
type Request struct {
	*Server
	call     *dialect.Call // nil for a document without a caller
	W        *answer
	R        *http.Request
	Dir      Directory
	Base     string
	Query    url.Values
	Client   clients.Client
	UserType *resource.Type     // of users, read at first use
	Shown    *directory.Preview // set with ErrShown

	Removed clients.Removals // of the last plan
	Passed  int              // missing members that the last plan skips
	Skipped int              // missing members that all committed changes skipped
	Nobody  string           // the first missing member
}

// Context returns the context of the call.
func (q *Request) Context() context.Context { return q.R.Context() }

// Caller returns who asks.
func (q *Request) Caller() directory.UserID { return q.call.Caller.User }

// An answer is a ResponseWriter that remembers the status.
type answer struct {
	http.ResponseWriter
	status int
}

// WriteHeader records the status.
func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap supports http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// authenticated returns the handler of a route.
func (s *Server) authenticated(op Route) httpkit.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		call, err := s.Admit(w, r, resource.Dialect, s.identify)
		if err != nil {
			return err
		}
		defer call.Close()
		q := &Request{Server: s, R: r, Base: s.baseOf(r)}
		q.use(call)
		err = q.serve(op)
		if errors.Is(err, ErrShown) {
			return httpkit.WriteJSON(w, http.StatusOK, render.PreviewOf(q.Shown, q.Language))
		}
		status := q.W.status
		if err != nil {
			status = FaultOf(err).Status
		}
		q.Dir.Release()
		s.Clients.Saw(q.Context(), q.Client, q.ended(op.method, status, err))
		return err
	}
}

// Part returns a request that stands for a part of this one.
func (q *Request) Part(r *http.Request) *Request {
	return &Request{Server: q.Server, call: q.call, W: q.W, R: r, Dir: q.Dir, Base: q.Base, Query: q.Query,
		Client: q.Client}
}

// ended describes the request as it ended.
func (q *Request) ended(method string, status int, err error) clients.Call {
	e := clients.Call{Caller: q.Caller(), Method: method, Path: q.R.URL.Path, Status: status, Err: err,
		Skipped: q.Skipped, Nobody: q.Nobody}
	if err != nil {
		e.Detail = FaultOf(err).Detail
	}
	return e
}

func (q *Request) serve(op Route) error {
	err := q.meet()
	if err != nil {
		return err
	}
	if q.Query, err = url.ParseQuery(q.R.URL.RawQuery); err != nil {
		return resource.BadRequest(resource.InvalidSyntax, "The query string cannot be read.")
	}
	if err := q.accepts(); err != nil {
		return err
	}
	if q.R.Method != http.MethodGet && q.R.Method != http.MethodDelete {
		if err := q.sends(); err != nil {
			return err
		}
	}
	if done, err := q.call.RepeatedDeletion(); done || err != nil {
		if err == nil {
			err = httpkit.NoContent(q.W)
		}
		return err
	}
	return op.handle(q)
}

// meet reads which client the caller is, and checks that its token has not ended.
func (q *Request) meet() (err error) {
	if q.Client, err = clients.Of(q.Context(), q.Dir, q.call.Caller.User); err != nil {
		return err
	}
	if q.Client.Expired(q.call.Caller.Credential, directory.InstantOf(q.Now())) {
		return resource.NewFault(http.StatusUnauthorized, "",
			"The token has expired; make another with cohort scim client rotate.")
	}
	return nil
}

// identify authenticates the caller: by a token, with or without the word Bearer, or by id and
// secret in HTTP Basic.
func (s *Server) identify(r *http.Request) (directory.Caller, string, error) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		token, ok := httpkit.Bearer(r)
		if values := r.Header.Values("Authorization"); !ok && len(values) == 1 {
			token = strings.TrimSpace(values[0])
		}
		if id, secret, ok = s.ParseToken(token); !ok {
			return directory.Caller{}, "", resource.NewFault(http.StatusUnauthorized, "",
				"The token is missing or none of a SCIM client; make one with cohort scim client create.")
		}
	}
	caller, err := s.Sessions.AuthenticateSCIM(r.Context(), id, secret, s.From(r))
	if directory.KindOf(err) == directory.KindUnauthenticated {
		err = resource.NewFault(http.StatusUnauthorized, "",
			"The token is unknown or has ended, or its client is disabled; make another with cohort scim client rotate.")
	}
	return caller, "", err
}

// accepts refuses requests that want a reply in another format.
func (q *Request) accepts() error {
	accept := strings.Join(q.R.Header.Values("Accept"), ",")
	if accept == "" {
		return nil
	}
	for part := range strings.SplitSeq(accept, ",") {
		t, _, _ := strings.Cut(part, ";")
		switch strings.ToLower(strings.TrimSpace(t)) {
		case "*/*", "application/*", "application/json", ContentType:
			return nil
		}
	}
	return resource.NewFault(http.StatusNotAcceptable, "",
		"Answers are in application/scim+json; send Accept: application/scim+json.")
}

// sends refuses bodies in another format.
func (q *Request) sends() error {
	sent := q.R.Header.Get("Content-Type")
	if sent == "" && q.R.ContentLength <= 0 {
		return nil
	}
	t, _, err := mime.ParseMediaType(sent)
	if err != nil && sent != "" {
		t, _, _ = strings.Cut(sent, ";")
	}
	switch strings.ToLower(strings.TrimSpace(t)) {
	case ContentType, "application/json", "":
		return nil
	}
	return resource.NewFault(http.StatusUnsupportedMediaType, "", "Send the body as application/scim+json.")
}

// LargeBody reads the body of a group, unparsed.
func (q *Request) LargeBody() (jsontext.Value, error) {
	return q.Read(httpkit.BodyReader{MaxLen: maxBodyLen, MaxElements: maxBodyElements})
}

// Body reads any other body, unparsed.
func (q *Request) Body() (jsontext.Value, error) { return q.Read(httpkit.BodyReader{}) }

func (q *Request) Read(reader httpkit.BodyReader) (jsontext.Value, error) {
	var raw jsontext.Value
	if err := reader.Read(q.W, q.R, &raw); err != nil {
		return nil, err
	}
	if raw == nil {
		return nil, resource.BadRequest(resource.InvalidSyntax, "The body is empty.")
	}
	return raw, nil
}

// BodyTree parses the body, which must be an object.
func (q *Request) BodyTree() (*resource.Object, error) {
	raw, err := q.Body()
	if err != nil {
		return nil, err
	}
	return resource.ParseObject(raw)
}

// CloseView ends the read transaction, because a request never holds two connections. Later
// reads begin another at the same revision.
func (q *Request) CloseView() {
	q.Dir.Release()
	q.Dir.Hold()
}

// A plan returns the edits of a change, given the directory that the change applies to. It may
// run more than once.
type plan func(now Directory) ([]directory.Edit, error)

// Commit runs one change, unless the client would remove too much. With Cohort-Preview it
// changes nothing and fails with ErrShown.
func (q *Request) Commit(p plan) (directory.Committed, error) {
	if err := q.Clients.Guard.Prepare(q.Context(), q.Caller(), q.CloseView); err != nil {
		return directory.Committed{}, err
	}
	guarded := func(now Directory) ([]directory.Edit, error) {
		q.Removed = clients.Removals{}
		q.Passed = 0
		edits, err := p(now)
		if err == nil && len(edits) > directory.MaxEdits {
			err = TooManyEdits()
		}
		if err == nil {
			err = q.Clients.Guard.Check(q.Caller(), q.Client.Source, &q.Removed)
		}
		return edits, err
	}
	done, shown, err := q.call.Commit(dialect.Write{Prepare: guarded})
	if errors.Is(err, clients.ErrTotals) {
		if err = q.Clients.Guard.Totals(q.Context(), q.Dir, q.Caller(), q.Client.Source); err == nil {
			done, shown, err = q.call.Commit(dialect.Write{Prepare: guarded})
		}
	}
	q.Clients.Guard.Count(q.Context(), q.Caller(), &q.Removed, err == nil && shown == nil && done.Changed)
	if err == nil && shown == nil {
		q.Skipped += q.Passed
	}
	if err == nil && shown != nil {
		q.Shown, err = shown, ErrShown
	}
	return done, err
}

// ErrShown ends a write that is only previewed: the reply is the preview.
var ErrShown = errors.New("the answer is a preview")

// TooManyEdits refuses a request that changes more than can be changed at once.
func TooManyEdits() error {
	return resource.NewFault(http.StatusRequestEntityTooLarge, "",
		"The request changes more than 10,000 things; send it in parts, or all members of a group by PUT.")
}

// Send answers with a resource.
func (q *Request) Send(status int, o *resource.Object) error {
	if meta := o.Child("meta"); meta != nil {
		if version := meta.Text("version"); version != "" {
			q.W.Header().Set("ETag", version)
		}
		if status == http.StatusCreated {
			q.W.Header().Set("Location", meta.Text("location"))
		}
	}
	q.ShowRevision()
	httpkit.WriteBody(q.W, status, ContentType, resource.AppendTree(nil, o))
	return nil
}

// ShowRevision sets the header Cohort-Revision to the revision of the reply.
func (q *Request) ShowRevision() { q.call.ShowRevision() }

// Gone answers 204.
func (q *Request) Gone() error {
	q.ShowRevision()
	return httpkit.NoContent(q.W)
}

// Version returns the version in ETag and meta.version.
func (q *Request) Version(t directory.Touch) string {
	incarnation, _ := q.Dir.Revision()
	return "W/\"" + strconv.Itoa(int(incarnation)) + "-" + strconv.Itoa(int(t.Revision)) + "\""
}

// Unmodified reports whether the client already has the version.
func (q *Request) Unmodified(version string) bool {
	return q.R.Method == http.MethodGet && tagIn(q.R.Header.Values("If-None-Match"), version)
}

// SameVersion refuses a write whose If-Match names another version.
func (q *Request) SameVersion(now Directory, o directory.Object) error {
	wanted := q.R.Header.Values("If-Match")
	if len(wanted) == 0 {
		return nil
	}
	touched, err := now.LastChanges(q.Context(), o)
	if err != nil {
		return err
	}
	if !tagIn(wanted, q.Version(touched[0])) {
		return resource.NewFault(http.StatusPreconditionFailed, "", "The resource has changed since; read it again.")
	}
	return nil
}

// tagIn reports whether a header lists a tag or *. Tags are compared weakly.
func tagIn(values []string, tag string) bool {
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		part = strings.TrimSpace(part)
		if part == "*" || part != "" && strings.TrimPrefix(part, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// Unchanged answers that the client already has the version.
func (q *Request) Unchanged(version string) error {
	q.W.Header().Set("ETag", version)
	q.W.WriteHeader(http.StatusNotModified)
	return nil
}
