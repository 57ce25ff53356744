// Package transfer reads and writes directories as text: JSON, one object on a line. It knows
// neither files, databases nor the meaning of rows. docs/guides/moving.md describes the format
// for people.
//
// The first line is the header, the last one the trailer, and every other line is one row, in
// an order that needs no going back: the catalog, kind by kind; then each user, followed by
// its own rows; then source references and facets. Within that, lines ascend by key, so that
// exports of similar directories differ in few lines.
package transfer
