package native

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"

	"cohort/internal/directory"
)

// A question is what a list of attributes, as callers ask for it, means.
type question struct {
	id         int64           // no other has it, also later; 0 asks for all attributes
	rests      directory.Basis // on this part of a basis
	attributes []directory.AttributeID
}

// meaningOf is the part of a basis that the meaning of a question rests on.
func meaningOf(b *directory.Basis) directory.Basis {
	return directory.Basis{Incarnation: b.Incarnation, Era: b.Era, Catalog: b.Catalog, SeesAttributes: b.SeesAttributes}
}

// Clients ask few different questions, each of them often.
const (
	maxQuestions   = 256
	maxQuestionLen = 4 << 10
)

// A questionText is how a question is asked. One text does not mean the same to
// those who see all attributes and to others.
type questionText struct {
	text           string
	seesAttributes bool
}

// questions keeps those that were asked lately.
type questions struct {
	last   atomic.Int64 // id
	mu     sync.RWMutex
	byText map[questionText]*question
}

// get returns a question if its meaning on a basis is known.
func (k *questions) get(text string, basis *directory.Basis) (*question, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	known, ok := k.byText[questionText{text, basis.SeesAttributes}]
	return known, ok && known.rests == meaningOf(basis)
}

func (k *questions) put(text string, asked *question) {
	if len(text) > maxQuestionLen {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	key := questionText{strings.Clone(text), asked.rests.SeesAttributes} // of a request, the text is a part
	if _, again := k.byText[key]; k.byText == nil || !again && len(k.byText) >= maxQuestions {
		k.byText = map[questionText]*question{}
	}
	k.byText[key] = asked
}

// A documentKey is all that a document depends on but time. What is made of a
// newer state has another key, so nothing is ever invalidated: old documents
// are not asked for any more, and are forgotten.
type documentKey struct {
	directory.Basis
	question int64
}

// A document is a reply with a user's effective values, without the revision,
// which moves on while the document stays the same.
type document struct {
	at                place
	sum               documentSum
	madeAt, goodUntil directory.Instant // 0 is for ever
}

// maxDocuments is how many bytes of documents are kept.
const maxDocuments = 64 << 20

// A shelf holds documents one after the other. Neither its map nor its blocks
// have pointers: however much stands on it, the garbage collector has nothing to
// look through.
type shelf struct {
	documents map[documentKey]document
	blocks    [][]byte // each only grows, and where it is: who reads needs no lock
	size      int
}

// A place is where a document stands on its shelf.
type place struct{ block, from, to int32 }

// block is how many bytes of documents have memory of their own. A document
// that is longer has a block to itself.
const block = 1 << 20

func (s *shelf) read(at place) []byte { return s.blocks[at.block][at.from:at.to] }

func (s *shelf) write(text []byte) place {
	last := len(s.blocks) - 1
	if last < 0 || cap(s.blocks[last])-len(s.blocks[last]) < len(text) {
		s.blocks = append(s.blocks, make([]byte, 0, max(block, len(text))))
		last++
	}
	from := len(s.blocks[last])
	s.blocks[last] = append(s.blocks[last], text...)
	s.size += len(text)
	return place{int32(last), int32(from), int32(from + len(text))}
}

// documents keeps what was asked for lately: all of the young, and the old
// until the young are too many and take their place.
//
// A document is kept when it is made for the second time within some thousands
// that were made. Where more are asked for than there is room for, few are: to
// keep each and push another out would cost more than it saves.
type documents struct {
	seed       maphash.Seed
	mu         sync.Mutex
	young, old shelf
	made       [1 << 12]uint32 // hashes of keys, where another hash puts them
}

// get returns a document that is good at a time, and its text.
func (c *documents) get(key documentKey, at directory.Instant) (d document, text []byte, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d, ok = c.young.documents[key]; ok {
		text = c.young.read(d.at)
	} else if d, ok = c.old.documents[key]; ok {
		text = c.old.read(d.at)
		c.add(key, d, text)
	}
	return d, text, ok && d.madeAt <= at && (d.goodUntil == 0 || at < d.goodUntil)
}

// put keeps a document that was made before, lately.
func (c *documents) put(key documentKey, d document, text []byte) {
	hash := maphash.Comparable(c.seed, key)
	c.mu.Lock()
	defer c.mu.Unlock()
	if last := &c.made[hash%uint64(len(c.made))]; *last != uint32(hash>>32) {
		*last = uint32(hash >> 32)
		return
	}
	c.add(key, d, text)
}

func (c *documents) add(key documentKey, d document, text []byte) {
	const entry = 256 // what one takes beside its text
	if c.young.documents == nil || c.young.size+entry+len(text) > maxDocuments/2 {
		c.old, c.young = c.young, shelf{documents: make(map[documentKey]document, len(c.young.documents))}
	}
	d.at = c.young.write(text)
	c.young.size += entry
	c.young.documents[key] = d
}
