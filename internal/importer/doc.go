// Package importer brings a state into an empty directory, as a baseline: many
// changes that count their rows and keep no images.
package importer
