// Package changes is the pages about what was changed.
package changes
