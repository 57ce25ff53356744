// Package native speaks Cohort's own API, mounted at /v1: users, groups and
// attributes, effective values with their reasons, previews, history. What it
// does stands in its README and in api/native.yaml.
//
// It translates: parse, one call, spell. It decides no rule of the domain and
// knows no store.
package native
