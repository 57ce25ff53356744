// Package working has the rows of a batch as its changes leave them. Nothing is
// written before the whole batch is planned; then each row is written once.
package working
