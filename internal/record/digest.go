package record

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"cohort/internal/directory"
)

// Add returns the state digest d with one more row in it. The digest of a
// directory is the sum, modulo 2^256, of the SHA-256 of every row that is
// stored: of its kind and its image. The empty directory has the zero digest,
// and the order in which rows are added does not matter.
//
// It finds damage: a row that was lost, doubled or altered by anything that did not
// also correct the digest. It does not stop someone who can write to the database and
// set the digest, too, and sums can be forged with effort; the hash chain, kept
// elsewhere, does.
//
// Rows are added, not combined by exclusive or, because a row that is there
// twice would vanish from an exclusive or, and so would one that an undo added
// where it should have been taken away.
func Add(d [32]byte, row directory.Row) [32]byte { return addTo(d, hashRow(nil, row)) }

// Update returns the digest after the writes of a change: their images before
// are taken away and those after added.
func Update(d [32]byte, writes []directory.RowWrite) [32]byte {
	buf := make([]byte, 0, 512)
	for _, w := range writes {
		if w.Before != nil {
			d = takeFrom(d, hashRow(buf, w.Before))
		}
		if w.After != nil {
			d = addTo(d, hashRow(buf, w.After))
		}
	}
	return d
}

// Join returns the digest of two sets of rows together, of which sum is the
// digest of one: what Update of the zero digest gives.
func Join(d, sum [32]byte) [32]byte { return addTo(d, sum) }

// hashRow uses the space of buf. The kind is spelled out and ends with a zero
// byte, so that the numbers of kinds may change and no two kinds run together.
func hashRow(buf []byte, row directory.Row) [32]byte {
	buf = append(append(buf[:0], row.Key().Kind.String()...), 0)
	return sha256.Sum256(AppendImage(buf, row))
}

func addTo(d, h [32]byte) [32]byte {
	var carry uint64
	for i := 24; i >= 0; i -= 8 {
		var sum uint64
		sum, carry = bits.Add64(binary.BigEndian.Uint64(d[i:]), binary.BigEndian.Uint64(h[i:]), carry)
		binary.BigEndian.PutUint64(d[i:], sum)
	}
	return d
}

func takeFrom(d, h [32]byte) [32]byte {
	var borrow uint64
	for i := 24; i >= 0; i -= 8 {
		var diff uint64
		diff, borrow = bits.Sub64(binary.BigEndian.Uint64(d[i:]), binary.BigEndian.Uint64(h[i:]), borrow)
		binary.BigEndian.PutUint64(d[i:], diff)
	}
	return d
}
