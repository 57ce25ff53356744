package pagekit

import (
	"time"

	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// A Status is the health of the server, for administrators.
type Status struct {
	Ready    string // how reads are served, in a word; empty if they are not
	Problem  string // why reads are not served, or why writes are not accepted
	Writable bool
	Facts    []StatusGroup
	Nodes    []Node // the servers that share the data; none if only one can
	Settings []Setting
}

// A Node is one of the servers that share the data, with the last state that it reported.
type Node struct {
	Name, Version     string
	This              bool
	StartedAt, SeenAt directory.Instant
	Revision          directory.Revision
	Behind            int64         // revisions that it knew of and had not read
	LevelFor          time.Duration // time since it had all revisions
	Late              bool          // whether its report is overdue
	Other             bool          // whether it has another version than this node
}

// A StatusGroup are figures that belong together.
type StatusGroup struct {
	Title   string
	Figures []Figure
}

// A Figure is one figure of the server.
type Figure struct {
	Name, Value string
	At          directory.Instant // shown as a relative time, instead of the value
	Note        string
	Warning     bool
}

// A Setting is a setting with its value and its origin. It never has a secret.
type Setting struct{ Name, Value, Origin string }

// maxUnsure limits the time since a node had all revisions. Beyond it the node counts as
// disconnected.
const maxUnsure = 5 * time.Second

// Shown returns the value for people.
func (f Figure) Shown() string { return sentence.Number(f.Value) }

// Cut reports whether the node is disconnected from the data.
func (n Node) Cut() bool { return n.LevelFor > maxUnsure }

// Level says when the node last had all revisions.
func (n Node) Level() string {
	if n.LevelFor < time.Second {
		return "within a second"
	}
	return n.LevelFor.Round(time.Second).String() + " ago"
}
