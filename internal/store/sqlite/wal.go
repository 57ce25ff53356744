package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"

	"cohort/internal/store/sqlstore"
)

// minRoom is how much must be free on the disk for a change of any size to be
// promised: that much a large one takes.
const minRoom = 1 << 20

// errNoRoom says that a change may not find room.
var errNoRoom = errors.New("less than a mebibyte is free on the disk of the data directory")

// TryWriting commits a write that changes nothing; its error says why changes
// cannot be made.
func (s *Store) TryWriting(ctx context.Context) error {
	if free, ok := s.Room(); ok && free < minRoom {
		return sqlstore.NoRoom(errNoRoom)
	}
	return s.DB.TryWriting(ctx)
}

// Room is how many bytes are free on the disk of the data; ok is false if nobody
// knows.
func (s *Store) Room() (bytes int64, ok bool) {
	if s.path == "" {
		return 0, false
	}
	return room(filepath.Dir(s.path))
}

// A Log is what is known of the write-ahead log. It is moved into the database
// now and then and begun anew, unless somebody reads what was there before: then
// it grows with every change, until the reader ends.
type Log struct {
	Bytes   int64    // of the file
	Held    bool     // somebody keeps it from being emptied
	Own     int      // reads of this process that are under way
	Readers []string // other processes that have the database open, as far as the system tells
}

// LogBytes is the size of the write-ahead log; 0 in memory.
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

// ShrinkLog empties a log of more than so many bytes, and says who could be in the
// way if that cannot be done.
func (s *Store) ShrinkLog(ctx context.Context, most int64) (Log, error) {
	l := Log{Bytes: s.LogBytes()}
	if l.Bytes <= most {
		return l, nil
	}
	err := s.Borrow(ctx, func(c *sql.Conn) error {
		// This one waits for nobody; pages that it could not move are still being
		// read.
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
