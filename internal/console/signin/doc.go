// Package signin is the pages on which people sign in and out.
package signin
