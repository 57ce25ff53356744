// Package history is what was changed, as records tell it, and what undoes it.
package history
