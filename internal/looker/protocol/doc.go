// Package protocol is what all operations of the Looker API share: how a call is admitted, read
// and committed, and how a reply, a list or an error is written.
package protocol
