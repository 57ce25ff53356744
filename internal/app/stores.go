package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"cohort/internal/config"
	"cohort/internal/store"
	"cohort/internal/store/postgres"
	"cohort/internal/store/sqlite"
)

// OpenStore opens the data of the settings, and creates it if it does not exist.
func OpenStore(ctx context.Context, settings config.Config, log *slog.Logger) (store.Store, error) {
	if settings.Database == "" {
		return noNil(sqlite.Open(ctx, settings.Data))
	}
	return noNil(postgres.Open(ctx, settings.Database, log))
}

// OpenTarget is OpenStore for a migration, whose target no server takes for a new
// directory.
func OpenTarget(ctx context.Context, settings config.Config, log *slog.Logger) (store.Store, error) {
	if settings.Database == "" {
		return noNil(sqlite.OpenTarget(ctx, settings.Data))
	}
	return noNil(postgres.OpenTarget(ctx, settings.Database, log))
}

// openServing is OpenStore for a server, which checks the pages of a database while it runs,
// unless there is a reason to doubt them; see App.Serve.
func openServing(ctx context.Context, settings config.Config, log *slog.Logger) (store.Store, error) {
	if settings.Database == "" {
		return noNil(sqlite.OpenServing(ctx, settings.Data))
	}
	if settings.Key == "" && settings.KeyFile == "" {
		// The key file will be there.
		if err := os.MkdirAll(settings.Data, 0o700); err != nil {
			return nil, fmt.Errorf("the data directory %s: %w", settings.Data, err)
		}
	}
	return OpenStore(ctx, settings, log)
}

// OpenReader opens the data of the settings for reading, even while a server runs on it.
func OpenReader(ctx context.Context, settings config.Config) (store.Store, error) {
	if settings.Database == "" {
		return noNil(sqlite.OpenReadOnly(ctx, settings.Data))
	}
	return noNil(postgres.OpenReadOnly(ctx, settings.Database))
}

// noNil keeps a nil store from becoming a non-nil Store.
func noNil[S store.Store](s S, err error) (store.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Inspect describes a backup of the engine of the settings.
func Inspect(ctx context.Context, settings config.Config, path string) (store.Copy, error) {
	if settings.Database == "" {
		return sqlite.Inspect(ctx, path)
	}
	return postgres.Inspect(ctx, path)
}

// Restore creates a directory from a backup where the settings say, and returns a description
// of the backup.
func Restore(ctx context.Context, settings config.Config, path string, log *slog.Logger) (store.Copy, string, error) {
	if settings.Database == "" {
		c, err := sqlite.Restore(ctx, path, settings.Data)
		return c, sqlite.File, err
	}
	c, err := postgres.Restore(ctx, path, settings.Database, log)
	return c, filepath.Base(path), err
}

// Place returns where the data is, for people.
func Place(settings config.Config) string {
	if settings.Database == "" {
		return settings.Data
	}
	return config.WithoutPassword(settings.Database)
}
