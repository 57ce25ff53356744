package native

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/spell"
)

// A question is what a list of attributes, as callers ask for it, means on a
// basis.
type question struct {
	basis      directory.Basis
	attributes []directory.AttributeID
}

// Clients ask few different questions, each of them often.
const (
	maxQuestions   = 256
	maxQuestionLen = 4 << 10
)

// questions keeps those that were asked lately, by their text.
type questions struct {
	mu     sync.RWMutex
	byText map[string]*question
}

func (k *questions) get(text string) (*question, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	known, ok := k.byText[text]
	return known, ok
}

func (k *questions) put(text string, known *question) {
	if len(text) > maxQuestionLen {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, again := k.byText[text]; k.byText == nil || !again && len(k.byText) >= maxQuestions {
		k.byText = map[string]*question{}
	}
	k.byText[strings.Clone(text)] = known // of a request, the text is a part
}

// A page is what a reply with effective values is made on. Pages are used
// again, so that replies leave little behind.
type page struct {
	made directory.EffectiveDocument
	text []byte
	read byte   // means nothing: it keeps reads that are made early from being left out
}

// maxPage is up to how many bytes a page is used again.
const maxPage = 64 << 10

func (a *api) page() *page {
	if p, ok := a.pages.Get().(*page); ok {
		return p
	}
	return new(page)
}

// done lets go of all that a page shows: it may be long until it is used again.
func (a *api) done(p *page) {
	if cap(p.text) > maxPage {
		return
	}
	values, attributes := p.made.Values, p.made.Attributes
	clear(values)
	clear(attributes)
	p.made = directory.EffectiveDocument{Values: values, Attributes: attributes}
	a.pages.Put(p)
}

// effectiveNow answers with a user's effective values as they are now.
func (a *api) effectiveNow(q *request, id directory.UserID) error {
	p := a.page()
	defer a.done(p)
	if err := q.readDocument(id, &p.made); err != nil {
		return err
	}
	p.read = readAhead(&p.made)
	_, rev := q.dir.Revision()
	p.text = strconv.AppendInt(append(p.text[:0], `{"revision":`...), int64(rev), 10)
	lasting := len(p.text) // the revision moves on while the rest stays the same
	p.text = q.appendDocument(p.text, &p.made)
	return q.replyDocument(p.text, documentTag(p.made.Incarnation, p.text[lasting:]))
}

// readDocument reads the effective values that were asked for.
func (q *request) readDocument(id directory.UserID, made *directory.EffectiveDocument) error {
	text := q.query.Get("attributes")
	if text == "" {
		return q.dir.EffectiveDocument(q.ctx(), id, nil, made)
	}
	if known, ok := q.questions.get(text); ok {
		err := q.dir.EffectiveDocument(q.ctx(), id, known.attributes, made)
		if err != nil || made.Basis == known.basis {
			return err
		}
	}
	basis, err := q.dir.EffectiveBasis(q.ctx(), id)
	if err != nil {
		return err
	}
	attrs, err := q.askedAttributes()
	if err != nil {
		return err
	}
	if err := q.dir.EffectiveDocument(q.ctx(), id, attrs, made); err != nil {
		return err
	}
	// Between two equal bases the names meant this all the time. Sources do not
	// rest on the basis, and of Catalog 0 none is equal.
	if basis == made.Basis && basis.Catalog != 0 && !strings.Contains(text, ":") {
		q.questions.put(text, &question{basis, attrs})
	}
	return nil
}

// readAhead reads the beginning of every text of a document: they lie scattered
// in memory, and come faster side by side than one after the other.
func readAhead(made *directory.EffectiveDocument) (sum byte) {
	for i := range made.Values {
		if text := made.Values[i].Value.Text; text != "" {
			sum += text[0]
		}
	}
	for i := range made.Values {
		for _, id := range made.Values[i].Groups {
			if name := made.GroupName(id); name != "" {
				sum += name[0]
			}
		}
	}
	return sum
}

// appendDocument spells an effective document, but for the revision.
func (q *request) appendDocument(b []byte, made *directory.EffectiveDocument) []byte {
	user := spell.User{ID: directory.FormatID(made.User)}
	if made.Rows != nil {
		user = spell.UserOf(&made.Rows.User, made.Rows.Email())
	}
	b = spell.AppendUser(append(b, `,"user":`...), user)
	b = append(b, `,"values":[`...)
	for i := range made.Values {
		if i > 0 {
			b = append(b, ',')
		}
		b = spell.AppendEffective(b, made.Attributes[i], &made.Values[i], made.GroupName, q.Language)
	}
	b = append(b, ']')
	if made.ValidUntil != 0 {
		b = append(append(append(b, `,"valid_until":"`...), spell.Time(made.ValidUntil)...), '"')
	}
	return append(b, '}')
}

// documentTag is the tag of a document, as far as it lasts.
func documentTag(incarnation int64, lasting []byte) string {
	var b [64]byte
	sum := sha256.Sum256(lasting)
	tag := strconv.AppendInt(append(b[:0], `W/"`...), incarnation, 10)
	return string(append(hex.AppendEncode(append(tag, '-'), sum[:12]), '"'))
}

// replyDocument answers with a document, or that the caller has it. The tag is
// a weak one as it does not cover the revision. Whoever keeps the document must
// ask each time whether it still holds: a change can come at any moment.
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
	httpkit.WriteKept(q.w, "application/json", text)
	return nil
}
