// Package desired describes the state that a directory should have, by name, and plans the
// edits that bring a live directory there.
//
// A State comes from a file set (Read), from a table of people, or from another product. A
// Live is the current content of a directory. Make compares the two and returns a Plan: lines
// for people, and typed edits. An Applier applies a plan in Parts, each of which is one
// change.
//
// The package is pure: it opens no file and asks no server. Options supply what a file refers
// to outside itself.
package desired
