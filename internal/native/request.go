package native

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/render"
)

// A request is one call with a token.
type request struct {
	*api
	call   *dialect.Call
	w      http.ResponseWriter
	r      *http.Request
	query  url.Values
	dir    Directory
	caller directory.Caller
	token  string
	names  map[directory.GroupID]string
}

// authenticated returns the handler of a route that accepts the given query parameters. It
// checks the token before it reads anything else of the request.
func (a *api) authenticated(parameters []string, handle func(*request) error) httpkit.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		call, err := a.Admit(w, r, Dialect, a.identify)
		if err != nil {
			return err
		}
		defer call.Close()
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return directory.Malformed("query", "cannot be read")
		}
		if err := checkQuery(query, parameters); err != nil {
			return err
		}
		q := &request{api: a, call: call, caller: call.Caller, token: call.Token, w: call.W, r: r, query: query,
			dir: call.Dir}
		return handle(q)
	}
}

func (q *request) ctx() context.Context { return q.r.Context() }

// revisionOf parses a revision, with or without the incarnation before it.
func (q *request) revisionOf(field, text string) (directory.Revision, error) {
	life, rev, err := directory.ParseRevision(field, text)
	if err != nil {
		return 0, err
	}
	if incarnation, _ := q.dir.Revision(); life != 0 && life != incarnation {
		return 0, directory.ForeignRevision(field)
	}
	return rev, nil
}

// body parses a JSON body strictly.
func (q *request) body(in any) error { return httpkit.BodyReader{Strict: true}.Read(q.w, q.r, in) }

// longBody is body for lists of edits and values.
func (q *request) longBody(in any) error {
	return httpkit.BodyReader{Strict: true, MaxLen: 16 << 20, MaxElements: 40 * directory.MaxEdits}.Read(q.w, q.r, in)
}

// reply answers with v and the revision at which it is true.
func (q *request) reply(status int, v any) error {
	q.showRevision()
	return httpkit.WriteLine(q.w, status, v)
}

func (q *request) showRevision() { q.call.ShowRevision() }

// replyObject answers with an object and its ETag, or 304 if the caller has it.
func (q *request) replyObject(v any) error { return q.replyTagged(v, v) }

// replyTagged answers with an object of which the ETag covers a part.
func (q *request) replyTagged(covered, v any) error {
	tag, err := q.tag(covered)
	if err != nil {
		return err
	}
	q.showRevision()
	q.w.Header().Set("ETag", tag)
	if tagIn(q.r.Header.Values("If-None-Match"), tag) {
		q.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return httpkit.WriteLine(q.w, http.StatusOK, v)
}

// tag returns the ETag of an object: its incarnation and a hash of what is shown.
func (q *request) tag(v any) (string, error) {
	body, err := httpkit.Encode(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	incarnation, _ := q.dir.Revision()
	return fmt.Sprintf(`"%d-%s"`, incarnation, hex.EncodeToString(sum[:12])), nil
}

// tagIn reports whether a header lists a tag, or *.
func tagIn(values []string, tag string) bool {
	for _, value := range values {
		for one := range strings.SplitSeq(value, ",") {
			if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
				return true
			}
		}
	}
	return false
}

// groupName returns the name of a group as far as the caller may see it.
func (q *request) groupName(id directory.GroupID) string {
	name, known := q.names[id]
	if !known {
		g, err := q.dir.Group(q.ctx(), id)
		if err == nil {
			name = g.Name
		}
		if q.names == nil {
			q.names = map[directory.GroupID]string{}
		}
		q.names[id] = name
	}
	return name
}

// groupsOf returns the names of groups.
func (q *request) groupsOf(ids []directory.GroupID) []render.Group {
	return render.Groups(ids, q.groupName)
}

// flag reads a boolean parameter.
func (q *request) flag(name string) (value, given bool, err error) {
	switch text := q.query.Get(name); text {
	case "":
		return false, false, nil
	case "true", "false":
		return text == "true", true, nil
	}
	return false, false, directory.Malformed(name, "must be true or false")
}
