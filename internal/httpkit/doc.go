// Package httpkit is what the wire formats share: a router whose handlers
// return errors, request ids and the access log, bodies read within limits,
// replies encoded before a byte is sent, paging and the selection of fields.
//
// It knows no format's words: which status an error gets and how it is spelled
// is the dialect's business. It reads no configuration and keeps no state
// beyond a request.
package httpkit
