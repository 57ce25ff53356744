// Package values is the table of the values of a user or a group, each with its form.
package values
