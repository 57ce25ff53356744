// Package history reads from the records what was changed, and undoes it.
package history
