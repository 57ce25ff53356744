package scim

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
	"cohort/internal/scim/resource"
)

// contentType is the type of bodies and replies.
const contentType = "application/scim+json"

// Limits of the body of a group. Provisioning services send whole groups, 60 to 90 bytes for
// each member. Other bodies have the limits of all surfaces.
const (
	maxBodyLen      = 64 << 20
	maxBodyElements = 12 << 20 // members and elements: three for each group member
)

// A request is one call of a route.
type request struct {
	*server
	call   *dialect.Call // nil for a document without a caller
	w      *answer
	r      *http.Request
	dir    Directory
	base   string
	query  url.Values
	client client
	self   *resource.Type     // of users, read at first use
	shown  *directory.Preview // set with errShown

	removed removals // of the last plan
	passed  int      // missing members that the last plan skips
	skipped int      // missing members that all committed changes skipped
	nobody  string   // the first missing member
}

func (q *request) ctx() context.Context { return q.r.Context() }

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
func (s *server) authenticated(op route) httpkit.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		call, err := s.Admit(w, r, Dialect, s.identify)
		if err != nil {
			return err
		}
		defer call.Close()
		q := &request{server: s, r: r, base: s.baseOf(r)}
		q.use(call)
		err = q.serve(op)
		if errors.Is(err, errShown) {
			return httpkit.WriteJSON(w, http.StatusOK, render.PreviewOf(q.shown, q.Language))
		}
		status := q.w.status
		if err != nil {
			status = faultOf(err).Status
		}
		q.dir.Release()
		s.Clients.saw(q.ctx(), q.client, q.ended(op.method, status, err))
		return err
	}
}

// part returns a request that stands for a part of this one.
func (q *request) part(r *http.Request) *request {
	return &request{server: q.server, call: q.call, w: q.w, r: r, dir: q.dir, base: q.base, query: q.query, client: q.client}
}

// ended describes the request as it ended.
func (q *request) ended(method string, status int, err error) ended {
	e := ended{caller: q.call.Caller.User, method: method, path: q.r.URL.Path, status: status, err: err,
		skipped: q.skipped, nobody: q.nobody}
	if err != nil {
		e.detail = faultOf(err).Detail
	}
	return e
}

func (q *request) serve(op route) error {
	err := q.meet()
	if err != nil {
		return err
	}
	if q.query, err = url.ParseQuery(q.r.URL.RawQuery); err != nil {
		return resource.BadRequest(resource.InvalidSyntax, "The query string cannot be read.")
	}
	if err := q.accepts(); err != nil {
		return err
	}
	if q.r.Method != http.MethodGet && q.r.Method != http.MethodDelete {
		if err := q.sends(); err != nil {
			return err
		}
	}
	if done, err := q.call.RepeatedDeletion(); done || err != nil {
		if err == nil {
			err = httpkit.NoContent(q.w)
		}
		return err
	}
	return op.handle(q)
}

// meet reads which client the caller is, and checks that its token has not ended.
func (q *request) meet() (err error) {
	if q.client, err = clientOf(q.ctx(), q.dir, q.call.Caller.User); err != nil {
		return err
	}
	if q.client.expired(q.call.Caller.Credential, directory.InstantOf(q.Now())) {
		return resource.NewFault(http.StatusUnauthorized, "",
			"The token has expired; make another with cohort scim client rotate.")
	}
	return nil
}

// identify authenticates the caller: by a token, with or without the word Bearer, or by id and
// secret in HTTP Basic.
func (s *server) identify(r *http.Request) (directory.Caller, string, error) {
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
func (q *request) accepts() error {
	accept := strings.Join(q.r.Header.Values("Accept"), ",")
	if accept == "" {
		return nil
	}
	for part := range strings.SplitSeq(accept, ",") {
		t, _, _ := strings.Cut(part, ";")
		switch strings.ToLower(strings.TrimSpace(t)) {
		case "*/*", "application/*", "application/json", contentType:
			return nil
		}
	}
	return resource.NewFault(http.StatusNotAcceptable, "",
		"Answers are in application/scim+json; send Accept: application/scim+json.")
}

// sends refuses bodies in another format.
func (q *request) sends() error {
	sent := q.r.Header.Get("Content-Type")
	if sent == "" && q.r.ContentLength <= 0 {
		return nil
	}
	t, _, err := mime.ParseMediaType(sent)
	if err != nil && sent != "" {
		t, _, _ = strings.Cut(sent, ";")
	}
	switch strings.ToLower(strings.TrimSpace(t)) {
	case contentType, "application/json", "":
		return nil
	}
	return resource.NewFault(http.StatusUnsupportedMediaType, "", "Send the body as application/scim+json.")
}

// largeBody reads the body of a group, unparsed.
func (q *request) largeBody() (jsontext.Value, error) {
	return q.read(httpkit.BodyReader{MaxLen: maxBodyLen, MaxElements: maxBodyElements})
}

// body reads any other body, unparsed.
func (q *request) body() (jsontext.Value, error) { return q.read(httpkit.BodyReader{}) }

func (q *request) read(reader httpkit.BodyReader) (jsontext.Value, error) {
	var raw jsontext.Value
	if err := reader.Read(q.w, q.r, &raw); err != nil {
		return nil, err
	}
	if raw == nil {
		return nil, resource.BadRequest(resource.InvalidSyntax, "The body is empty.")
	}
	return raw, nil
}

// bodyTree parses the body, which must be an object.
func (q *request) bodyTree() (*resource.Object, error) {
	raw, err := q.body()
	if err != nil {
		return nil, err
	}
	return objectIn(raw)
}

func objectIn(raw []byte) (*resource.Object, error) {
	v, err := resource.ParseTree(raw)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*resource.Object)
	if !ok {
		return nil, resource.BadRequest(resource.InvalidSyntax, "The body must be a JSON object.")
	}
	return o, nil
}

