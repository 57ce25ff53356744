// Package schema holds JSON bodies against the shapes that they must have. A body is a tree of what was sent, because
// the Propeller format echoes requests; a violation names its place in the vendor's words.
package schema
