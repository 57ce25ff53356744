package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// The edits of a record are the JSON that EncodeEdits gives, with version 2, and
// a commitment to each. So one edit can be forgotten, and the others still be
// checked. An edit that is erased stands as null.
//
// While nothing is forgotten, the part has one salt, from which the salt of each edit
// is derived. When the first edit is forgotten, that salt is replaced by an entry of
// 33 bytes for each edit: 0 and its own salt, or 1 and the commitment to what stood
// there.
//
// Records of version 1 have one commitment to the whole list. Once something of it is
// forgotten, the rest can still be read, but no longer be checked.
const listVersion = 2

const (
	saltKept      = 0
	saltForgotten = 1
	saltEntry     = 1 + saltSize
)

// sealEdits makes the part of a record that holds its edits.
func sealEdits(salts io.Reader, edits []directory.Edit) (store.Chunk, error) {
	raw := make([][]byte, len(edits))
	for i, e := range edits {
		b, err := appendEdit(nil, i, e)
		if err != nil {
			return store.Chunk{}, err
		}
		raw[i] = b
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(salts, salt); err != nil {
		return store.Chunk{}, fmt.Errorf("salt: %w", err)
	}
	list := editList{raw: raw, salt: salt}
	return store.Chunk{Commitment: list.commitment(), Salt: salt, Data: list.data()}, nil
}

// An editList is the edits of a record, each as its JSON; nil for one that was
// erased.
type editList struct {
	raw  [][]byte
	salt []byte
}

// openEdits reads the edits of a record of version 2; ok is false for one of
// version 1.
func openEdits(c store.Chunk) (list editList, ok bool, err error) {
	if !bytes.HasPrefix(c.Data, fmt.Appendf(nil, `{"version":%d,`, listVersion)) {
		return list, false, nil
	}
	r := &reader{dec: jsontext.NewDecoder(bytes.NewReader(c.Data))}
	if err := r.versionIs(listVersion); err != nil {
		return list, true, err
	}
	list.salt = c.Salt
	err = r.editList(func(raw jsontext.Value) error {
		if raw.Kind() == 'n' {
			raw = nil
		}
		list.raw = append(list.raw, bytes.Clone(raw))
		return nil
	})
	if err == nil && len(list.salt) != saltSize && len(list.salt) != saltEntry*len(list.raw) {
		err = fmt.Errorf("its salts are of %d bytes", len(list.salt))
	}
	return list, true, err
}

// data is the list as it is stored.
func (l *editList) data() []byte {
	b := fmt.Appendf(nil, `{"version":%d,"edits":[`, listVersion)
	for i, raw := range l.raw {
		if i > 0 {
			b = append(b, ',')
		}
		if raw == nil {
			raw = []byte("null")
		}
		b = append(b, raw...)
	}
	return append(b, `]}`...)
}

// entry is the salt of an edit, or if it was forgotten the commitment to it.
func (l *editList) entry(i int) (kind byte, b [saltSize]byte) {
	if l.isSpread() {
		e := l.salt[i*saltEntry:]
		return e[0], [saltSize]byte(e[1:saltEntry])
	}
	h := sha256.New()
	writePart(h, []byte("cohort edit salt 2"))
	writePart(h, l.salt)
	writePart(h, binary.BigEndian.AppendUint64(nil, uint64(i)))
	return saltKept, [32]byte(h.Sum(nil))
}

// isSpread reports whether each edit has an entry of its own.
func (l *editList) isSpread() bool { return len(l.raw) > 0 && len(l.salt) == saltEntry*len(l.raw) }

// commitment is the one to the list, made of those to its edits.
func (l *editList) commitment() [32]byte {
	h := sha256.New()
	writePart(h, []byte("cohort edits 2"))
	for i := range l.raw {
		c := l.commitmentTo(i)
		writePart(h, c[:])
	}
	return [32]byte(h.Sum(nil))
}

func (l *editList) commitmentTo(i int) [32]byte {
	kind, b := l.entry(i)
	if kind == saltForgotten {
		return b
	}
	return commit(b[:], l.raw[i])
}

// forget replaces an edit by another, or by nothing.
func (l *editList) forget(i int, with []byte) {
	if !l.isSpread() {
		spread := make([]byte, 0, saltEntry*len(l.raw))
		for j := range l.raw {
			kind, b := l.entry(j)
			spread = append(append(spread, kind), b[:]...)
		}
		l.salt = spread
	}
	was := l.commitmentTo(i)
	l.salt[i*saltEntry] = saltForgotten
	copy(l.salt[i*saltEntry+1:], was[:])
	l.raw[i] = with
}

// checkEdits checks the edits of a record against the commitment to them.
func checkEdits(rev directory.Revision, c store.Chunk) error {
	broken := func(what string, err error) error { return &Broken{Revision: rev, What: what, Err: err} }
	list, ok, err := openEdits(c)
	switch {
	case err != nil:
		return broken("its edits cannot be read", err)
	case !ok && c.Redacted && len(c.Salt) > 0:
		return broken("its edits are marked redacted, and are not", nil)
	case ok && c.Redacted != list.isSpread():
		return broken("its edits are not what their mark says", nil)
	case !ok && !c.Redacted && commit(c.Salt, c.Data) != c.Commitment,
		ok && list.commitment() != c.Commitment:
		return broken("its edits do not match their commitment", nil)
	}
	if _, err := EditsOf(c); err != nil {
		return broken("its edits cannot be read", err)
	}
	for i, raw := range list.raw {
		if kind, _ := list.entry(i); kind > saltForgotten || kind == saltKept && raw == nil {
			return broken(fmt.Sprintf("edit %d is lost", i), nil)
		}
	}
	return nil
}

// EditsOf are the edits of a record, without those that were erased.
func EditsOf(c store.Chunk) ([]directory.Edit, error) {
	list, ok, err := openEdits(c)
	if !ok {
		return DecodeEdits(c.Data)
	}
	if err != nil {
		return nil, err
	}
	edits := make([]directory.Edit, 0, len(list.raw))
	for i, raw := range list.raw {
		if raw == nil {
			continue
		}
		e, err := DecodeEdit(fmt.Sprintf("edits/%d", i), raw)
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	return edits, nil
}

// ErasedEdits is how many edits of a record were erased, as far as the record
// tells: one of version 1 does not.
func ErasedEdits(c store.Chunk) (n int) {
	list, _, err := openEdits(c)
	if err != nil {
		return 0
	}
	for _, raw := range list.raw {
		if raw == nil {
			n++
		}
	}
	return n
}

// IsListRedacted reports whether so much of a record's edits was forgotten that the
// others can no longer be checked.
func IsListRedacted(c store.Chunk) bool {
	_, ok, _ := openEdits(c)
	return !ok && c.Redacted && !isErased(c)
}

// RedactEdits is RedactImages for the edits of a record. An edit for which change
// returns nil is erased; if all are erased, nothing of the part is left.
func RedactEdits(
	rev directory.Revision, c store.Chunk, change func(directory.Edit) (directory.Edit, error),
) (store.Chunk, bool, error) {
	if isErased(c) {
		return c, false, nil
	}
	list, ok, err := openEdits(c)
	if err != nil {
		return c, false, &Broken{Revision: rev, What: "its edits cannot be read", Err: err}
	}
	if !ok {
		return redactList(rev, c, change)
	}
	list.salt = bytes.Clone(list.salt)
	changed, left := false, 0
	for i, raw := range list.raw {
		if raw == nil {
			continue
		}
		with, err := redactEdit(rev, i, raw, change)
		if err != nil {
			return c, false, err
		}
		if !bytes.Equal(with, raw) {
			list.forget(i, with)
			changed = true
		}
		if with != nil {
			left++
		}
	}
	switch {
	case !changed:
		return c, false, nil
	case left == 0:
		return store.Chunk{Commitment: c.Commitment}, true, nil
	}
	c.Redacted, c.Salt, c.Data = true, list.salt, list.data()
	return c, true, nil
}

func redactEdit(
	rev directory.Revision, i int, raw []byte, change func(directory.Edit) (directory.Edit, error),
) ([]byte, error) {
	e, err := DecodeEdit(fmt.Sprintf("edits/%d", i), raw)
	if err != nil {
		return nil, &Broken{Revision: rev, What: "its edits cannot be read", Err: err}
	}
	if e, err = change(e); err != nil || e == nil {
		return nil, err
	}
	with, err := appendEdit(nil, i, e)
	if err != nil {
		return nil, fmt.Errorf("record %d: %w", rev, err)
	}
	return with, nil
}

// redactList is RedactEdits for a record of version 1.
func redactList(
	rev directory.Revision, c store.Chunk, change func(directory.Edit) (directory.Edit, error),
) (store.Chunk, bool, error) {
	edits, err := DecodeEdits(c.Data)
	if err != nil {
		return c, false, &Broken{Revision: rev, What: "its edits cannot be read", Err: err}
	}
	left := make([]directory.Edit, 0, len(edits))
	for _, e := range edits {
		if e, err = change(e); err != nil {
			return c, false, err
		}
		if e != nil {
			left = append(left, e)
		}
	}
	data, err := EncodeEdits(left)
	switch {
	case err != nil:
		return c, false, fmt.Errorf("record %d: %w", rev, err)
	case bytes.Equal(data, c.Data):
		return c, false, nil
	case len(left) == 0 && len(edits) > 0:
		return store.Chunk{Commitment: c.Commitment}, true, nil
	}
	c.Redacted, c.Salt, c.Data = true, nil, data
	return c, true, nil
}
