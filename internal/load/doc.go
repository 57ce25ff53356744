// Package load drives reads and writes against running servers at a fixed
// rate, and checks every answer.
//
// It makes objects of its own, and keeps for each value that it writes which
// revision set it; so it knows what a read at a revision must say, whichever
// node answers. Arrivals are at fixed times whether or not earlier ones are
// done, and latency counts from the time at which a request should have been
// sent: a server that stalls cannot hide it.
//
// It knows the native API through package client, and nothing of the server
// but that and its metrics.
package load
