// Package admission bounds what callers hold of the server at once: turns,
// bytes in memory, and what their requests cost.
//
// A limit has a share for each key, such as a credential or an address, so that
// what one caller holds is never missed by others.
package admission
