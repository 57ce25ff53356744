// Package sqlite stores a directory in an SQLite database: the embedded default.
//
// It opens and guards the file, updates its schema, checks, copies and restores it. The
// statements about rows belong to sqlstore. It does not know what rows mean.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"modernc.org/sqlite"

	"cohort/internal/store"
	"cohort/internal/store/atomicfile"
	"cohort/internal/store/sqlstore"
)

// File is the name of the database in a data directory. SQLite's -wal and -shm files lie
// beside it while it is open and after a crash; they belong to it.
const File = "cohort.db"

// How many connections read at once. Each has a cache of its own.
const readers = 4

// Store is a directory in an SQLite database.
type Store struct {
	*sqlstore.DB
	path string // empty in memory
	lock *lock  // nil in memory

	unchecked atomic.Bool // its pages are still to be checked; see OpenServing
	broken    atomic.Bool // its pages are damaged
}

var _ store.Store = (*Store)(nil)

// Open opens the database in a data directory, and creates both if they do not exist. It
// refuses, with an error that names the directory, a database that another process has open,
// that is damaged, or that a newer version of the program has written, and an unsafe version
// of SQLite.
func Open(ctx context.Context, dir string) (*Store, error) { return openDirectory(ctx, dir, opening{}) }

// OpenServing is Open for a program that must be ready soon. It opens a database that was
// closed properly and not touched since without checking its pages, which takes seconds for
// each gigabyte. CheckPages checks them, and must be called.
func OpenServing(ctx context.Context, dir string) (*Store, error) {
	return openDirectory(ctx, dir, opening{serving: true})
}

// OpenTarget is Open for a migration: nobody else opens a database that it creates until Begun
// says that its content shows the migration.
func OpenTarget(ctx context.Context, dir string) (*Store, error) {
	return openDirectory(ctx, dir, opening{target: true})
}

