// Package replica keeps what one node has published level with a store that
// other nodes write to.
package replica
