// Package transfer is the text in which a directory moves: JSON, one object on
// a line. It writes and reads that text and knows neither files, databases nor
// what rows mean; docs/guides/moving.md describes the format for people.
//
// The first line is the header, the last one the trailer, and every line
// between them is one row, in an order in which it can be read without going
// back: the catalog, kind by kind; then each user, followed by what it has of
// its own; then source references and facets. Within that, lines ascend by
// key, so that two files of nearly the same directory differ in few lines.
package transfer
