// Package record spells what a change leaves behind: the edits as JSON, the
// images of the rows it touched, the hash that chains one record to the one
// before, and the digest of all rows that are there.
//
// It knows the shapes of edits and rows, not what they mean, and neither where
// records are kept nor who may read them. The same edits give the same bytes on
// every engine; clocks, the order of maps and randomness that is not passed in have
// no place here.
package record
