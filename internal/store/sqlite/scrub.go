package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// scrub removes what the files still contain of something that was forgotten. secure_delete
// has overwritten it in its place, but not copies in unused parts of pages that arose when
// SQLite moved rows between pages, nor pages in the write-ahead log. For the former the
// database is rebuilt, but only while that is quick; see docs/operations.md.
func scrub(ctx context.Context, c *sql.Conn, again bool) bool {
	if !again {
		rebuild(ctx, c) // if that fails, the log is emptied nevertheless
	}
	return emptyLog(ctx, c)
}

// maxRebuilt is the size of the largest database, in bytes, that is rebuilt, which makes
// writers wait and takes memory.
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
	_, _ = c.ExecContext(ctx, "VACUUM") // it happens completely or not at all
}

// emptyLog moves the write-ahead log into the database and truncates it, and reports whether
// it did. It cannot while somebody reads from the log. Readers of this process are done at
// once, those of another may not be.
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

// finishScrub empties the log that a crash has left, because it may contain something that was
// to be forgotten. If that fails, the log remains until its usual end.
func finishScrub(ctx context.Context, writer *sql.DB) error {
	c, err := writer.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	emptyLog(ctx, c)
	return c.Close()
}
