// Package login serves the operations of the Looker API about how users log in: tokens,
// credentials, sessions, lock-outs and the rules for passwords.
package login
