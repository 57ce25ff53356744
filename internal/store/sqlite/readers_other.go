//go:build !linux

package sqlite

// openElsewhere returns the names of other processes that have a database open: none, because
// this system does not tell.
func openElsewhere(string) []string { return nil }
