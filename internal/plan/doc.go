// Package plan makes rows out of edits: which rows change from what to what, and
// whether the caller may change them. It writes nothing.
package plan
