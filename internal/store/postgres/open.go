// Package postgres stores a directory in a PostgreSQL database, which several nodes may use at
// once.
//
// It connects, updates the schema, tells nodes of each other's commits, checks, copies and
// restores. The statements about rows belong to sqlstore. It does not know what rows mean.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"cohort/internal/store/sqlstore"
)

// Store is a directory in a PostgreSQL database.
type Store struct {
	*sqlstore.DB
	settings settings
}

// Open connects to the database of a URL and updates its schema, which it logs. It refuses,
// with an error that says so, a server older than PostgreSQL 13, an encoding other than UTF-8,
// and a schema of a newer version of the program. Any number of processes may do so at once.
//
// The URL is that of libpq, with several hosts if necessary; only a server that accepts writes
// is used unless target_session_attrs says otherwise. Further parameters: pool_max_conns is
// how many connections read at once (8; one more writes), default_query_exec_mode is pgx's
// (cache_describe, which works through a pooler in transaction mode), and listen=off is for
// such a pooler: then Watch does nothing, and nobody is told of commits.
func Open(ctx context.Context, url string, log *slog.Logger) (*Store, error) {
	s, err := parse(url)
	if err != nil {
		return nil, err
	}
	s = s.writable()
	return open(ctx, s, func(db *sql.DB) error {
		if err := refuseTarget(ctx, db); err != nil {
			return err
		}
		return migrate(ctx, db, log)
	})
}

// OpenReadOnly connects to a database for reading, even to a standby. It creates nothing and
// migrates nothing, every write fails, and it refuses a schema of another version.
func OpenReadOnly(ctx context.Context, url string) (*Store, error) {
	s, err := parse(url)
	if err != nil {
		return nil, err
	}
	return open(ctx, s, func(db *sql.DB) error { return checkSchema(ctx, db) })
}

func open(ctx context.Context, s settings, prepare func(*sql.DB) error) (*Store, error) {
	reader := s.handle(s.readers, readSilence)
	first := s.handle(2, 0) // migrating takes two
	err := checkServer(ctx, first)
	if err == nil {
		err = prepare(first)
	}
	if err := errors.Join(err, first.Close()); err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return &Store{DB: sqlstore.New(s.handle(1, writeSilence), reader, engine(s)), settings: s}, nil
}

// handle returns a handle with at most most connections and a limit of silence. Connections
// are made on demand.
func (s settings) handle(most int, silence time.Duration) *sql.DB {
	conn := s.conn.Copy()
	conn.DialFunc = dial(silence)
	db := sql.OpenDB(stdlib.GetConnector(*conn))
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db
}

// oldest is the first supported version of PostgreSQL, as the server reports it.
const oldest = 130000

func checkServer(ctx context.Context, db *sql.DB) error {
	var version int
	var encoding string
	err := db.QueryRowContext(ctx,
		"SELECT current_setting('server_version_num')::int, current_setting('server_encoding')").Scan(&version, &encoding)
	switch {
	case err != nil:
		return fmt.Errorf("connect to the database: %w", err)
	case version < oldest:
		return fmt.Errorf("the database runs PostgreSQL %d; at least %d is needed", version/10000, oldest/10000)
	case encoding != "UTF8":
		return fmt.Errorf("the database's encoding is %s; it must be UTF8 (CREATE DATABASE … ENCODING 'UTF8')", encoding)
	}
	return nil
}
