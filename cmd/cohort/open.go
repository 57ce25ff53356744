package main

import (
	"context"

	"cohort/internal/config"
	"cohort/internal/store"
	"cohort/internal/store/sqlite"
)

// openReader opens the directory that the settings name for reading; a server
// may run on it.
func openReader(ctx context.Context, settings config.Config) (store.Store, error) {
	return sqlite.OpenReadOnly(ctx, settings.Data)
}

// openWriter opens the directory that the settings name, and makes it if it is
// not there.
func openWriter(ctx context.Context, settings config.Config) (store.Store, error) {
	return sqlite.Open(ctx, settings.Data)
}
