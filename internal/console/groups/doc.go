// Package groups is the pages about groups.
package groups
