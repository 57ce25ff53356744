// Package view is the directory as one caller sees it, at one revision. What
// the caller may not know of is not found or left out; what it may not do is
// forbidden.
package view
