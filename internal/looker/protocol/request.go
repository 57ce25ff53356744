package protocol

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/query"
	"cohort/internal/render"
)

// A Request is one call of an operation. An operation that needs no token has no caller and no
// directory.
type Request struct {
	*Server
	call   *dialect.Call // nil without a caller
	W      http.ResponseWriter
	R      *http.Request
	Params query.Params
	Fields httpkit.Fields // the members of the reply that the caller wants
	Dir    Directory
	Caller directory.Caller
	Token  string
	base   string // of URLs in the reply, computed at first use
}

// unauthenticated returns the handler of an operation that needs no token.
func (s *Server) unauthenticated(op Operation) httpkit.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := s.Enter(r); err != nil {
			return err
		}
		q, err := s.newRequest(w, r)
		if err != nil {
			return err
		}
		return op.handle(q)
	}
}

// authenticated returns the handler of an operation that needs a token. It checks the token
// before it reads anything else of the request.
func (s *Server) authenticated(op Operation) httpkit.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		call, err := s.Admit(w, r, Dialect, s.identify)
		if err != nil {
			return err
		}
		defer call.Close()
		q, err := s.newRequest(call.W, r)
		if err != nil {
			return err
		}
		q.call, q.Caller, q.Token, q.Dir = call, call.Caller, call.Token, call.Dir
		if done, err := call.RepeatedDeletion(); err != nil {
			return err
		} else if done {
			return q.NoContent()
		}
		return op.handle(q)
	}
}

