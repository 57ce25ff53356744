package sqlite

import (
	"context"
	"database/sql"
	"strings"
)

// LimitPages stops the database from growing beyond a number of pages, which
// may be a query.
func (s *Store) LimitPages(ctx context.Context, pages string) error {
	return s.Borrow(ctx, func(c *sql.Conn) error {
		if strings.HasPrefix(pages, "(") {
			if err := c.QueryRowContext(ctx, "SELECT "+pages).Scan(&pages); err != nil {
				return err
			}
		}
		_, err := c.ExecContext(ctx, "PRAGMA max_page_count = "+pages)
		return err
	})
}
