package store

import (
	"context"

	"cohort/internal/directory"
)

// Nodes are the servers that share a store. Each says now and then how it is.
type Nodes interface {
	// PutNode stores what a node says in place of what it said before.
	PutNode(ctx context.Context, n Node) error
	// Nodes lists what all have said, by name, then id.
	Nodes(ctx context.Context) ([]Node, error)
	// DeleteNode deletes a node; one that is not there is no error.
	DeleteNode(ctx context.Context, id string) error
	// SweepNodes deletes the nodes that were last seen before a time and says how
	// many.
	SweepNodes(ctx context.Context, before directory.Instant) (int64, error)
}

// A Node is one run of the program, as it last said how it is.
type Node struct {
	ID        string
	Name      string // its host and its address
	Version   string // of the program
	StartedAt directory.Instant
	SeenAt    directory.Instant
	Revision  directory.Revision // that it answers at
	Behind    int64              // revisions that it knew of and did not have yet
	LevelFor  int64              // milliseconds since it was known to have all
}
