// Package plan makes rows out of edits: which rows change from what to what,
// whether the caller may have it so, and whether the outcome is one that a
// directory may have. It writes nothing.
package plan
