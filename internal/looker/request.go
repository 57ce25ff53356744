package looker

import (
	"context"
	"errors"
	"net/http"
	"net/url"
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

// A request is one call of an operation. In an operation that needs no token there
// is no caller and no directory.
type request struct {
	*api
	call     *dialect.Call // nil without a caller
	w        http.ResponseWriter
	r        *http.Request
	query    url.Values
	rawQuery string
	fields   httpkit.Fields // which members of the reply the caller wants
	dir      Directory
	caller   directory.Caller
	token    string
	base     string // of the URLs in the reply, once there is one
}

// unauthenticated makes a handler of an operation that needs no token.
func (a *api) unauthenticated(op operation) httpkit.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := a.Enter(r); err != nil {
			return err
		}
		q, err := a.newRequest(w, r)
		if err != nil {
			return err
		}
		return op.handle(q)
	}
}

// authenticated makes a handler of an operation that needs a token. Who calls
// is known before anything of the request but its token is looked at.
func (a *api) authenticated(op operation) httpkit.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		call, err := a.Admit(w, r, Dialect, a.identify)
		if err != nil {
			return err
		}
		defer call.Close()
		q, err := a.newRequest(call.W, r)
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

func (a *api) newRequest(w http.ResponseWriter, r *http.Request) (*request, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, directory.Malformed("query", "cannot be read; encode it as application/x-www-form-urlencoded")
	}
	names, err := queryNames(query, "fields")
	if err != nil {
		return nil, err
	}
	fields, err := httpkit.ParseFields(names)
	if err != nil {
		return nil, err
	}
	return &request{api: a, w: w, r: r, query: query, rawQuery: r.URL.RawQuery, fields: fields}, nil
}

// sessions are the sessions of all callers, which are read apart from the
// directory: a request has one connection to the store at most.
func (q *request) sessions() Sessions {
	q.dir.Release()
	q.dir.Hold()
	return q.Sessions
}

func (q *request) ctx() context.Context { return q.r.Context() }

// body reads a JSON body as the vendor does: the content type, unknown members
// and those that are read-only there are ignored.
func (q *request) body(in any) error { return httpkit.BodyReader{}.Read(q.w, q.r, in) }

// longBody is body for lists that may be long.
func (q *request) longBody(in any) error {
	return httpkit.BodyReader{MaxLen: 8 << 20, MaxElements: 10 * directory.MaxEdits}.Read(q.w, q.r, in)
}

// pathID reads an id in the path. A text that is no id names nothing, so it is
// not found.
func pathID[T directory.ID](q *request, name string) (T, error) {
	id, err := directory.ParseID[T](name, q.r.PathValue(name))
	if err != nil {
		return 0, &directory.Error{Kind: directory.KindNotFound, Field: name, Msg: "must be a positive whole number"}
	}
	return id, nil
}

// bodyID reads an id in a body, which may be a string or a number.
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

// commit runs edits as one change. With Cohort-Preview nothing happens, and it
// returns what would, which the caller passes to preview.
func (q *request) commit(edits ...directory.Edit) (directory.Committed, *directory.Preview, error) {
	return q.call.Commit(dialect.Edits(edits...))
}

// preview answers with what a write would do, unless err says why it cannot.
func (q *request) preview(shown *directory.Preview, err error) error {
	if err != nil {
		return err
	}
	q.showRevision()
	return httpkit.WriteJSON(q.w, http.StatusOK, render.PreviewOf(shown, q.Language))
}

// unseen is the error of a write whose reply would show what the caller may not
// see. Nothing is written then. A caller without the permission for the write
// learns that and nothing about the object.
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

// commitPrepared is commit for edits that depend on what there is.
func (q *request) commitPrepared(
	prepare func(now Directory) ([]directory.Edit, error),
) (*directory.Preview, error) {
	_, shown, err := q.call.Commit(dialect.Write{Prepare: prepare})
	return shown, err
}

// An idListBody is a body that is nothing but a list of ids. Null is what some
// clients send for an empty list.
type idListBody struct {
	given bool
	ids   []httpkit.LooseID
}

// UnmarshalJSONFrom is for the JSON decoder.
func (b *idListBody) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	b.given = true
	return json.UnmarshalDecode(dec, &b.ids)
}

// idList reads a body that is nothing but a list of ids, which may be texts or
// numbers. Without a body nothing is cleared: it may have got lost.
func idList[T directory.ID](q *request, name string) ([]T, error) {
	var in idListBody
	if err := q.longBody(&in); err != nil {
		if e, ok := errors.AsType[*directory.Error](err); ok && strings.Trim(e.Field, "0123456789") == "" && e.Field != "" {
			e.Field = name // not its place in the list
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
	body, err := q.spelled(v)
	if err != nil {
		return err
	}
	return q.replySelected(body)
}

// spelled is v in JSON, with the wanted fields only.
func (q *request) spelled(v any) ([]byte, error) {
	if put, size := appending(v); put != nil {
		return q.appended(size, func(a *appender) error { put(a); return nil })
	}
	body, err := httpkit.Encode(v)
	if err != nil {
		return nil, err
	}
	return q.fields.Select(body)
}

// replySelected answers with JSON that has the wanted fields only.
func (q *request) replySelected(body []byte) error {
	q.showRevision()
	httpkit.WriteBody(q.w, http.StatusOK, "application/json", body)
	return nil
}

// showRevision says in the header Cohort-Revision at which incarnation and
// revision the reply is true.
func (q *request) showRevision() {
	if q.call != nil {
		q.call.ShowRevision()
	}
}

// replyPage answers with a part of a list whose whole length is total.
func (q *request) replyPage(part any, page httpkit.Page, total int) error {
	q.showPage(page, total)
	return q.reply(part)
}

// showPage says in the headers which part of a list, whose whole length is
// total, the reply is.
func (q *request) showPage(page httpkit.Page, total int) {
	httpkit.SetPageHeaders(q.w.Header(), q.baseURL(q.r)+q.r.URL.EscapedPath(), q.query, page, total)
}

// noContent answers that it is done and there is nothing to say.
func (q *request) noContent() error {
	q.showRevision()
	return httpkit.NoContent(q.w)
}

// baseURL is scheme and host as the caller sees them.
func (a *api) baseURL(r *http.Request) string { return httpkit.BaseURL(a.BaseURL, r) }

// url is the absolute URL of something in the API, by path segments.
func (q *request) url(segments ...string) string {
	if q.base == "" {
		q.base = q.baseURL(q.r) + prefix + "/"
	}
	return q.base + strings.Join(segments, "/")
}
