// Package console is the directory for people: the handler of all pages below /ui/, which say which
// value a user has and why, and change it.
//
// The server makes the pages, from templates and one view of the directory. Pages work without
// scripts; scripts only make them quicker to use. Every page has an address. A page loads nothing
// from other servers and has nothing inline, so the content security policy allows only this server.
//
// Each subject has a package of pages below this one; all of them are built on pagekit.
package console
