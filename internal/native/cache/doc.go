// Package cache keeps documents of effective values under all that they depend on, so that nothing is invalidated: what
// was asked, by whom, and the basis that answers.
package cache
