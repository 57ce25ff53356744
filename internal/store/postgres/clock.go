package postgres

import (
	"context"
	"fmt"
	"time"
)

// Clock asks the server for the time.
func (s *Store) Clock(ctx context.Context) (time.Time, error) {
	micros, err := s.Number(ctx, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT")
	if err != nil {
		return time.Time{}, fmt.Errorf("ask the database for the time: %w", err)
	}
	return time.UnixMicro(micros), nil
}
