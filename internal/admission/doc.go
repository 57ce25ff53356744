// Package admission limits what callers hold of the server at once: turns, bytes in memory,
// and the cost of their requests.
//
// A limit has a share for each key, such as a credential or an address, so that what one
// caller holds does not deprive others.
package admission
