package record

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"reflect"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

const saltSize = 32 // bytes; without the salt a commitment tells nothing of what it covers

// Build makes the record of a change: the edits, the images of every row that
// was written, sorted by object and cut into chunks, and the hash that chains
// all that to the record before, whose hash is prev. Salts are read from salt;
// with the same salts the same input gives the same bytes. Everything that
// fails is an internal error.
func Build(
	header directory.ChangeHeader, edits []directory.Edit, writes []directory.RowWrite, prev [32]byte, salt io.Reader,
) (store.Record, error) {
	r := store.Record{Header: header}
	var err error
	if r.Edits, err = sealEdits(salt, edits); err != nil {
		return store.Record{}, fmt.Errorf("record %d: %w", header.Revision, err)
	}
	c := cutter{salt: salt, first: map[directory.Object]int{}}
	for _, e := range sorted(writes) {
		if err := c.add(e.write); err != nil {
			return store.Record{}, fmt.Errorf("record %d: %w", header.Revision, err)
		}
	}
	if err := c.cut(); err != nil {
		return store.Record{}, fmt.Errorf("record %d: %w", header.Revision, err)
	}
	r.Chunks, r.Objects = c.chunks, indexOf(c.first)
	r.Hash = hashRecord(prev, &r)
	return r, nil
}

// An entry is a write with what it is sorted by.
type entry struct {
	object directory.Object
	key    directory.RowKey
	write  directory.RowWrite
}

// sorted puts the writes into the order of a record: by the first object that
// a row belongs to, then by key.
func sorted(writes []directory.RowWrite) []entry {
	entries := make([]entry, len(writes))
	for i, w := range writes {
		entries[i] = entry{key: w.Key(), write: w}
		if objects := objectsOf(w); len(objects) > 0 {
			entries[i].object = objects[0]
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if c := compareObjects(a.object, b.object); c != 0 {
			return c
		}
		return compareKeys(&a.key, &b.key)
	})
	return entries
}

func objectsOf(w directory.RowWrite) []directory.Object {
	if w.After != nil {
		return w.After.Objects()
	}
	return w.Before.Objects()
}

func compareObjects(a, b directory.Object) int {
	if a.Kind != b.Kind {
		return cmp.Compare(a.Kind, b.Kind)
	}
	return cmp.Compare(a.ID, b.ID)
}

func compareKeys(a, b *directory.RowKey) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B),
		compareObjects(a.Object, b.Object), slices.Compare(a.Text[:], b.Text[:]))
}

// A cutter fills chunks.
type cutter struct {
	salt    io.Reader
	raw     []byte // of the chunk that is being filled; empty if there is none
	entry   []byte // space for one write
	scratch []byte
	chunks  []store.Chunk
	first   map[directory.Object]int
}

func (c *cutter) add(w directory.RowWrite) error {
	var err error
	if c.entry, c.scratch, err = appendWrite(c.entry[:0], w, c.scratch); err != nil {
		return err
	}
	if len(c.raw)+len(c.entry) > chunkSize {
		if err := c.cut(); err != nil {
			return err
		}
	}
	if len(c.raw) == 0 {
		c.raw = append(c.raw, chunkVersion)
	}
	c.raw = append(c.raw, c.entry...)
	for _, o := range objectsOf(w) {
		if _, listed := c.first[o]; !listed {
			c.first[o] = len(c.chunks)
		}
	}
	return nil
}

// cut ends the chunk that is being filled.
func (c *cutter) cut() error {
	if len(c.raw) == 0 {
		return nil
	}
	data, err := deflate(c.raw)
	if err != nil {
		return err
	}
	chunk, err := seal(c.salt, c.raw, data)
	if err != nil {
		return err
	}
	c.chunks = append(c.chunks, chunk)
	c.raw = c.raw[:0]
	return nil
}

// seal makes a chunk that keeps data, with a commitment to raw under a new salt.
func seal(salts io.Reader, raw, data []byte) (store.Chunk, error) {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(salts, salt); err != nil {
		return store.Chunk{}, fmt.Errorf("salt: %w", err)
	}
	return store.Chunk{Commitment: commit(salt, raw), Salt: salt, Data: data}, nil
}

func indexOf(first map[directory.Object]int) []store.RecordObject {
	index := make([]store.RecordObject, 0, len(first))
	for o, chunk := range first {
		index = append(index, store.RecordObject{Object: o, Chunk: chunk})
	}
	slices.SortFunc(index, func(a, b store.RecordObject) int { return compareObjects(a.Object, b.Object) })
	return index
}

// commit is what the chain knows of a chunk. It covers the raw bytes, so that
// another compressor gives the same commitment.
func commit(salt, raw []byte) [32]byte {
	h := sha256.New()
	writePart(h, []byte("cohort chunk 1"))
	writePart(h, salt)
	writePart(h, raw)
	return [32]byte(h.Sum(nil))
}

// hashRecord is the hash of a record that follows one with hash prev.
func hashRecord(prev [32]byte, r *store.Record) [32]byte {
	h := sha256.New()
	writePart(h, []byte("cohort record 1"))
	writePart(h, prev[:])
	writePart(h, headerForm.append(nil, reflect.ValueOf(r.Header)))
	writePart(h, r.Edits.Commitment[:])
	for i := range r.Chunks {
		writePart(h, r.Chunks[i].Commitment[:])
	}
	return [32]byte(h.Sum(nil))
}

// writePart writes the length before the bytes, so that what belongs to one
// part cannot be moved to the next.
func writePart(h hash.Hash, part []byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(part)))
	h.Write(n[:])
	h.Write(part)
}
