package diagram

import (
	"cmp"
	"fmt"
	"slices"

	"cohort/internal/render"
)

// An Input is what the graph of an explanation shows: the owner, the groups whose values reach
// it, with the path to each, and the values that everybody gets.
type Input struct {
	Title  string
	Owner  string
	Own    *Candidate // the owner's own value
	Groups []Candidate
	Low    []Candidate // All Users and the default
}

// A Candidate is a value that could be the answer.
type Candidate struct {
	Key, Name, Href string
	Value, Note     string
	Wins            bool
	Path            []Step // groups from the owner to the candidate
}

// A Step is a group on a path.
type Step struct{ Key, Name, Href string }

// A Graph is a picture. Positions are in pixels.
type Graph struct {
	Title         string
	Width, Height int
	Nodes         []Node
	Edges         []Edge
	More          int // candidates that are not drawn
}

// A Node is a card, or the name of a group on the way to one.
type Node struct {
	X, Y, W, H                  int
	Name, Value, Note           string
	Href                        string
	Class                       string // owner, wins, loses or step
	TextX, NameY, ValueY, NoteY int
}

// An Edge is a line from a node to the node that passes a value to it.
type Edge struct {
	D    string // of the SVG path
	Wins bool
}

// MaxText limits the characters of a text on a card.
const MaxText = 22

const (
	maxCards   = 40
	cardHeight = 66
	stepHeight = 28
	rowGap     = 14
	columnGap  = 46
	minWidth   = 104
	maxWidth   = 210
	charWidth  = 8
	bend       = 8 // radius of a corner
)

// A box is a node during the layout.
type box struct {
	Node
	key    string
	column int
	order  float64
	before []*box // towards the owner
}

// Draw lays out a graph. It has a column for each step away from the owner, marks the winner's
// path, and puts the values that everybody gets into a lane below.
func Draw(in Input) *Graph {
	d := drawing{boxes: map[string]*box{}, out: &Graph{Title: in.Title}}
	d.owner(in)
	for i := range in.Groups {
		if i >= maxCards && !in.Groups[i].Wins {
			d.out.More++
			continue
		}
		d.add(&in.Groups[i])
	}
	d.sort()
	d.place()
	d.lane(in.Low)
	d.finish()
	return d.out
}

type drawing struct {
	boxes   map[string]*box
	columns [][]*box
	out     *Graph
	low     []*box
	edges   []wire
}

// A wire joins two boxes.
type wire struct {
	from, to *box
	wins     bool
}

func (d *drawing) owner(in Input) {
	b := &box{key: "owner", Node: Node{Name: in.Owner, Class: "owner", H: stepHeight}}
	if in.Own != nil {
		b.Value, b.Note, b.H = render.Shorten(in.Own.Value, MaxText), "own value · "+in.Own.Note, cardHeight
		if in.Own.Wins {
			b.Class = "owner wins"
		}
	}
	b.W = widthOf(b.Name, b.Value, b.Note)
	d.boxes[b.key] = b
	d.columns = [][]*box{{b}}
}

func (d *drawing) add(c *Candidate) {
	previous := d.boxes["owner"]
	for i, step := range c.Path {
		b, ok := d.boxes[step.Key]
		if !ok {
			b = &box{key: step.Key, column: i + 1, Node: Node{Name: render.Shorten(step.Name, MaxText), Href: step.Href,
				Class: "step", H: stepHeight}}
			b.W = widthOf(b.Name)
			d.boxes[step.Key] = b
			for len(d.columns) <= b.column {
				d.columns = append(d.columns, nil)
			}
			d.columns[b.column] = append(d.columns[b.column], b)
		}
		d.join(previous, b, c.Wins)
		previous = b
	}
	if previous.key != "owner" {
		card(previous, c)
	}
}

// card makes a box the card of a candidate.
func card(b *box, c *Candidate) {
	b.Value, b.Note, b.H = render.Shorten(c.Value, MaxText), render.Shorten(c.Note, MaxText+6), cardHeight
	class := "loses"
	if c.Wins {
		class = "wins"
	}
	if b.Class == "owner" {
		class = "owner " + class
	}
	b.Class = class
	b.W = widthOf(b.Name, b.Value, b.Note)
}

func (d *drawing) join(from, to *box, wins bool) {
	i := slices.IndexFunc(d.edges, func(e wire) bool { return e.from == from && e.to == to })
	if i < 0 {
		d.edges = append(d.edges, wire{from, to, wins})
		to.before = append(to.before, from)
		return
	}
	d.edges[i].wins = d.edges[i].wins || wins
}

func widthOf(texts ...string) int {
	widest := 0
	for _, t := range texts {
		widest = max(widest, len([]rune(t)))
	}
	return min(maxWidth, max(minWidth, widest*charWidth+24))
}

