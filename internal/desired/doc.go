// Package desired holds the state that a directory should have, by name, and
// plans the edits that bring a live directory there.
//
// A State comes from a file set (Read), from a table of people, or from another
// product; a Live is what a directory has now. Make compares the two and yields
// a Plan: lines for people, and typed edits. A plan is applied in Parts, each of
// which is one change.
//
// The package is pure: it opens no file and asks no server. What a file refers
// to outside itself comes through Options.
package desired
