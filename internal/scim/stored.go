package scim

// Dialect is the name of this wire format in records, callers and facets.
const Dialect = "scim"
