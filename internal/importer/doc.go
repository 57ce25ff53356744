// Package importer imports a state into an empty directory, as a baseline: many changes whose
// records count their rows and contain no images.
package importer