// Begun says that the database no longer looks new.
func (s *Store) Begun(context.Context) error {
	dir := filepath.Dir(s.path)
	if err := os.Remove(filepath.Join(dir, targetNote)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return atomicfile.SyncFolder(dir)
}

// targetNote is the file beside the database of a migration that has not begun.
const targetNote = "migrating"

// claim records that a new database is for a migration, and refuses a recorded one for
// anything else. An existing database shows itself what it is.
func claim(path string, target bool) error {
	note := filepath.Join(filepath.Dir(path), targetNote)
	noted, err := isThere(note)
	if noted && !target {
		return store.ErrUnmoved
	}
	if err != nil || noted || !target {
		return err
	}
	if there, err := isThere(path); there || err != nil {
		return err
	}
	return atomicfile.Make(note, func(string) error { return nil })
}

func isThere(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// An opening says what a directory is opened for.
type opening struct{ serving, target bool }

// CheckPages checks the pages of a database if OpenServing did not. It fails with the error of
// Open for a damaged database, or with that of a context that ends.
func (s *Store) CheckPages(ctx context.Context) error {
	if !s.unchecked.Load() {
		return nil
	}
	return s.Hold(ctx, func() error {
		db, err := connect(s.path, copying, 1)
		if err != nil {
			return err
		}
		err = errors.Join(damaged(s.path, quickCheck(ctx, db)), db.Close())
		s.unchecked.Store(err != nil)
		s.broken.Store(err != nil && ctx.Err() == nil)
		return err
	})
}

func openDirectory(ctx context.Context, dir string, as opening) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := makeDirectory(dir); err != nil {
		return nil, err
	}
	lock, err := lockDirectory(dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, File)
	if err := claim(path, as.target); err != nil {
		return nil, errors.Join(err, lock.release())
	}
	closed, err := lock.takeClosed(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the lock file of %s: %w", dir, err), lock.release())
	}
	s, err := open(ctx, path, closed && as.serving)
	if err != nil {
		return nil, errors.Join(err, lock.release())
	}
	s.lock = lock
	s.unchecked.Store(closed && as.serving)
	return s, nil
}

func open(ctx context.Context, path string, later bool) (*Store, error) {
	made, err := makeFile(path)
	if err != nil {
		return nil, err
	}
	writer, err := connect(path, writing, 1)
	if err != nil {
		return nil, err
	}
	reader, err := connect(path, reading, readers)
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	if err := prepare(ctx, path, made || later, writer, reader); err != nil {
		return nil, errors.Join(err, reader.Close(), writer.Close())
	}
	file, err := os.Stat(path)
	if err != nil {
		return nil, errors.Join(err, reader.Close(), writer.Close())
	}
	return &Store{DB: sqlstore.New(writer, reader, engine(inPlace(path, file))), path: path}, nil
}

// prepare checks a database before anything is read from it. It does not check the pages and
// the log of a sound one.
func prepare(ctx context.Context, path string, sound bool, writer, reader *sql.DB) error {
	if err := checkVersion(ctx, writer); err != nil {
		return damaged(path, err)
	}
	if !sound {
		if err := quickCheck(ctx, writer); err != nil {
			return damaged(path, err)
		}
	}
	if err := assertPragmas(ctx, writer, writerPragmas()); err != nil {
		return err
	}
	if err := migrate(ctx, writer); err != nil {
		return fmt.Errorf("bring the schema of %s up to date: %w", path, err)
	}
	if err := assertPragmas(ctx, reader, readerPragmas()); err != nil || sound {
		return err
	}
	return finishScrub(ctx, writer)
}

// OpenMemory creates an empty directory in memory that ends with Close. It has one connection,
// so reads wait for writes and writes for reads.
func OpenMemory(ctx context.Context) (*Store, error) {
	db, err := connect("", inMemory, 1)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(checkVersion(ctx, db), migrate(ctx, db)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{DB: sqlstore.New(db, db, engine(nil))}, nil
}

// Close implements store.Store. The directory can be opened again when it returns.
func (s *Store) Close() error {
	err := s.DB.Close()
	if s.lock == nil || errors.Is(err, store.ErrClosed) {
		return err
	}
	if err == nil && !s.broken.Load() {
		err = s.lock.leaveClosed(s.path)
	}
	return errors.Join(err, s.lock.release())
}

// A handle is an open database or one of its connections.
type handle interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

// withConnection passes f a connection of its own, beside those that read and write. In memory
// there is only the one.
func (s *Store) withConnection(ctx context.Context, f func(handle) error) error {
	if s.path == "" {
		return s.Borrow(ctx, func(c *sql.Conn) error { return f(c) })
	}
	return s.Hold(ctx, func() error {
		db, err := connect(s.path, copying, 1)
		if err != nil {
			return err
		}
		return errors.Join(f(db), db.Close())
	})
}

// makeDirectory creates a data directory that only its owner can read, unless it exists, and
// refuses one where a database must not lie.
func makeDirectory(dir string) error {
	switch info, err := os.Stat(dir); {
	case err == nil && info.IsDir():
		return refuseNetwork(dir)
	case err == nil:
		return fmt.Errorf("the data directory %s is a file", dir)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the data directory %s: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data directory %s: %w", dir, err)
	}
	if err := refuseNetwork(dir); err != nil {
		return err
	}
	return atomicfile.SyncFolder(filepath.Dir(dir))
}

// makeFile creates an empty database file, unless it exists, so that it has its mode from the
// first byte and its name is on disk before its content.
func makeFile(path string) (made bool, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		info, err := os.Stat(path)
		return err == nil && info.Size() == 0, err
	case err != nil:
		return false, fmt.Errorf("make the database: %w", err)
	}
	return true, errors.Join(f.Close(), atomicfile.SyncFolder(filepath.Dir(path)))
}

// A mode says what a connection is for.
type mode uint8

const (
	writing mode = iota
	reading
	inMemory
	copying   // reads the live database, and may write a copy of it
	restoring // writes a database that is not in its place yet
)

// A pragma is a setting of a connection and the value that it must read back as.
type pragma struct{ name, value, reads string }

// busyTimeout is how long to wait for a lock, in milliseconds.
const busyTimeout = "5000"

// common returns the settings of every connection. The waiting time for locks comes first,
// because the other settings may need a lock.
func common() []pragma {
	return []pragma{
		{"busy_timeout", busyTimeout, busyTimeout},
		{"trusted_schema", "0", "0"},
		{"cell_size_check", "1", "1"},
		{"foreign_keys", "1", "1"},
	}
}

// writerPragmas returns the settings of the writer. With synchronous at FULL a commit is on
// disk when it returns; at NORMAL a power failure loses the last ones. With secure_delete
// deleted data is overwritten with zeros: a value must not stay in an unused part of a page
// after it was hidden or erased.
func writerPragmas() []pragma {
	return append(common(),
		pragma{"journal_mode", "WAL", "wal"},
		pragma{"synchronous", "FULL", "2"},
		pragma{"secure_delete", "1", "1"},
		pragma{"journal_size_limit", "67108864", "67108864"},
		pragma{"cache_size", "-65536", "-65536"}, // KiB
	)
}

func readerPragmas() []pragma {
	return append(common(),
		pragma{"query_only", "1", "1"},
		pragma{"cache_size", "-16384", "-16384"},
	)
}

// connect opens a handle on a file. Connections live as long as the handle: a closed one would
// lose its cache or, in memory, all data.
func connect(path string, m mode, most int) (*sql.DB, error) {
	q := url.Values{"_defensive": {"1"}, "_dqs": {"0"}, "_error_rc": {"1"}}
	pragmas := common()
	switch m {
	case writing:
		q.Set("_txlock", "immediate")
		pragmas = writerPragmas()
	case reading:
		q.Set("mode", "ro")
		pragmas = readerPragmas()
	case inMemory:
		q.Set("mode", "memory")
		q.Set("_txlock", "immediate")
	case copying:
		q.Set("mode", "ro")
	case restoring:
	}
	for _, p := range pragmas {
		q.Add("_pragma", p.name+"("+p.value+")")
	}
	name := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	connector, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db, nil
}

// assertPragmas reads settings back, because SQLite ignores an unknown pragma, and some that
// it cannot follow.
func assertPragmas(ctx context.Context, db *sql.DB, want []pragma) error {
	for _, p := range want {
		var got string
		if err := db.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return fmt.Errorf("read the setting %s: %w", p.name, err)
		}
		if got != p.reads {
			return fmt.Errorf("SQLite's setting %s is %q and cannot be made %q; is the data directory on a network file system?",
				p.name, got, p.reads)
		}
	}
	return nil
}

// safeVersion is the first version of SQLite whose write-ahead log cannot be reset under a
// reader, which damaged databases.
func safeVersion() [3]int { return [3]int{3, 51, 3} }

func checkVersion(ctx context.Context, db *sql.DB) error {
	var version string
	if err := db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return fmt.Errorf("ask SQLite for its version: %w", err)
	}
	return assertVersion(version)
}

func assertVersion(version string) error {
	var v [3]int
	if _, err := fmt.Sscanf(strings.ReplaceAll(version, ".", " "), "%d %d %d", &v[0], &v[1], &v[2]); err != nil {
		return fmt.Errorf("SQLite's version is %q: %w", version, err)
	}
	if safe := safeVersion(); slices.Compare(v[:], safe[:]) < 0 {
		return fmt.Errorf("SQLite %s can damage the database; at least %d.%d.%d is needed", version, safe[0], safe[1],
			safe[2])
	}
	return nil
}
