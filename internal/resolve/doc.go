// Package resolve decides which value a user or a group has, and why.
//
// A Catalog is an immutable snapshot of everything that does not belong to a user: groups,
// nestings, attributes, group values and roles. Together with a user's own rows it gives
// effective values, explanations, groups and permissions.
//
// The package knows nothing of storage, clocks, callers or wire formats: rows and the time are
// arguments, and what a caller may see is decided elsewhere. DESIGN.md describes its data
// structures.
package resolve
