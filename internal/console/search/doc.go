// Package search finds users, groups and attributes by what people type.
package search
