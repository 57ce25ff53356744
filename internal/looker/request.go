package looker

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
	"cohort/internal/render"
)

// A request is one call of an operation. An operation that needs no token has no caller and no
// directory.
type request struct {
	*server
	call   *dialect.Call // nil without a caller
	w      http.ResponseWriter
	r      *http.Request
	params params
	fields httpkit.Fields // the members of the reply that the caller wants
	dir    Directory
	caller directory.Caller
	token  string
	base   string // of URLs in the reply, computed at first use
}

// unauthenticated returns the handler of an operation that needs no token.
func (s *server) unauthenticated(op operation) httpkit.Handler {
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
func (s *server) authenticated(op operation) httpkit.Handler {
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
		q.call, q.caller, q.token, q.dir = call, call.Caller, call.Token, call.Dir
		if done, err := call.RepeatedDeletion(); err != nil {
			return err
		} else if done {
			return q.noContent()
		}
		return op.handle(q)
	}
}

func (s *server) newRequest(w http.ResponseWriter, r *http.Request) (*request, error) {
	params, err := parseParams(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	names, err := params.names("fields")
	if err != nil {
		return nil, err
	}
	fields, err := httpkit.ParseFields(names)
	if err != nil {
		return nil, err
	}
	return &request{server: s, w: w, r: r, params: params, fields: fields}, nil
}

// sessions returns the sessions of all callers. They are not read through the view, because a
// request holds one connection of the store at most.
func (q *request) sessions() Sessions {
	q.dir.Release()
	q.dir.Hold()
	return q.Sessions
}

func (q *request) ctx() context.Context { return q.r.Context() }

// body reads a JSON body as the vendor does: it ignores the content type, unknown members and
// read-only members.
func (q *request) body(in any) error { return httpkit.BodyReader{}.Read(q.w, q.r, in) }

// longBody is body for bodies with long lists.
func (q *request) longBody(in any) error {
	return httpkit.BodyReader{MaxLen: 8 << 20, MaxElements: 10 * directory.MaxEdits}.Read(q.w, q.r, in)
}

// pathID reads an id in the path. A text that is not an id is not found.
func pathID[T directory.ID](q *request, name string) (T, error) {
	id, err := directory.ParseID[T](name, q.r.PathValue(name))
	if err != nil {
		return 0, &directory.Error{Kind: directory.KindNotFound, Field: name, Msg: "must be a positive whole number"}
	}
	return id, nil
}

// bodyID reads an id in a body, as a string or a number.
func bodyID[T directory.ID](name string, id httpkit.Optional[httpkit.LooseID]) (T, error) {
	if !id.Has() || id.Value == "" {
		return 0, directory.Missing(name)
	}
	n, err := directory.ParseID[T](name, string(id.Value))
	if err != nil {
		return 0, directory.Invalid(name, "must be a positive whole number")
	}
	return n, nil
}

// commit runs edits as one change. With Cohort-Preview it changes nothing and returns the
// preview, which the caller passes to preview.
func (q *request) commit(edits ...directory.Edit) (directory.Committed, *directory.Preview, error) {
	return q.call.Commit(dialect.Edits(edits...))
}

// preview answers with the preview of a write, or fails with err.
func (q *request) preview(shown *directory.Preview, err error) error {
	if err != nil {
		return err
	}
	q.showRevision()
	return httpkit.WriteJSON(q.w, http.StatusOK, render.PreviewOf(shown, q.Language))
}

// unseen returns the error of a write whose reply would show an object that the caller may not
// see. Nothing is written then. A caller without the permission for the write learns only
// that.
func (q *request) unseen(err error, need directory.Permission) error {
	if directory.KindOf(err) != directory.KindNotFound {
		return err
	}
	powers, failed := q.dir.Permissions(q.ctx())
	switch {
	case failed != nil:
		return failed
	case !powers.Has(need):
		return directory.Forbidden("the permission %s is needed", need)
	}
	return err
}

// commitPrepared is commit for edits that depend on the current state.
func (q *request) commitPrepared(
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

// idList reads a body that is a list of ids, as texts or numbers. It refuses a missing body,
// which may have been lost: only an empty list clears.
func idList[T directory.ID](q *request, name string) ([]T, error) {
	var in idListBody
	if err := q.longBody(&in); err != nil {
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

// reply answers with the wanted fields of v.
func (q *request) reply(v any) error {
	body, err := q.selected(v)
	if err != nil {
		return err
	}
	return q.replySelected(body)
}

// selected returns v as JSON, with the wanted fields only.
func (q *request) selected(v any) ([]byte, error) {
	body, err := httpkit.Encode(v)
	if err != nil {
		return nil, err
	}
	return q.fields.Select(body)
}

// replySelected answers with JSON that already has the wanted fields only.
func (q *request) replySelected(body []byte) error {
	q.showRevision()
	httpkit.WriteBody(q.w, http.StatusOK, "application/json", body)
	return nil
}

// showRevision sets the header Cohort-Revision to the incarnation and revision of the reply.
func (q *request) showRevision() {
	if q.call != nil {
		q.call.ShowRevision()
	}
}

// replyPage answers with a page of a list of the given total length.
func (q *request) replyPage(part any, page httpkit.Page, total int) error {
	q.showPage(page, total)
	return q.reply(part)
}

// showPage sets the headers that say which page of a list of the given total length the reply
// is.
func (q *request) showPage(page httpkit.Page, total int) {
	httpkit.SetPageHeaders(q.w.Header(), q.baseURL()+q.r.URL.EscapedPath(), q.params.Values, page, total)
}

// noContent answers 204.
func (q *request) noContent() error {
	q.showRevision()
	return httpkit.NoContent(q.w)
}

// baseURL returns scheme and host as the caller sees them.
func (q *request) baseURL() string { return httpkit.BaseURL(q.BaseURL, q.r) }

// url returns the absolute URL of an object of the API, by path segments.
func (q *request) url(segments ...string) string {
	if q.base == "" {
		q.base = q.baseURL() + prefix + "/"
	}
	return q.base + strings.Join(segments, "/")
}
