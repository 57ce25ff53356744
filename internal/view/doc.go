// Package view is the directory as one caller sees it, at one revision. Objects
// that the caller may not see are not found or left out; operations that it may not
// do are forbidden.
package view
