// Package native serves Cohort's own API at /v1: users, groups and attributes, effective
// values with their reasons, previews, history. Its README and api/native.yaml describe it.
//
// The package translates: it parses a request, makes one call and renders the reply. It
// decides no rule of the domain and knows no store.
package native
