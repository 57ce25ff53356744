// Package inspect examines the whole directory, a page at a time: who has a value of an
// attribute, and what may be a mistake.
package inspect
