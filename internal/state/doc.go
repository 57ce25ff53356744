// Package state is the directory in memory at one revision: the catalog, and
// where it stands. It keeps the newest one, which readers find without a lock,
// and the few before it.
package state
