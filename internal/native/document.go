package native

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/spell"
)

// A document is a reply with a user's effective values, without the revision,
// which moves on while the document stays the same.
type document struct {
	rest              []byte // what follows the revision
	tag               string
	madeAt, goodUntil directory.Instant // 0 is for ever
}

// A documentKey is all that a document depends on but time. What is made of a
// newer state has another key, so nothing is ever invalidated: old documents
// are not asked for any more, and are forgotten.
type documentKey struct {
	directory.Basis
	attributes string // as asked for
}

// maxDocuments is how many bytes of documents are kept.
const maxDocuments = 64 << 20

// documents keeps what was asked for lately: all of the young, and the old
// until the young are too many and take their place.
type documents struct {
	mu         sync.Mutex
	young, old map[documentKey]*document
	size       int // of the young
}

// get returns a document that is good at a time.
func (c *documents) get(key documentKey, at directory.Instant) (*document, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, ok := c.young[key]
	if !ok {
		if d, ok = c.old[key]; !ok {
			return nil, false
		}
		c.add(key, d)
	}
	return d, d.madeAt <= at && (d.goodUntil == 0 || at < d.goodUntil)
}

func (c *documents) put(key documentKey, d *document) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(key, d)
}

func (c *documents) add(key documentKey, d *document) {
	const entry = 256 // what one takes beside its texts
	if c.young == nil || c.size > maxDocuments/2 {
		c.young, c.old, c.size = map[documentKey]*document{}, c.young, 0
	}
	c.young[key] = d
	c.size += entry + len(key.attributes) + len(d.rest)
}

// effectiveNow answers with a user's effective values as they are now.
func (a *api) effectiveNow(q *request, id directory.UserID) error {
	basis, at, err := q.dir.EffectiveBasis(q.ctx(), id)
	if err != nil {
		return err
	}
	key := documentKey{basis, q.query.Get("attributes")}
	if d, ok := a.documents.get(key, at); ok {
		return q.replyDocument(d)
	}
	attrs, err := q.askedAttributes()
	if err != nil {
		return err
	}
	made, err := q.dir.EffectiveDocument(q.ctx(), id, attrs)
	if err != nil {
		return err
	}
	d := q.document(&made)
	// The names of attributes meant something at the basis; sources are no part of it.
	if basis.Catalog != 0 && made.Basis == basis && !strings.Contains(key.attributes, ":") {
		a.documents.put(key, d)
	}
	return q.replyDocument(d)
}

// document spells an effective document.
func (q *request) document(made *directory.EffectiveDocument) *document {
	user := spell.User{ID: directory.FormatID(made.User)}
	if made.Rows != nil {
		user = spell.UserOf(&made.Rows.User, made.Rows.Email())
	}
	b := make([]byte, 0, 256+100*len(made.Values))
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
	b = append(b, '}')
	sum := sha256.Sum256(b)
	tag := fmt.Sprintf(`W/"%d-%s"`, made.Incarnation, hex.EncodeToString(sum[:12]))
	return &document{rest: b, tag: tag, madeAt: made.At, goodUntil: made.ValidUntil}
}

// replyDocument answers with a document, or that the caller has it. The tag is
// a weak one as it does not cover the revision. Whoever keeps the document must
// ask each time whether it still holds: a change can come at any moment.
func (q *request) replyDocument(d *document) error {
	q.showRevision()
	h := q.w.Header()
	h.Set("ETag", d.tag)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization")
	if tagIn(q.r.Header["If-None-Match"], strings.TrimPrefix(d.tag, "W/")) {
		q.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	_, rev := q.dir.Revision()
	var head [32]byte
	httpkit.WriteParts(q.w, "application/json", strconv.AppendInt(append(head[:0], `{"revision":`...), int64(rev), 10), d.rest)
	return nil
}
