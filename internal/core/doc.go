// Package core holds the use cases: the one write path, and the reads, each
// narrowed to what its caller may do.
//
// Every write, whatever dialect it came through, is a list of edits. One
// writer plans them against the working state, executes the rows and the
// record in one transaction, publishes the next catalog after the commit and
// only then answers. Every permission is decided here and nowhere else.
//
// It knows no wire format, no SQL and no clock of its own.
package core
