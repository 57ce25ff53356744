// Package draft is the change that a person prepares in the console: entries, each an edit
// or several that belong together, and what was there when they were written.
package draft
