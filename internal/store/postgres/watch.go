package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// closeTimeout limits the time to say goodbye to a server.
const closeTimeout = 2 * time.Second

// Watch calls wake when it has begun to listen, and then whenever any node commits a
// transaction with a change record. It returns when the connection is lost or the context
// ends, with an error that says which.
//
// It is only a hint: a commit while there is no connection wakes nobody, and with listen=off
// nothing does; then Watch only waits for the context. A caller that must know reads the head
// at intervals. wake must return at once.
func (s *Store) Watch(ctx context.Context, wake func()) error {
	if !s.settings.listen {
		<-ctx.Done()
		return ctx.Err()
	}
	err := s.settings.session(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "LISTEN "+channel)
		for err == nil {
			wake()
			_, err = conn.WaitForNotification(ctx)
		}
		return err
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("the connection that listens was lost: %w", err)
}
