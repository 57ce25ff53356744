// Package query reads what a call of the Looker API asks for in its query string: texts, ids,
// lists, criteria and sort orders, in every form in which clients write them. It knows no
// directory.
package query
