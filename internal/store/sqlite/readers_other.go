//go:build !linux

package sqlite

// openElsewhere names other processes that have a database open: none, as this
// system does not tell.
func openElsewhere(string) []string { return nil }
