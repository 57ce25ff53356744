// Package httpkit holds what the wire formats share: a router whose handlers return errors,
// request ids and the access log, limits for bodies, replies that are encoded before a byte is
// sent, paging and the selection of fields.
//
// It knows no format: the dialect decides the status and the form of an error. It reads no
// configuration and keeps no state beyond a request.
package httpkit
