// Package sentence says in words what the directory has: names, values and edits as pieces of text
// that link to their pages.
package sentence
