// Package role serves the operations of the Looker API about roles, of which sets they are made
// and who holds them.
package role
