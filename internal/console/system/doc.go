// Package system is the page about the health of the server.
package system
