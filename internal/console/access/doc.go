// Package access is the pages about what users and applications may do, with the ways in which they
// identify themselves.
package access
