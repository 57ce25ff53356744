// Package inspect looks through the whole directory, a page at a time: who has a
// value of an attribute, and what may be unintended.
package inspect
