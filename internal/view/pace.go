package view

import "time"

// maxInTurn is about how long the changes of one request are made one after the other, before
// those of others have a turn.
const maxInTurn = 25 * time.Millisecond

// A Pace says how much of a request goes to the writer together: as much as the writer did in a
// short time before, so that others need not wait long, however slow the machine. The zero Pace
// begins with as much as may go together.
type Pace struct{ width int }

// leastPart is which part of the most items goes together at least: a slow disk needs as long for
// one item as for many, so fewer and fewer would not help anybody.
const leastPart = 8

// Width returns how many items go together: at most most, and at least an eighth of it.
func (p *Pace) Width(most int) int {
	if p.width == 0 {
		return most
	}
	return min(max(p.width, most/leastPart), most)
}

// Made tells for how long the writer was busy with n items. The next ones are at most twice as
// many.
func (p *Pace) Made(n int, took time.Duration) {
	p.width = 2 * n
	if took > 0 {
		p.width = min(p.width, int(int64(n)*int64(maxInTurn)/int64(took)))
	}
	p.width = max(p.width, 1)
}
