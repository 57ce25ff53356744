package postgres

import (
	"context"
	"crypto/sha256"
	"log/slog"
)

// Reseal puts the right sum at the end of a changed backup.
func Reseal(b []byte) []byte {
	content := b[:len(b)-sha256.Size]
	sum := sha256.Sum256(content)
	return append(content, sum[:]...)
}

// Prepare makes a schema, which may be an old one, in an empty database.
func Prepare(ctx context.Context, url string, schema int64) error {
	settings, err := parse(url)
	if err != nil {
		return err
	}
	return settings.prepare(ctx, schema, slog.New(slog.DiscardHandler))
}

// BackUp writes a backup of a database of any schema into a file that is there.
func BackUp(ctx context.Context, url, path string) error {
	settings, err := parse(url)
	if err != nil {
		return err
	}
	return (&Store{settings: settings}).writeBackup(ctx, path)
}
