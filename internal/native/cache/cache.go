package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/maphash"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// A Question is the meaning of a list of attributes as callers write it.
type Question struct {
	id         int64      // unique, also over time; 0 asks for all attributes
	rests      view.Basis // the part of a basis that it depends on
	Attributes []directory.AttributeID
}

// meaningOf returns the part of a basis that the meaning of a question depends on.
func meaningOf(b *view.Basis) view.Basis {
	return view.Basis{Incarnation: b.Incarnation, Lineage: b.Lineage, Catalog: b.Catalog,
		SeesAttributes: b.SeesAttributes}
}

// Clients ask few different questions, and each of them often.
const (
	maxQuestions   = 256
	maxQuestionLen = 4 << 10
)

// A questionText is a question as it was asked. A text means something else to callers who do
// not see all attributes.
type questionText struct {
	text           string
	seesAttributes bool
}

// Questions holds recent questions.
type Questions struct {
	last   atomic.Int64 // the last id
	mu     sync.RWMutex
	byText map[questionText]*Question
}

// Ask returns the question for some attributes on a basis. before is an earlier question with the
// same text, or nil.
func (k *Questions) Ask(attributes []directory.AttributeID, before *Question, basis *view.Basis) *Question {
	asked := &Question{rests: meaningOf(basis), Attributes: attributes}
	if before != nil {
		asked.id = before.id
	} else {
		asked.id = k.last.Add(1)
	}
	return asked
}

// Get returns a question if its meaning on a basis is known.
func (k *Questions) Get(text string, basis *view.Basis) (*Question, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	known, ok := k.byText[questionText{text, basis.SeesAttributes}]
	return known, ok && known.rests == meaningOf(basis)
}

