package load

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A kind is what a request is about.
type kind int

// The kinds, in the order of their weights.
const (
	read      kind = iota // all effective values of a user
	explain               // one, with its reason
	write                 // a user's own value
	groupSet              // a group's value
	move                  // a user from one group to another
	kindCount             // how many there are
)

func (k kind) String() string {
	return [...]string{"reads", "explains", "writes", "group-writes", "moves"}[k]
}

// A Mix says how many of the requests are of which kind, as weights.
type Mix struct{ weights [kindCount]int }

// ParseMix reads a mix such as "reads=95,writes=5".
func ParseMix(text string) (Mix, error) {
	var m Mix
	total := 0
	for part := range strings.SplitSeq(text, ",") {
		name, number, _ := strings.Cut(strings.TrimSpace(part), "=")
		weight, err := strconv.Atoi(number)
		k := read
		for k < kindCount && k.String() != name {
			k++
		}
		if k == kindCount || err != nil || weight < 0 || weight > 1_000_000 {
			return Mix{}, fmt.Errorf("%q: want weights of reads, explains, writes, group-writes and moves, such as "+
				"reads=95,writes=5", part)
		}
		m.weights[k] = weight
		total += weight
	}
	if total == 0 {
		return Mix{}, fmt.Errorf("%q has no weight above 0", text)
	}
	return m, nil
}

// String is the mix as ParseMix reads it.
func (m Mix) String() string {
	var parts []string
	for k, weight := range m.weights {
		if weight > 0 {
			parts = append(parts, fmt.Sprintf("%v=%d", kind(k), weight))
		}
	}
	return strings.Join(parts, ",")
}

// pick draws a kind.
func (m Mix) pick(r *rand.Rand) kind {
	total := 0
	for _, weight := range m.weights {
		total += weight
	}
	n := r.IntN(total)
	for k, weight := range m.weights {
		if n -= weight; n < 0 {
			return kind(k)
		}
	}
	return read
}

// A Rate is how many requests a second there are.
type Rate struct {
	PerSecond float64 // 0: what the server makes of it
	Percent   float64 // of the most that the server makes, which is found out first; 0 if PerSecond says it
}

// ParseRate reads "500", "70%" or "max".
func ParseRate(text string) (Rate, error) {
	if text == "max" {
		return Rate{}, nil
	}
	number, percent := strings.CutSuffix(text, "%")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n > 0 && n <= 1_000_000) {
		return Rate{}, fmt.Errorf("%q: want a number of requests a second, a share of the most such as 70%%, or max", text)
	}
	if percent {
		return Rate{Percent: n}, nil
	}
	return Rate{PerSecond: n}, nil
}

// Kinds are the names of the kinds of requests, in the order of a report.
func Kinds() []string {
	var names []string
	for k := range kindCount {
		names = append(names, k.String())
	}
	return names
}
