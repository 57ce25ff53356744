package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// scrub removes what the files still have of something that was forgotten.
// The setting secure_delete has overwritten it in its place, but not the copies
// that lie in unused parts of pages since SQLite moved rows between pages, and
// not the pages in the write-ahead log. The first is worth building the database
// anew only while that is quick; see docs/operations.md.
func scrub(ctx context.Context, c *sql.Conn, again bool) bool {
	if !again {
		rebuild(ctx, c) // if it cannot be done, the log at least is emptied
	}
	return emptyLog(ctx, c)
}

// maxRebuilt is how large a database may be, in bytes, to be built anew while
// writers wait and in memory.
const maxRebuilt = 64 << 20

func rebuild(ctx context.Context, c *sql.Conn) {
	var size int64
	err := c.QueryRowContext(ctx, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&size)
	if err != nil || size > maxRebuilt {
		return
	}
	if _, err := c.ExecContext(ctx, "PRAGMA temp_store = MEMORY"); err != nil {
		return
	}
	_, _ = c.ExecContext(ctx, "VACUUM") // it happens as a whole or not at all
}

// emptyLog moves the write-ahead log into the database and cuts it off, and
// reports whether it did: while somebody reads from the log it cannot be done.
// Readers of this process are through at once, those of another may not be.
func emptyLog(ctx context.Context, c *sql.Conn) bool {
	const quick = "200"
	if !setBusyTimeout(ctx, c, quick) {
		return false
	}
	var busy, pages, moved int64
	err := c.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	return setBusyTimeout(ctx, c, busyTimeout) && err == nil && busy == 0
}

func setBusyTimeout(ctx context.Context, c *sql.Conn, milliseconds string) bool {
	var now string
	err := c.QueryRowContext(ctx, "PRAGMA busy_timeout = "+milliseconds).Scan(&now)
	return err == nil && now == milliseconds
}

// finishScrub empties the log that a crash has left: it may hold something that was
// to be forgotten. If it cannot be done, the log has to wait for its usual end.
func finishScrub(ctx context.Context, writer *sql.DB) error {
	c, err := writer.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	emptyLog(ctx, c)
	return c.Close()
}
