// Package looker speaks the Looker API 4.0, as of 4.0.24.6, for users, groups,
// user attributes and their values. What it does, does differently and does
// not do stands in its README.
//
// It translates: parse, one call, spell. It decides no rule of the domain and
// knows no store.
package looker
