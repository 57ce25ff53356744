// Package resolve decides which value a user or a group has, and why.
//
// A Catalog is an immutable snapshot of everything that is not per user:
// groups, nestings, attributes, group values and roles. Together with a user's
// own rows it gives effective values, explanations, groups and permissions.
//
// It knows nothing of storage, clocks, callers or wire formats: rows come in,
// the time is an argument, and what a caller may see is decided elsewhere.
// DESIGN.md says how it is built.
package resolve
