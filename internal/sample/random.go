package sample

import (
	"math/bits"
	"slices"
)

// A stream is a splitmix64 generator. It is a number, so that each object can
// have its own without an allocation.
type stream uint64

// The purposes of streams. Each purpose has its own, so that drawing more numbers
// for one changes no other.
const (
	ofTree = iota + 1
	ofGroupValues
	ofNames
	ofMembers
	ofUserValues
	ofSizes
)

// newStream returns the stream of object number i for one purpose.
func newStream(seed uint64, purpose, i int) stream {
	s := stream(seed + uint64(purpose)*0xd1342543de82ef95)
	s ^= stream(uint64(i+1) * 0xaef17502108ef2d9)
	s.next()
	return s
}

func (s *stream) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1. The bias, of n in 2^64, is no matter here.
func (s *stream) below(n int) int {
	hi, _ := bits.Mul64(s.next(), uint64(n))
	return int(hi)
}

// unit returns a number in [0, 1).
func (s *stream) unit() float64 { return float64(s.next()>>11) / (1 << 53) }

// pick returns k different numbers from 0 to n-1, in random order, in the space of dst.
// It is for k far below n, or small n.
func (s *stream) pick(dst []int, k, n int) []int {
	dst = dst[:0]
	for len(dst) < min(k, n) {
		dst = appendNew(dst, s.below(n), n)
	}
	return dst
}

// appendNew appends i, or the next number below n that is not in list yet.
func appendNew(list []int, i, n int) []int {
	for slices.Contains(list, i) {
		i = (i + 1) % n
	}
	return append(list, i)
}
