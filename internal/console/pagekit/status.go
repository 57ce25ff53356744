package pagekit

import (
	"time"

	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// A Status is how the server is, for people who administer.
type Status struct {
	Ready    string // in a word, how reads are answered; empty if they are not
	Problem  string // why they are not, or why changes are not taken
	Writable bool
	Facts    []StatusGroup
	Nodes    []Node // that share the data; none if no other can
	Settings []Setting
}

// A Node is one of the servers that share the data, as it last said how it is.
type Node struct {
	Name, Version     string
	This              bool
	StartedAt, SeenAt directory.Instant
	Revision          directory.Revision
	Behind            int64         // revisions that it knew of and did not have yet
	LevelFor          time.Duration // since it was known to have all
	Late              bool          // it has said nothing for longer than it should
	Other             bool          // it is of another version than this one
}

// A StatusGroup are figures that belong together.
type StatusGroup struct {
	Title   string
	Figures []Figure
}

// A Figure is one thing to know.
type Figure struct {
	Name, Value string
	At          directory.Instant // shown as how long ago, in place of the value
	Note        string
	Warning     bool
}

// A Setting is a setting, its value and where it came from. Secrets are not in it.
type Setting struct{ Name, Value, Origin string }

// maxUnsure is for how long a node may not have known that it has everything,
// without being cut off from the data.
const maxUnsure = 5 * time.Second

// Shown is the value as people read it.
func (f Figure) Shown() string { return sentence.Number(f.Value) }

// Cut reports whether the node has not reached the data for a while.
func (n Node) Cut() bool { return n.LevelFor > maxUnsure }

// Level says when the node last knew that it had everything.
func (n Node) Level() string {
	if n.LevelFor < time.Second {
		return "within a second"
	}
	return n.LevelFor.Round(time.Second).String() + " ago"
}
