package native

import (
	"net/http"
	"strconv"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/native/cache"
	"cohort/internal/render"
	"cohort/internal/view"
)

// A page holds the buffers of a reply with effective values. Pages are pooled to avoid
// allocation.
type page struct {
	made view.EffectiveDocument
	text []byte
}

// maxPage is the largest buffer that returns to the pool, in bytes.
const maxPage = 64 << 10

func (a *api) page() *page {
	if p, ok := a.pages.Get().(*page); ok {
		return p
	}
	return new(page)
}

// done returns a page to the pool. It drops what the page refers to, because the page may stay
// there for long.
func (a *api) done(p *page) {
	if cap(p.text) > maxPage {
		return
	}
	values, attributes := p.made.Values, p.made.Attributes
	clear(values)
	clear(attributes)
	p.made = view.EffectiveDocument{Values: values, Attributes: attributes}
	a.pages.Put(p)
}

// effectiveNow answers with a user's current effective values.
func (a *api) effectiveNow(q *request, id directory.UserID) error {
	basis, at, err := q.dir.EffectiveBasis(q.ctx(), id)
	if err != nil {
		return err
	}
	p := a.page()
	defer a.done(p)
	text := q.query.Get("attributes")
	asked, known := &cache.Question{}, text == ""
	if !known {
		asked, known = a.questions.Get(text, &basis)
	}
	if known {
		var d cache.Document
		var ok bool
		if p.text, d, ok = a.documents.Get(q.appendRevision(p.text[:0]), cache.KeyOf(&basis, asked), &basis, at); ok {
			return q.replyDocument(p.text, d.Sum.Tag(basis.Incarnation))
		}
	} else if asked, err = q.newQuestion(asked, &basis); err != nil {
		return err
	}
	if err := q.dir.EffectiveDocument(q.ctx(), id, asked.Attributes, &p.made); err != nil {
		return err
	}
	p.text = q.appendRevision(p.text[:0])
	from := len(p.text)
	p.text = q.appendDocument(p.text, &p.made)
	lasting := p.text[from:]
	d := cache.Document{Basis: basis, Sum: cache.SumOf(lasting), MadeAt: p.made.At, GoodUntil: p.made.ValidUntil}
	// The names had this meaning at the basis. A selector by source is not part of the basis.
	// A basis whose catalog is 0 has no other document.
	if basis.Catalog != 0 && p.made.Basis == basis && !strings.Contains(text, ":") {
		if !known {
			a.questions.Put(text, asked)
		}
		a.documents.Put(cache.KeyOf(&basis, asked), d, lasting)
	}
	return q.replyDocument(p.text, d.Sum.Tag(p.made.Incarnation))
}

// newQuestion finds out which attributes a query asks for. before is an earlier question with
// the same text, or nil.
func (q *request) newQuestion(before *cache.Question, basis *view.Basis) (*cache.Question, error) {
	attrs, err := q.askedAttributes()
	return q.questions.Ask(attrs, before, basis), err
}

// appendRevision begins a document with the revision, which changes while the rest stays the
// same.
func (q *request) appendRevision(b []byte) []byte {
	_, rev := q.dir.Revision()
	return strconv.AppendInt(append(b, `{"revision":`...), int64(rev), 10)
}

// appendDocument appends an effective document without the revision.
func (q *request) appendDocument(b []byte, made *view.EffectiveDocument) []byte {
	user := render.User{ID: directory.FormatID(made.User)}
	if made.Rows != nil {
		user = render.UserOf(&made.Rows.User, made.Rows.Email())
	}
	b = render.AppendUser(append(b, `,"user":`...), user)
	b = append(b, `,"values":[`...)
	for i := range made.Values {
		if i > 0 {
			b = append(b, ',')
		}
		b = render.AppendEffective(b, made.Attributes[i], &made.Values[i], made.GroupName, q.Language)
	}
	b = append(b, ']')
	if made.ValidUntil != 0 {
		b = append(append(append(b, `,"valid_until":"`...), render.Time(made.ValidUntil)...), '"')
	}
	return append(b, '}', '\n')
}

// replyDocument answers with a document, or 304 if the caller has it. The tag is weak because
// it does not cover the revision. A caller that stores the document must revalidate it before
// each use.
func (q *request) replyDocument(text []byte, tag string) error {
	q.showRevision()
	h := q.w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization")
	if tagIn(q.r.Header["If-None-Match"], strings.TrimPrefix(tag, "W/")) {
		q.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	httpkit.WriteCacheable(q.w, "application/json", text)
	return nil
}
