// Package declared reads and writes declared state: a desired.State as YAML or JSON, by name,
// in one file or a folder. Scalars stay the text that was written.
//
// It is pure: it opens no file.
package declared
