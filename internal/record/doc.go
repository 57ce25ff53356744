// Package record spells what a change leaves behind: the edits as JSON, the
// images of the rows it touched, the hash that chains one record to the one
// before, and the digest of all rows that are there.
//
// It knows the shapes of edits and rows, not what they mean, and neither where
// records are kept nor who may read them. The same edits give the same bytes on
// every engine; whatever would break that (a clock, a map's order, chance that
// is not handed in) has no place here.
package record