func (s *Server) newRequest(w http.ResponseWriter, r *http.Request) (*Request, error) {
	params, err := query.Parse(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	names, err := params.Names("fields")
	if err != nil {
		return nil, err
	}
	fields, err := httpkit.ParseFields(names)
	if err != nil {
		return nil, err
	}
	return &Request{Server: s, W: w, R: r, Params: params, Fields: fields}, nil
}

// AllSessions returns the sessions of all callers. They are not read through the view, because a
// request holds one connection of the store at most.
func (q *Request) AllSessions() Sessions {
	q.Dir.Release()
	q.Dir.Hold()
	return q.Sessions
}

// Context returns the context of the call.
func (q *Request) Context() context.Context { return q.R.Context() }

// Body reads a JSON body as the vendor does: it ignores the content type, unknown members and
// read-only members.
func (q *Request) Body(in any) error { return httpkit.BodyReader{}.Read(q.W, q.R, in) }

// LongBody is Body for bodies with long lists.
func (q *Request) LongBody(in any) error {
	return httpkit.BodyReader{MaxLen: 8 << 20, MaxElements: 10 * directory.MaxEdits}.Read(q.W, q.R, in)
}

// PathID reads an id in the path. A text that is not an id is not found.
func PathID[T directory.ID](q *Request, name string) (T, error) {
	id, err := directory.ParseID[T](name, q.R.PathValue(name))
	if err != nil {
		return 0, &directory.Error{Kind: directory.KindNotFound, Field: name, Msg: "must be a positive whole number"}
	}
	return id, nil
}

// BodyID reads an id in a body, as a string or a number.
func BodyID[T directory.ID](name string, id httpkit.Optional[httpkit.LooseID]) (T, error) {
	if !id.Has() || id.Value == "" {
		return 0, directory.Missing(name)
	}
	n, err := directory.ParseID[T](name, string(id.Value))
	if err != nil {
		return 0, directory.Invalid(name, "must be a positive whole number")
	}
	return n, nil
}

// MustName refuses a given name that is empty or null.
func MustName(field string, name httpkit.Optional[string]) error {
	if name.Set && strings.TrimSpace(name.Value) == "" {
		return directory.Missing(field)
	}
	return nil
}

// Commit runs edits as one change. With Cohort-Preview it changes nothing and returns the
// preview, which the caller passes to Preview.
func (q *Request) Commit(edits ...directory.Edit) (directory.Committed, *directory.Preview, error) {
	return q.call.Commit(dialect.Edits(edits...))
}

// Preview answers with the preview of a write, or fails with err.
func (q *Request) Preview(shown *directory.Preview, err error) error {
	if err != nil {
		return err
	}
	q.showRevision()
	return httpkit.WriteJSON(q.W, http.StatusOK, render.PreviewOf(shown, q.Language))
}

// Done runs one edit and answers without content.
func (q *Request) Done(edit directory.Edit) error {
	if _, shown, err := q.Commit(edit); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return q.NoContent()
}

// Unseen returns the error of a write whose reply would show an object that the caller may not
// see. Nothing is written then. A caller without the permission for the write learns only
// that.
func (q *Request) Unseen(err error, need directory.Permission) error {
	if directory.KindOf(err) != directory.KindNotFound {
		return err
	}
	powers, failed := q.Dir.Permissions(q.Context())
	switch {
	case failed != nil:
		return failed
	case !powers.Has(need):
		return directory.Forbidden("the permission %s is needed", need)
	}
	return err
}

// CommitPrepared is Commit for edits that depend on the current state.
func (q *Request) CommitPrepared(
	prepare func(now Directory) ([]directory.Edit, error),
) (*directory.Preview, error) {
	_, shown, err := q.call.Commit(dialect.Write{Prepare: prepare})
	return shown, err
}

// An idListBody is a body that is a list of ids. Some clients send null for an empty list.
type idListBody struct {
	given bool
	ids   []httpkit.LooseID
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (b *idListBody) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	b.given = true
	return json.UnmarshalDecode(dec, &b.ids)
}

// IDList reads a body that is a list of ids, as texts or numbers. It refuses a missing body,
// which may have been lost: only an empty list clears.
func IDList[T directory.ID](q *Request, name string) ([]T, error) {
	var in idListBody
	if err := q.LongBody(&in); err != nil {
		if e, ok := errors.AsType[*directory.Error](err); ok && strings.Trim(e.Field, "0123456789") == "" && e.Field != "" {
			e.Field = name // without the index in the list
		}
		return nil, err
	}
	switch {
	case !in.given:
		return nil, directory.Malformed("body", "is empty; it must be an array of ids")
	case len(in.ids) > directory.MaxEdits:
		return nil, &directory.Error{Kind: directory.KindTooLarge, Msg: "the list has more ids than the most, " +
			strconv.Itoa(directory.MaxEdits)}
	}
	ids := make([]T, len(in.ids))
	for i, text := range in.ids {
		id, err := directory.ParseID[T](name, string(text))
		if err != nil {
			return nil, directory.Invalid(name, "must be a positive whole number")
		}
		ids[i] = id
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// Reply answers with the wanted fields of v.
func (q *Request) Reply(v any) error {
	body, err := q.Selected(v)
	if err != nil {
		return err
	}
	return q.Send(body)
}

// Selected returns v as JSON, with the wanted fields only.
func (q *Request) Selected(v any) ([]byte, error) {
	body, err := httpkit.Encode(v)
	if err != nil {
		return nil, err
	}
	return q.Fields.Select(body)
}

// Send answers with JSON that already has the wanted fields only.
func (q *Request) Send(body []byte) error {
	q.showRevision()
	httpkit.WriteBody(q.W, http.StatusOK, "application/json", body)
	return nil
}

// showRevision sets the header Cohort-Revision to the incarnation and revision of the reply.
func (q *Request) showRevision() {
	if q.call != nil {
		q.call.ShowRevision()
	}
}

// ReplyPage answers with a page of a list of the given total length.
func (q *Request) ReplyPage(part any, page httpkit.Page, total int) error {
	q.showPage(page, total)
	return q.Reply(part)
}

// showPage sets the headers that say which page of a list of the given total length the reply
// is.
func (q *Request) showPage(page httpkit.Page, total int) {
	httpkit.SetPageHeaders(q.W.Header(), q.ServerURL()+q.R.URL.EscapedPath(), q.Params.Values, page, total)
}

// NoContent answers 204.
func (q *Request) NoContent() error {
	q.showRevision()
	return httpkit.NoContent(q.W)
}

// ServerURL returns scheme and host as the caller sees them.
func (q *Request) ServerURL() string { return httpkit.BaseURL(q.BaseURL, q.R) }

// URL returns the absolute URL of an object of the API, by path segments.
func (q *Request) URL(segments ...string) string {
	if q.base == "" {
		q.base = q.ServerURL() + Prefix + "/"
	}
	return q.base + strings.Join(segments, "/")
}
