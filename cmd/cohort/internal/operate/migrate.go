package operate

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/store"
	"cohort/internal/store/sqlite"
	"cohort/internal/transfer"
)

// A MigrateCmd moves a directory to another database.
type MigrateCmd struct {
	From string `required:"" placeholder:"sqlite:DIR|postgres://…" help:"the database of the directory"`
	To   string `required:"" placeholder:"sqlite:DIR|postgres://…" help:"the target database, which must be new"`
	JSON bool   `name:"json" help:"write JSON"`
}

// Help returns the details of the command's help.
func (*MigrateCmd) Help() string {
	return `Copies a directory to another database, of any engine, with its history: the same revisions, hashes, ids, sealed values and secrets. Only tokens, failed logins and stored answers for repeated requests stay behind. No server may run on either database meanwhile.

Afterwards both sides are read completely and compared, row by row and record by record, and checked against the hash chain and the state digest. Only then does the target become a directory. If the copy is interrupted or something differs, no server starts on the target; run the command again to start over. The source is not changed: keep it, but do not serve it any more.

The keys of hidden values are not copied: take the key file along, or set COHORT_KEY.

Examples:

  cohort migrate --from sqlite:/var/lib/cohort --to postgres://cohort@db.example.com/cohort
  cohort migrate --from postgres:///cohort --to sqlite:./cohort-data`
}

// A migrateReport is the result of a migration as JSON.
type migrateReport struct {
	Incarnation int64   `json:"incarnation"`
	Revision    int64   `json:"revision"`
	Rows        int64   `json:"rows"`
	Sealed      int64   `json:"sealed_values"`
	Secrets     int64   `json:"secrets"`
	Hash        string  `json:"hash"`
	Seconds     float64 `json:"seconds"`
}

// Run copies the directory and compares both sides.
func (c *MigrateCmd) Run(v *cli.Invocation) (err error) {
	begun := time.Now()
	from, err := c.openSource(v)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := c.openTarget(v)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	var m *cli.Meter
	done, err := transfer.Copy(v.Context, from, to, func(what string, n, total int64) {
		if m == nil || m.What != what {
			if m != nil {
				m.Clear()
			}
			m = v.Meter(what, "", 0, total)
		}
		m.Update(n)
	})
	if m != nil {
		m.Clear()
	}
	if err != nil {
		return fmt.Errorf("%w\nthe target is not a directory yet; run the command again to start over", err)
	}
	took := time.Since(begun)
	if c.JSON {
		return v.WriteJSON(migrateReport{
			done.Head.Incarnation, int64(done.Head.Revision), done.Rows, done.Sealed, done.Secrets,
			fmt.Sprintf("%x", done.Head.Hash), took.Seconds(),
		})
	}
	fmt.Fprintf(v.Stdout, "moved revision %d-%d in %s: %d rows and %d records, and compared them\n",
		done.Head.Incarnation, done.Head.Revision, took.Round(100*time.Millisecond), done.Rows, done.Head.Revision)
	if done.Sealed > 0 {
		fmt.Fprintf(v.Stdout, "%d hidden values are sealed: take the key file along\n", done.Sealed)
	}
	return nil
}

// openSource opens the source. A source on SQLite is locked, so that no later write is left
// behind.
func (c *MigrateCmd) openSource(v *cli.Invocation) (store.Store, error) {
	dir, file := strings.CutPrefix(c.From, "sqlite:")
	log := slog.New(slog.DiscardHandler)
	switch {
	case !file && !isPostgres(c.From):
		return nil, cli.WrongUsage(fmt.Errorf("--from %s: must be sqlite:DIR or postgres://…",
			config.WithoutPassword(c.From)))
	case !file:
		return app.OpenReader(v.Context, config.Config{Storage: config.Storage{Database: c.From}})
	}
	if _, err := os.Stat(filepath.Join(dir, sqlite.File)); err != nil {
		return nil, fmt.Errorf("--from: there is no directory in %s: %w", dir, err)
	}
	return app.OpenStore(v.Context, config.Config{Storage: config.Storage{Data: dir}}, log)
}

func (c *MigrateCmd) openTarget(v *cli.Invocation) (store.Store, error) {
	dir, file := strings.CutPrefix(c.To, "sqlite:")
	log := slog.New(slog.DiscardHandler)
	switch {
	case c.To == c.From:
		return nil, cli.WrongUsage(errors.New("--from and --to are the same"))
	case file && dir != "":
		return app.OpenTarget(v.Context, config.Config{Storage: config.Storage{Data: dir}}, log)
	case isPostgres(c.To):
		return app.OpenTarget(v.Context, config.Config{Storage: config.Storage{Database: c.To}}, log)
	}
	return nil, cli.WrongUsage(fmt.Errorf("--to %s: must be sqlite:DIR or postgres://…", config.WithoutPassword(c.To)))
}

func isPostgres(place string) bool {
	return strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://")
}
