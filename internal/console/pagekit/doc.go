// Package pagekit is what the pages of the console share: the request of a person who is signed
// in, the frame around every page, templates, forms, errors.
//
// A page is loaded into a plain struct first and rendered by a template after that: no template
// calls the directory. Values of hidden attributes are never in such a struct.
package pagekit