// Put stores a question as it was asked.
func (k *Questions) Put(text string, asked *Question) {
	if len(text) > maxQuestionLen {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	key := questionText{strings.Clone(text), asked.rests.SeesAttributes} // the text is a part of a request's memory
	if _, again := k.byText[key]; k.byText == nil || !again && len(k.byText) >= maxQuestions {
		k.byText = map[questionText]*Question{}
	}
	k.byText[key] = asked
}

// A Key identifies a document by its user, its reader and its question.
type Key struct {
	user, viewer             directory.UserID
	seesUser, seesAttributes bool
	question                 int64
}

// KeyOf returns the key of the document that answers a question on a basis.
func KeyOf(b *view.Basis, asked *Question) Key {
	return Key{b.User, b.Viewer, b.SeesUser, b.SeesAttributes, asked.id}
}

// A Document is a reply with a user's effective values, without the revision, which changes
// while the rest stays the same.
type Document struct {
	Basis             view.Basis // all that it depends on but time, so nothing needs invalidation
	Sum               Sum
	MadeAt, GoodUntil directory.Instant // 0 is for ever
}

const (
	// maxDocuments limits the cached documents, in bytes.
	maxDocuments = 256 << 20
	// blockSize is the memory of one block, in bytes. A longer document has a block of its
	// own.
	blockSize = 1 << 20
	// besides is the overhead of a document, in bytes.
	besides = 256
	// rounded is the granularity of a document's space, so that a newer version usually fits
	// in.
	rounded = 128
)

// Documents caches what is asked for often: a document is stored when it is made for the
// second time within some hundred thousand, so a caller that reads every user once fills
// nothing.
//
// Only the list of blocks contains pointers, so the garbage collector has little to scan
// however many documents there are.
type Documents struct {
	seed   maphash.Seed
	max    int // bytes
	mu     sync.Mutex
	kept   map[Key]storedDocument
	blocks []*block // oldest first; nil if empty
	first  int      // number of the first block
	size   int
	made   []uint32 // hashes of keys; a collision overwrites
}

// NewDocuments returns an empty cache of documents.
func NewDocuments() *Documents { return &Documents{seed: maphash.MakeSeed(), max: maxDocuments} }

// recentlyMade is how many hashes of recent documents fit: five for each document that fits,
// because of collisions.
const recentlyMade = 1 << 19

// A storedDocument is the place of a document in a block.
type storedDocument struct {
	Document
	block, from, length, room int32
}

// A block holds documents one after the other.
type block struct {
	text []byte
	keys []Key
	good int // how many of its documents are valid
}

func (c *Documents) blockOf(s *storedDocument) *block { return c.blocks[int(s.block)-c.first] }

// Get appends the text of a document of a basis that is valid at a time.
func (c *Documents) Get(text []byte, key Key, basis *view.Basis,
	at directory.Instant) (_ []byte, d Document, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.kept[key]
	if !ok || s.Basis != *basis || at < s.MadeAt || s.GoodUntil != 0 && at >= s.GoodUntil {
		return text, d, false
	}
	return append(text, c.blockOf(&s).text[s.from:s.from+s.length]...), s.Document, true
}

// Put stores a document that was made before, recently.
func (c *Documents) Put(key Key, d Document, text []byte) {
	hash := maphash.Comparable(c.seed, key)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil {
		c.made, c.kept = make([]uint32, recentlyMade), map[Key]storedDocument{}
	}
	before, again := c.kept[key]
	if last := &c.made[hash%recentlyMade]; !again && *last != uint32(hash>>32) {
		*last = uint32(hash >> 32)
		return
	}
	if again && len(text) <= int(before.room) {
		copy(c.blockOf(&before).text[before.from:], text)
		before.Document, before.length = d, int32(len(text))
		c.kept[key] = before
		return
	}
	if again {
		c.forget(key, &before)
	}
	room := (len(text) + rounded - 1) / rounded * rounded
	for len(c.blocks) > 0 && c.size+room > c.max {
		c.forgetOldest()
	}
	b := c.open(room)
	from := len(b.text)
	b.text, b.keys, b.good = b.text[:from+room], append(b.keys, key), b.good+1
	copy(b.text[from:], text)
	c.size += besides
	c.kept[key] = storedDocument{d, int32(c.first + len(c.blocks) - 1), int32(from), int32(len(text)), int32(room)}
}

// open returns the last block, with room for n bytes.
func (c *Documents) open(n int) *block {
	if len(c.blocks) > 0 {
		if last := c.blocks[len(c.blocks)-1]; last != nil && cap(last.text)-len(last.text) >= n {
			return last
		}
	}
	b := &block{text: make([]byte, 0, max(blockSize, n))}
	c.blocks = append(c.blocks, b)
	c.size += cap(b.text)
	return b
}

// forget removes a document, and its block if that is empty then.
func (c *Documents) forget(key Key, s *storedDocument) {
	delete(c.kept, key)
	b := c.blockOf(s)
	if b.good--; b.good > 0 {
		return
	}
	c.size -= cap(b.text) + besides*len(b.keys)
	c.blocks[int(s.block)-c.first] = nil
	for len(c.blocks) > 0 && c.blocks[0] == nil {
		c.blocks, c.first = c.blocks[1:], c.first+1
	}
}

// forgetOldest removes the documents of the oldest block.
func (c *Documents) forgetOldest() {
	number := int32(c.first)
	for _, key := range c.blocks[0].keys {
		if s, ok := c.kept[key]; ok && s.block == number {
			c.forget(key, &s)
		}
	}
}

// A Sum is a hash of a document.
type Sum [12]byte

// SumOf returns the hash of a text.
func SumOf(text []byte) Sum {
	sum := sha256.Sum256(text)
	return Sum(sum[:12])
}

// Tag returns the weak entity tag of a document in an incarnation of the directory.
func (s Sum) Tag(incarnation int64) string {
	var b [64]byte
	tag := strconv.AppendInt(append(b[:0], `W/"`...), incarnation, 10)
	return string(append(hex.AppendEncode(append(tag, '-'), s[:]), '"'))
}
