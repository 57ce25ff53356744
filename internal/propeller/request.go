package propeller

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/propeller/bulk"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/fault"
	"cohort/internal/propeller/schema"
	"cohort/internal/render"
)

// Limits of a body.
const (
	maxBodyLen      = 64 << 20  // bytes
	maxBodyElements = 2_000_000 // members and elements in total
)

// A request is one call of an operation.
type request struct {
	*api
	call  *dialect.Call
	w     http.ResponseWriter
	r     *http.Request
	query url.Values
	dir   Directory

	comment string // of the change, from the header Cohort-Comment
	preview bool   // from the header Cohort-Preview
}

// authenticated returns the handler of an operation. It checks the token before it reads
// anything else of the request.
func (a *api) authenticated(op operation) httpkit.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		call, err := a.Admit(w, r, document.Dialect, a.identify)
		if err != nil {
			return err
		}
		defer call.Close()
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return fault.Schema("#: the query string cannot be read")
		}
		q := &request{api: a, call: call, w: call.W, r: r, query: query, dir: call.Dir}
		if r.Method != http.MethodGet {
			if q.comment, q.preview, err = httpkit.ChangeHeaders(r); err != nil {
				return err
			}
		}
		return op.handle(q)
	}
}

// identify returns the function that authenticates a request.
func identify(tokens httpkit.Authenticator) httpkit.Identify {
	missing := fault.New(fault.Unauthorized, "An access token is required")
	byToken := httpkit.ByToken(tokens, missing)
	return func(r *http.Request) (directory.Caller, string, error) {
		caller, token, err := byToken(r)
		if !errors.Is(err, missing) && directory.KindOf(err) == directory.KindUnauthenticated {
			err = fault.New(fault.Unauthorized, "The access token is invalid or has expired")
		}
		return caller, token, err
	}
}

func (q *request) ctx() context.Context { return q.r.Context() }

// body parses the body into a tree and checks its shape.
func (q *request) body(form *schema.Shape) (*schema.Node, error) {
	var raw jsontext.Value
	reader := httpkit.BodyReader{MaxLen: maxBodyLen, MaxElements: maxBodyElements}
	if err := reader.Read(q.w, q.r, &raw); err != nil {
		if kind := directory.KindOf(err); kind == directory.KindMalformed || kind == directory.KindInvalid {
			return nil, fault.New(fault.InvalidJSON)
		}
		return nil, err
	}
	n, err := schema.Parse(raw, form)
	if err != nil {
		return nil, err
	}
	if violations := form.Violations(n); len(violations) > 0 {
		return nil, fault.Schema(violations...)
	}
	return n, nil
}

// commit runs one change. Nothing changes between what the plan reads and what is written.
// With Cohort-Preview it changes nothing and returns the preview, which the caller passes to
// showPreview.
func (q *request) commit(p bulk.Plan) (directory.Committed, *directory.Preview, error) {
	return q.call.Commit(dialect.Write{Prepare: p})
}

// showPreview answers with the preview of a write, or fails with err.
func (q *request) showPreview(shown *directory.Preview, err error) error {
	if err != nil {
		return err
	}
	setFormat(q.w)
	return httpkit.WriteJSON(q.w, http.StatusOK, render.PreviewOf(shown, q.Language))
}

// require refuses callers without a permission before a large body is read.
func (q *request) require(need directory.Permission) error {
	has, err := q.dir.Permissions(q.ctx())
	if err != nil || has.Has(need) {
		return err
	}
	return directory.Forbidden("the permission %s is needed", need)
}

// managing returns the permission to change objects of a kind.
func managing(kind directory.ObjectKind) directory.Permission {
	switch kind {
	case directory.ObjectUser:
		return directory.ManageUsers
	case directory.ObjectGroup:
		return directory.ManageGroups
	default:
		return directory.ManageAttributes
	}
}

// reply answers with one object, or with a list of n.
func (q *request) reply(status int, data any, n int, messages ...string) error {
	return q.send(status, document.Envelope{Data: data, Messages: slices.Concat([]string{}, messages), Total: &n})
}

// deleted answers that an object was deleted.
func (q *request) deleted(message string) error {
	return q.send(http.StatusOK, document.Envelope{Data: struct{}{}, Messages: []string{message}})
}

func (q *request) send(status int, v any) error {
	body, err := document.Encode(v)
	if err != nil {
		return err
	}
	setFormat(q.w)
	q.call.ShowRevision()
	httpkit.WriteBody(q.w, status, "application/json", body)
	return nil
}

// setFormat sets the header of the vendor's replies.
func setFormat(w http.ResponseWriter) { w.Header().Set("Return-Format", "json") }

// expands reads which optional parts of an object the caller wants.
func (q *request) expands(known ...string) (map[string]bool, error) {
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(strings.Join(q.query["expands"], ","), ",") {
		switch name = strings.TrimSpace(name); {
		case name == "":
		case slices.Contains(known, name):
			wanted[name] = true
		default:
			return nil, fault.Schema("#/expands: " + fault.Clip(name) + " is not a valid enum value")
		}
	}
	return wanted, nil
}
