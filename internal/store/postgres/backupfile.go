package postgres

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"cohort/internal/directory"
)

// magic begins every backup. Its number increases with the format.
const magic = "cohort postgres backup 1\n"

// Limits of what is read of a backup at once.
const (
	maxPrologue = 1 << 20
	maxBlock    = 1 << 20
)

func rev(n int64) directory.Revision { return directory.Revision(n) }

// blocks writes runs of bytes, each preceded by its length. A length of 0 ends a sequence.
type blocks struct{ w io.Writer }

// Write implements io.Writer.
func (b *blocks) Write(p []byte) (n int, err error) {
	for part := range slices.Chunk(p, maxBlock) {
		if err := binary.Write(b.w, binary.BigEndian, uint32(len(part))); err != nil {
			return n, err
		}
		m, err := b.w.Write(part)
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func (b *blocks) end() error { return binary.Write(b.w, binary.BigEndian, uint32(0)) }

func (b *blocks) all(p []byte) error {
	if _, err := b.Write(p); err != nil {
		return err
	}
	return b.end()
}

var errDamaged = errors.New("it is damaged")

// A backupReader reads a backup from beginning to end.
type backupReader struct {
	r    *bufio.Reader
	sum  hash.Hash // of everything read
	left int       // of the current block
}

func newBackupReader(r io.Reader) *backupReader {
	return &backupReader{r: bufio.NewReaderSize(r, 64<<10), sum: sha256.New()}
}

// full reads len(p) bytes.
func (b *backupReader) full(p []byte) error {
	if _, err := io.ReadFull(b.r, p); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends too early", errDamaged)
	} else if err != nil {
		return err
	}
	b.sum.Write(p)
	return nil
}

// Read reads the blocks of a sequence, and returns io.EOF at its end.
func (b *backupReader) Read(p []byte) (int, error) {
	if b.left == 0 {
		var length [4]byte
		if err := b.full(length[:]); err != nil {
			return 0, err
		}
		switch n := binary.BigEndian.Uint32(length[:]); {
		case n == 0:
			return 0, io.EOF
		case n > maxBlock:
			return 0, errDamaged
		default:
			b.left = int(n)
		}
	}
	n := min(len(p), b.left)
	if err := b.full(p[:n]); err != nil {
		return 0, err
	}
	b.left -= n
	return n, nil
}

// table returns the sequence that follows.
func (b *backupReader) table() io.Reader { return b }

func (b *backupReader) prologue() (p prologue, err error) {
	begin := make([]byte, len(magic))
	if err := b.full(begin); err != nil {
		return p, err
	}
	if string(begin) != magic {
		return p, errors.New("it is something else")
	}
	text, err := io.ReadAll(io.LimitReader(b, maxPrologue+1))
	if err != nil {
		return p, err
	}
	if len(text) > maxPrologue {
		return p, errDamaged
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if p.Schema < 1 || p.Revision < 0 || p.Incarnation < 1 {
		return p, errDamaged
	}
	return p, nil
}

// trailer compares what was read with the sum at the end.
func (b *backupReader) trailer() error {
	want := b.sum.Sum(nil)
	got := make([]byte, len(want))
	if err := b.full(got); err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return errDamaged
	}
	if _, err := b.r.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows its end", errDamaged)
	}
	return nil
}
