// Package findings is the page of what may be a mistake in the directory.
package findings
