// Package console is the directory for people: pages below /ui/ that say which
// value a user has and why, and that change it.
//
// Pages are made on the server, from templates and one view of the directory,
// and work without scripts; scripts only make them quicker to use. Every page
// has an address. Nothing is loaded from elsewhere, and nothing is inline, so
// the content security policy allows this server alone.
//
// A page is loaded into a plain struct first and shown by a template after
// that: no template calls the directory. Values of hidden attributes are never
// in such a struct.
package console
