// Package e2e runs clients that people use, unchanged, against the program as
// it is built: on a port of its own, with a data directory of its own, through
// nothing but its command line and its network. It holds tests only.
//
// Every reply passes through package apicheck on its way to the client.
package e2e
