// Package document renders users, groups, attributes and values as the Looker API shows them to
// one caller.
package document