// sort orders each column by the middle of its neighbours towards the owner.
func (d *drawing) sort() {
	for range 2 {
		for _, column := range d.columns {
			for i, b := range column {
				b.order = float64(i)
				if len(b.before) > 0 {
					sum := 0.0
					for _, n := range b.before {
						sum += n.order
					}
					b.order = sum / float64(len(b.before))
				}
			}
			slices.SortStableFunc(column, func(a, b *box) int {
				return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(rankOf(a), rankOf(b)))
			})
			for i, b := range column {
				b.order = float64(i)
			}
		}
	}
}

// rankOf puts the winner first among equals.
func rankOf(b *box) int {
	if b.Class == "wins" {
		return 0
	}
	return 1
}

// place sets the positions of the boxes: columns side by side, each centred vertically.
func (d *drawing) place() {
	heights := make([]int, len(d.columns))
	for i, column := range d.columns {
		for j, b := range column {
			if j > 0 {
				heights[i] += rowGap
			}
			heights[i] += b.H
		}
		d.out.Height = max(d.out.Height, heights[i])
	}
	x := 1
	for i, column := range d.columns {
		y := (d.out.Height - heights[i]) / 2
		widest := 0
		for _, b := range column {
			b.X, b.Y = x, y+1
			y += b.H + rowGap
			widest = max(widest, b.W)
		}
		for _, b := range column {
			if b.column > 0 {
				b.W = widest
			}
		}
		x += widest + columnGap
	}
	d.out.Width = x - columnGap + 1
	d.out.Height += 2
}

// lane puts the values that everybody gets below the other boxes.
func (d *drawing) lane(low []Candidate) {
	if len(low) == 0 {
		return
	}
	owner := d.boxes["owner"]
	x, y := owner.X+owner.W+columnGap, d.out.Height+rowGap
	for i := range low {
		b := &box{key: low[i].Key, Node: Node{X: x, Y: y, Name: render.Shorten(low[i].Name, MaxText),
			Href: low[i].Href}}
		card(b, &low[i])
		d.low = append(d.low, b)
		d.edges = append(d.edges, wire{owner, b, low[i].Wins})
		x += b.W + columnGap
	}
	d.out.Width = max(d.out.Width, x-columnGap+1)
	d.out.Height = y + cardHeight + 1
}

func (d *drawing) finish() {
	for _, e := range d.edges {
		line := across(e.from, e.to)
		if slices.Contains(d.low, e.to) {
			line = below(e.from, e.to)
		}
		d.out.Edges = append(d.out.Edges, Edge{line, e.wins})
	}
	slices.SortStableFunc(d.out.Edges, func(a, b Edge) int { return boolInt(a.Wins) - boolInt(b.Wins) })
	for _, column := range append(d.columns, d.low) {
		for _, b := range column {
			b.TextX, b.NameY, b.ValueY, b.NoteY = b.X+12, b.Y+19, b.Y+38, b.Y+55
			d.out.Nodes = append(d.out.Nodes, b.Node)
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// across returns a line from the right side of a box to the left side of another, with rounded
// corners.
func across(a, b *box) string {
	x1, y1, x2, y2 := a.X+a.W, a.Y+a.H/2, b.X, b.Y+b.H/2
	if y1 == y2 {
		return fmt.Sprintf("M%d %dH%d", x1, y1, x2)
	}
	mid, r := x2-columnGap/2, min(bend, abs(y2-y1)/2)
	dy, sweepOut, sweepIn := r, 1, 0
	if y2 < y1 {
		dy, sweepOut, sweepIn = -r, 0, 1
	}
	return fmt.Sprintf("M%d %dH%da%d %d 0 0 %d %d %dV%da%d %d 0 0 %d %d %dH%d",
		x1, y1, mid-r, r, r, sweepOut, r, dy, y2-dy, r, r, sweepIn, r, dy, x2)
}

// below returns a line from the bottom of a box to the left side of a box in the lane. It
// passes above the nearer boxes.
func below(a, b *box) string {
	x, y, r := a.X+a.W/2, b.Y+b.H/2, bend
	if b.X > a.X+a.W+columnGap {
		over := b.Y - rowGap/2
		down := b.X - columnGap/2
		return fmt.Sprintf("M%d %dV%da%d %d 0 0 0 %d %dH%da%d %d 0 0 1 %d %dV%da%d %d 0 0 0 %d %dH%d",
			x, a.Y+a.H, over-r, r, r, r, r, down-r, r, r, r, r, y-r, r, r, r, r, b.X)
	}
	return fmt.Sprintf("M%d %dV%da%d %d 0 0 0 %d %dH%d", x, a.Y+a.H, y-r, r, r, r, r, b.X)
}

func abs(n int) int { return max(n, -n) }
