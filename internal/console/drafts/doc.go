// Package drafts is the page of the draft, from its first preview to its commit.
package drafts
