// Package record turns what a change leaves behind into bytes and back: the edits as
// JSON, the images of the rows it touched, the hash that chains a record to the one
// before, and the digest of all rows.
//
// It knows the shapes of edits and rows, but not what they mean, where records are
// kept or who may read them. The same edits give the same bytes on every engine:
// nothing depends on clocks, on the order of maps or on randomness that is not passed
// in.
package record
