package postgres

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"cohort/internal/store"
	"cohort/internal/store/atomicfile"
	"cohort/internal/store/sqlstore"
)

// Tables lists all tables of the newest schema; a table precedes those that refer to it. An
// older schema has fewer.
func Tables() []string {
	return slices.Concat([]string{
		"groups", "nestings", "attributes", "group_values", "permission_sets", "model_sets", "roles", "group_roles",
		"users", "memberships", "user_values", "user_roles", "credentials", "secrets", "sealed_values", "source_references",
		"facets",
		"changes", "change_chunks", "change_objects", "head",
	}, sqlstore.EphemeralTables())
}

// Learn implements store.Store. The server collects statistics by itself about a minute after a
// large import; until then it would read whole tables.
func (s *Store) Learn(ctx context.Context) error {
	return s.Hold(ctx, func() error {
		return s.settings.session(ctx, func(conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, "ANALYZE")
			return err
		})
	})
}

// Backup implements store.Store. The copy is one file; see the DESIGN.md of this package. It
// contains every table at one moment; writers continue meanwhile.
func (s *Store) Backup(ctx context.Context, path string) error {
	return s.Hold(ctx, func() error {
		return atomicfile.Make(path, func(tmp string) error { return s.writeBackup(ctx, tmp) })
	})
}

func (s *Store) writeBackup(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close() // it was flushed, and the caller syncs
	buffered := bufio.NewWriterSize(f, maxBlock)
	err = s.settings.session(ctx, func(conn *pgx.Conn) error {
		tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
		if err != nil {
			return err
		}
		defer tx.Rollback(ctx) // it has changed nothing
		return copyOut(ctx, tx, buffered)
	})
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return buffered.Flush()
}

// session passes f a connection of its own, which has no time limit but the context's.
func (s settings) session(ctx context.Context, f func(*pgx.Conn) error) error {
	conn, err := pgx.ConnectConfig(ctx, s.conn.Copy())
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		_ = conn.Close(ctx) // it may be lost already
	}()
	return f(conn)
}

// A prologue describes the content of a backup.
type prologue struct {
	Schema      int64   `json:"schema"`
	Revision    int64   `json:"revision"`
	Incarnation int64   `json:"incarnation"`
	Tables      []table `json:"tables"`
}

// A table is a table's name and its columns, in the order in which they were copied.
type table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
}

// copyStatement copies a table in the format that every version of PostgreSQL reads.
func (t table) copyStatement(direction string) string {
	columns := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = pgx.Identifier{c}.Sanitize()
	}
	return "COPY " + pgx.Identifier{t.Name}.Sanitize() + " (" + strings.Join(columns, ", ") + ") " + direction
}

func copyOut(ctx context.Context, tx pgx.Tx, w io.Writer) error {
	if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
		return err
	}
	p, err := describe(ctx, tx)
	if err != nil {
		return err
	}
	head, err := json.Marshal(p)
	if err != nil {
		return err
	}
	sum := sha256.New()
	out := &blocks{w: io.MultiWriter(w, sum)}
	if _, err := io.WriteString(out.w, magic); err != nil {
		return err
	}
	if err := out.all(head); err != nil {
		return err
	}
	for _, t := range p.Tables {
		if _, err := tx.Conn().PgConn().CopyTo(ctx, out, t.copyStatement("TO STDOUT")); err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
		if err := out.end(); err != nil {
			return err
		}
	}
	_, err = w.Write(sum.Sum(nil))
	return err
}

// A querier is a connection or a transaction.
type querier interface {
	Query(ctx context.Context, text string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, text string, args ...any) pgx.Row
}

// describe reads what a backup of the database would contain.
func describe(ctx context.Context, tx querier) (p prologue, err error) {
	err = tx.QueryRow(ctx, `SELECT (SELECT max(version_id) FROM goose_db_version WHERE is_applied), revision, incarnation FROM head`).
		Scan(&p.Schema, &p.Revision, &p.Incarnation)
	if err != nil {
		return p, err
	}
	p.Tables, err = layout(ctx, tx)
	return p, err
}

// layout reads which of our tables exist, and their columns.
func layout(ctx context.Context, tx querier) ([]table, error) {
	var list []table
	for _, name := range Tables() {
		rows, err := tx.Query(ctx, `SELECT attname::text FROM pg_attribute
			WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attname`, name)
		if err != nil {
			return nil, err
		}
		columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return nil, err
		}
		if len(columns) > 0 {
			list = append(list, table{name, columns})
		}
	}
	return list, nil
}

// Inspect checks that a file is a complete backup from Backup, and describes it.
func Inspect(_ context.Context, path string) (store.Copy, error) {
	c, _, err := inspect(path)
	return c, err
}

func inspect(path string) (c store.Copy, p prologue, err error) {
	f, err := os.Open(path)
	if err != nil {
		return c, p, err
	}
	defer f.Close()
	whole := sha256.New()
	in := newBackupReader(io.TeeReader(f, whole))
	if p, err = in.prologue(); err == nil {
		for range p.Tables {
			if _, err = io.Copy(io.Discard, in.table()); err != nil {
				break
			}
		}
	}
	if err == nil {
		err = in.trailer()
	}
	if err != nil {
		return c, p, fmt.Errorf("%s is no sound backup of a PostgreSQL database: %w", path, err)
	}
	info, err := f.Stat()
	c = store.Copy{Revision: rev(p.Revision), Incarnation: p.Incarnation}
	if err == nil {
		c.Size = info.Size()
	}
	whole.Sum(c.SHA256[:0])
	return c, p, err
}
