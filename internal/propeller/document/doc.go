// Package document says what the documents of the Propeller format consist of: the fields of usergroups, users,
// attributes, values, addresses and prices, the shapes in which clients send them, how they are kept as facets, and how
// they are written.
package document