// closeView ends the read transaction, because a request never holds two connections. Later
// reads begin another at the same revision.
func (q *request) closeView() {
	q.dir.Release()
	q.dir.Hold()
}

// A plan returns the edits of a change, given the directory that the change applies to. It may
// run more than once.
type plan func(now Directory) ([]directory.Edit, error)

// commit runs one change, unless the client would remove too much. With Cohort-Preview it
// changes nothing and fails with errShown.
func (q *request) commit(p plan) (directory.Committed, error) {
	if err := q.Clients.guard.prepare(q.ctx(), q.call.Caller.User, q.closeView); err != nil {
		return directory.Committed{}, err
	}
	guarded := func(now Directory) ([]directory.Edit, error) {
		q.removed = removals{}
		q.passed = 0
		edits, err := p(now)
		if err == nil && len(edits) > directory.MaxEdits {
			err = tooManyEdits()
		}
		if err == nil {
			err = q.Clients.guard.check(q.call.Caller.User, q.client.Source, &q.removed)
		}
		return edits, err
	}
	done, shown, err := q.call.Commit(dialect.Write{Prepare: guarded})
	if errors.Is(err, errTotals) {
		if err = q.Clients.guard.totals(q.ctx(), q.dir, q.call.Caller.User, q.client.Source); err == nil {
			done, shown, err = q.call.Commit(dialect.Write{Prepare: guarded})
		}
	}
	q.Clients.guard.count(q.ctx(), q.call.Caller.User, &q.removed, err == nil && shown == nil && done.Changed)
	if err == nil && shown == nil {
		q.skipped += q.passed
	}
	if err == nil && shown != nil {
		q.shown, err = shown, errShown
	}
	return done, err
}

// errShown ends a write that is only previewed: the reply is the preview.
var errShown = errors.New("the answer is a preview")

func tooManyEdits() error {
	return resource.NewFault(http.StatusRequestEntityTooLarge, "",
		"The request changes more than 10,000 things; send it in parts, or all members of a group by PUT.")
}

// send answers with a resource.
func (q *request) send(status int, o *resource.Object) error {
	if meta := o.Child("meta"); meta != nil {
		if version := meta.Text("version"); version != "" {
			q.w.Header().Set("ETag", version)
		}
		if status == http.StatusCreated {
			q.w.Header().Set("Location", meta.Text("location"))
		}
	}
	q.call.ShowRevision()
	httpkit.WriteBody(q.w, status, contentType, resource.AppendTree(nil, o))
	return nil
}

// gone answers 204.
func (q *request) gone() error {
	q.call.ShowRevision()
	return httpkit.NoContent(q.w)
}

// version returns the version in ETag and meta.version.
func (q *request) version(t directory.Touch) string {
	incarnation, _ := q.dir.Revision()
	return "W/\"" + strconv.Itoa(int(incarnation)) + "-" + strconv.Itoa(int(t.Revision)) + "\""
}

// unmodified reports whether the client already has the version.
func (q *request) unmodified(version string) bool {
	return q.r.Method == http.MethodGet && tagIn(q.r.Header.Values("If-None-Match"), version)
}

// sameVersion refuses a write whose If-Match names another version.
func (q *request) sameVersion(now Directory, o directory.Object) error {
	wanted := q.r.Header.Values("If-Match")
	if len(wanted) == 0 {
		return nil
	}
	touched, err := now.LastChanges(q.ctx(), o)
	if err != nil {
		return err
	}
	if !tagIn(wanted, q.version(touched[0])) {
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

// unchanged answers that the client already has the version.
func (q *request) unchanged(version string) error {
	q.w.Header().Set("ETag", version)
	q.w.WriteHeader(http.StatusNotModified)
	return nil
}
