package record

import (
	"fmt"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A Broken record is not what was written.
type Broken struct {
	Revision directory.Revision
	What     string // what is wrong, a sentence without its end
	Err      error  // the cause, if there is one
}

// Error says what is wrong with which record.
func (b *Broken) Error() string {
	s := fmt.Sprintf("record %d: %s", b.Revision, b.What)
	if b.Err != nil {
		s += ": " + b.Err.Error()
	}
	return s
}

// Unwrap returns nil: a broken record is our fault, whatever the cause.
func (b *Broken) Unwrap() error { return nil }

// Verify checks a record with its chunks against the hash of the record
// before: that its own hash covers it, that every chunk matches its
// commitment, and that the index names the objects of the images. What is
// wrong is a *Broken.
//
// A redacted part is only read, as its commitment is to what was there before;
// it has no salt.
// A part without data and salt was erased or pruned. If nothing else is to
// be found, the error is then of kind directory.KindGone: the chain holds, but
// what the images were cannot be checked any more.
func Verify(prev [32]byte, r store.Record) error { return verify(prev, r, func(directory.RowWrite) {}) }

// Replay is Verify and Images in one: it returns the row writes of a record of
// which nothing was erased, pruned or redacted, and that follows the record whose
// hash is prev. If a part was redacted, the error is of kind directory.KindGone
// too: the images no longer exist.
func Replay(prev [32]byte, r store.Record) (writes []directory.RowWrite, err error) {
	err = verify(prev, r, func(w directory.RowWrite) { writes = append(writes, w) })
	if err != nil {
		return nil, err
	}
	redacted := 0
	for i := range r.Chunks {
		if r.Chunks[i].Redacted {
			redacted++
		}
	}
	if redacted > 0 {
		return nil, gone(r.Header.Revision, redacted)
	}
	return writes, nil
}

func verify(prev [32]byte, r store.Record, write func(directory.RowWrite)) error {
	if hashRecord(prev, &r) != r.Hash {
		return &Broken{Revision: r.Header.Revision, What: "its hash does not follow from its content and the record before"}
	}
	first := map[directory.Object]int{}
	erased, redacted := 0, false
	if isErased(r.Edits) {
		erased++
	} else if err := checkEdits(r.Header.Revision, r.Edits); err != nil {
		return err
	}
	for i, c := range r.Chunks {
		redacted = redacted || c.Redacted
		if isErased(c) {
			erased++
			continue
		}
		if err := checkChunk(r.Header.Revision, i, c, first, write); err != nil {
			return err
		}
	}
	if erased > 0 {
		return gone(r.Header.Revision, erased)
	}
	if redacted && lacks(&r, first) {
		return gone(r.Header.Revision, 1)
	}
	if !slices.Equal(indexOf(first), r.Objects) {
		return &Broken{Revision: r.Header.Revision, What: "its index does not name the objects of its images"}
	}
	return nil
}

// lacks reports whether the images of an object that the index names are not
// there, and the index is right about the others.
func lacks(r *store.Record, first map[directory.Object]int) bool {
	left := slices.DeleteFunc(slices.Clone(r.Objects), func(o store.RecordObject) bool {
		_, there := first[o.Object]
		return !there
	})
	found := indexOf(first)
	return len(left) < len(r.Objects) && slices.EqualFunc(found, left, func(a, b store.RecordObject) bool {
		return a.Object == b.Object && a.Chunk >= b.Chunk // what came first may have been erased
	})
}

// Baseline returns the edit of a record that is part of an import: it stands
// for rows that were written without images, so whoever follows the records has
// to read the rows themselves. ok is false for every other record.
func Baseline(r store.Record) (b directory.Baseline, ok bool) {
	if len(r.Chunks) > 0 || len(r.Objects) > 0 || len(r.Edits.Data) == 0 {
		return b, false
	}
	edits, err := EditsOf(r.Edits)
	if err != nil || len(edits) != 1 {
		return b, false
	}
	b, ok = edits[0].(directory.Baseline)
	return b, ok
}

func isErased(c store.Chunk) bool { return len(c.Data) == 0 && len(c.Salt) == 0 }

func gone(rev directory.Revision, chunks int) error {
	return &directory.Error{
		Kind: directory.KindGone,
		Msg:  fmt.Sprintf("the images of revision %d were erased or pruned (%d chunks)", rev, chunks),
	}
}

func checkChunk(rev directory.Revision, i int, c store.Chunk, first map[directory.Object]int,
	write func(directory.RowWrite)) error {
	raw, err := openChunk(rev, i, c)
	if err != nil {
		return err
	}
	if c.Redacted && len(c.Salt) > 0 {
		return &Broken{Revision: rev, What: fmt.Sprintf("chunk %d is marked redacted, and is not", i)}
	}
	if !c.Redacted && commit(c.Salt, raw) != c.Commitment {
		return &Broken{Revision: rev, What: fmt.Sprintf("chunk %d does not match its commitment", i)}
	}
	return eachRow(rev, i, raw, func(w directory.RowWrite) {
		write(w)
		for _, o := range objectsOf(w) {
			if _, listed := first[o]; !listed {
				first[o] = i
			}
		}
	})
}

func openChunk(rev directory.Revision, i int, c store.Chunk) ([]byte, error) {
	raw, err := inflate(c.Data)
	if err != nil {
		return nil, &Broken{Revision: rev, What: fmt.Sprintf("chunk %d cannot be read", i), Err: err}
	}
	return raw, nil
}

func eachRow(rev directory.Revision, i int, raw []byte, f func(directory.RowWrite)) error {
	err := eachWrite(raw, func(kind directory.RowKind, before, after []byte) error {
		w, err := parseWrite(kind, before, after)
		if err == nil {
			f(w)
		}
		return err
	})
	if err != nil {
		return &Broken{Revision: rev, What: fmt.Sprintf("chunk %d cannot be read", i), Err: err}
	}
	return nil
}

// Images returns the row writes of a record, sorted by object. The error is of
// kind directory.KindGone if some were erased or pruned, else a *Broken.
func Images(r store.Record) ([]directory.RowWrite, error) { return images(r, 0, nil) }

// Lost are the objects that a change touched and of which no image is left, as
// they were erased.
func Lost(r store.Record, writes []directory.RowWrite) (lost []directory.Object) {
	there := map[directory.Object]bool{}
	for _, w := range writes {
		for _, o := range objectsOf(w) {
			there[o] = true
		}
	}
	for _, o := range r.Objects {
		if !there[o.Object] {
			lost = append(lost, o.Object)
		}
	}
	return lost
}

// ImagesOf returns the row writes of one object, by key: none if the change
// did not touch it. Errors are those of Images; chunks in which nothing of the
// object can be do not count. If all were erased, the error is of kind
// directory.KindGone.
func ImagesOf(r store.Record, object directory.Object) ([]directory.RowWrite, error) {
	at, ok := slices.BinarySearchFunc(r.Objects, object, func(e store.RecordObject, o directory.Object) int {
		return compareObjects(e.Object, o)
	})
	if !ok {
		return nil, nil
	}
	writes, err := images(r, r.Objects[at].Chunk, func(w directory.RowWrite) bool {
		return slices.Contains(objectsOf(w), object)
	})
	if err == nil && len(writes) == 0 {
		return nil, gone(r.Header.Revision, 1)
	}
	return writes, err
}

// images reads from a chunk on: rows of several objects stand under the first
// of them, so what belongs to an object may be in every later chunk.
func images(r store.Record, from int, keep func(directory.RowWrite) bool) ([]directory.RowWrite, error) {
	if from < 0 || from > len(r.Chunks) {
		return nil, &Broken{Revision: r.Header.Revision, What: "its index names a chunk that is not there"}
	}
	var writes []directory.RowWrite
	for i, c := range r.Chunks[from:] {
		if isErased(c) {
			return nil, gone(r.Header.Revision, 1)
		}
		raw, err := openChunk(r.Header.Revision, from+i, c)
		if err != nil {
			return nil, err
		}
		err = eachRow(r.Header.Revision, from+i, raw, func(w directory.RowWrite) {
			if keep == nil || keep(w) {
				writes = append(writes, w)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return writes, nil
}
