package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"

	"cohort/internal/store/sqlstore"
)

// minRoom is how much must be free on the disk before changes are promised: as much as a large
// one takes.
const minRoom = 1 << 20

// errNoRoom says that a change may not find room.
var errNoRoom = errors.New("less than a mebibyte is free on the disk of the data directory")

// TryWriting commits a write that changes nothing. Its error says why changes cannot be made.
func (s *Store) TryWriting(ctx context.Context) error {
	if free, ok := s.Room(); ok && free < minRoom {
		return sqlstore.NoRoom(errNoRoom)
	}
	return s.DB.TryWriting(ctx)
}

// Room returns how many bytes are free on the disk of the data. ok is false if it is unknown.
func (s *Store) Room() (bytes int64, ok bool) {
	if s.path == "" {
		return 0, false
	}
	return room(filepath.Dir(s.path))
}

// A Log describes the write-ahead log. SQLite moves it into the database at intervals and
// begins it again, unless somebody reads an earlier state: then it grows with every change
// until the reader ends.
type Log struct {
	Bytes   int64    // of the file
	Held    bool     // somebody prevents it from being emptied
	Own     int      // reads of this process in progress
	Readers []string // other processes that have the database open, as far as known
}

// LogBytes returns the size of the write-ahead log, or 0 in memory.
func (s *Store) LogBytes() int64 {
	if s.path == "" {
		return 0
	}
	info, err := os.Stat(s.path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// ShrinkLog empties a log of more than most bytes, or returns who could be in the way.
func (s *Store) ShrinkLog(ctx context.Context, most int64) (Log, error) {
	l := Log{Bytes: s.LogBytes()}
	if l.Bytes <= most {
		return l, nil
	}
	err := s.Borrow(ctx, func(c *sql.Conn) error {
		// This one waits for nobody. Pages that it could not move are still being read.
		var busy, pages, moved int64
		if err := c.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &pages, &moved); err != nil {
			return err
		}
		l.Held = moved < pages || !emptyLog(ctx, c)
		return nil
	})
	if err != nil {
		return l, err
	}
	if l.Held {
		l.Own, l.Readers = s.Reading(), openElsewhere(s.path)
	}
	l.Bytes = s.LogBytes()
	return l, nil
}
