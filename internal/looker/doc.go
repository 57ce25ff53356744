// Package looker serves the Looker API 4.0, as of 4.0.24.6, for users, groups, user attributes
// and their values. Its README lists what it supports and where it differs.
//
// The package translates: it parses a request, makes one call and renders the reply. It
// decides no rule of the domain and knows no store.
package looker
