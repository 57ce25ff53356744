package rivals

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// rivalSchema is the schema of a careful hand-written solution: narrow tables, and a covering
// index for every step of the query.
const rivalSchema = `
CREATE TABLE memberships (user_id bigint, group_id bigint, PRIMARY KEY (user_id, group_id));
CREATE TABLE nestings (group_id bigint, parent_id bigint, PRIMARY KEY (group_id, parent_id));
CREATE TABLE attributes (id bigint PRIMARY KEY, name text NOT NULL UNIQUE, fallback text);
CREATE TABLE group_values (group_id bigint, attribute_id bigint, rank bigint NOT NULL, value text NOT NULL);
CREATE TABLE user_values (user_id bigint, attribute_id bigint, value text NOT NULL);`

const rivalIndexes = `
CREATE UNIQUE INDEX ON group_values (group_id, attribute_id) INCLUDE (rank, value);
CREATE UNIQUE INDEX ON user_values (user_id, attribute_id) INCLUDE (value);`

// rivalQuery answers which values a user has of the named attributes: the user's own value,
// else the one with the strongest rank among the user's groups and the groups above them, else
// the default.
const rivalQuery = `
WITH RECURSIVE reached (group_id) AS (
	SELECT group_id FROM memberships WHERE user_id = $1
	UNION
	SELECT n.parent_id FROM reached r JOIN nestings n ON n.group_id = r.group_id
), strongest AS (
	SELECT DISTINCT ON (v.attribute_id) v.attribute_id, v.value, v.group_id
	FROM reached r JOIN group_values v ON v.group_id = r.group_id
	ORDER BY v.attribute_id, v.rank
)
SELECT a.name, COALESCE(u.value, s.value, a.fallback), COALESCE(s.group_id, 0),
	CASE WHEN u.value IS NOT NULL THEN 'user' WHEN s.value IS NOT NULL THEN 'group' WHEN a.fallback IS NOT NULL THEN 'default' ELSE 'none' END
FROM attributes a
LEFT JOIN user_values u ON u.user_id = $1 AND u.attribute_id = a.id
LEFT JOIN strongest s ON s.attribute_id = a.id
WHERE a.name = ANY ($2)
ORDER BY a.id`

// An answer is an effective value in the form that all sides have in common.
type answer struct {
	Attribute string  `json:"attribute"`
	Value     *string `json:"value"`
	Origin    string  `json:"origin"`
	Group     string  `json:"group,omitempty"`
}

// loadRival fills a database with a sample by COPY.
func loadRival(ctx context.Context, l *lab.Lab, d *sample.Directory) (string, error) {
	url, err := l.NewDatabase(ctx, "rival")
	if err != nil {
		return "", err
	}
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, rivalSchema); err != nil {
		return "", err
	}
	rows := rivalRows(d)
	for table, columns := range map[string][]string{
		"memberships": {"user_id", "group_id"}, "nestings": {"group_id", "parent_id"},
		"attributes":   {"id", "name", "fallback"},
		"group_values": {"group_id", "attribute_id", "rank", "value"}, "user_values": {"user_id", "attribute_id", "value"},
	} {
		if _, err := c.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows[table])); err != nil {
			return "", fmt.Errorf("%s: %w", table, err)
		}
	}
	if _, err := c.Exec(ctx, rivalIndexes); err != nil {
		return "", err
	}
	_, err = c.Exec(ctx, "VACUUM (ANALYZE)")
	return url, err
}

// rivalRows are the rows of a sample by table.
func rivalRows(d *sample.Directory) map[string][][]any {
	rows := map[string][][]any{}
	add := func(table string, values ...any) { rows[table] = append(rows[table], values) }
	for row := range d.Rows() {
		switch r := row.(type) {
		case directory.Nesting:
			add("nestings", int64(r.Group), int64(r.Parent))
		case directory.Attribute:
			if r.HasDefault() {
				add("attributes", int64(r.ID), r.Name, r.Default.Text)
			} else {
				add("attributes", int64(r.ID), r.Name, nil)
			}
		case directory.GroupValue:
			add("group_values", int64(r.Group), int64(r.Attribute), r.Order, r.Value.Text)
		case directory.Membership:
			add("memberships", int64(r.User), int64(r.Group))
		case directory.UserValue:
			add("user_values", int64(r.User), int64(r.Attribute), r.Value.Text)
		}
	}
	return rows
}

// askSQL runs the query.
func askSQL(ctx context.Context, db *pgxpool.Pool, user int64, names []string, dst []answer) ([]answer, error) {
	rows, err := db.Query(ctx, rivalQuery, user, names)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	dst = dst[:0]
	for rows.Next() {
		var a answer
		var group int64
		if err := rows.Scan(&a.Attribute, &a.Value, &group, &a.Origin); err != nil {
			return nil, err
		}
		if a.Origin == "group" {
			a.Group = strconv.FormatInt(group, 10)
		}
		dst = append(dst, a)
	}
	return dst, rows.Err()
}

// ServeSQL answers the query over HTTP, without tokens, log and limits, so that it costs no
// more than it must.
func ServeSQL(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("perf sql", flag.ContinueOnError)
	url := flags.String("database", "", "connection string")
	if err := flags.Parse(args); err != nil {
		return err
	}
	db, err := openPool(ctx, *url)
	if err != nil {
		return err
	}
	defer db.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/users/{user}/effective", func(w http.ResponseWriter, r *http.Request) {
		user, err := strconv.ParseInt(r.PathValue("user"), 10, 64)
		var reply []byte
		if err == nil {
			var list []answer
			if list, err = askSQL(r.Context(), db, user, splitNames(r.URL.Query().Get("attributes")), nil); err == nil {
				reply, err = json.Marshal(map[string]any{"user": user, "values": list})
			}
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(reply)))
		_, _ = w.Write(reply) // the client counts replies
	})
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	fmt.Fprintln(os.Stdout, "listening on "+listener.Addr().String())
	if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func openPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	c.MaxConns, c.MinConns = lab.Connections, lab.Connections
	return pgxpool.NewWithConfig(ctx, c)
}

// EffectiveAgainstSQL compares the program with the query, over HTTP and in process.
func EffectiveAgainstSQL(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	shape := l.Plain(l.Scaled(100_000), 20)
	users := shape.Users * 9 / 10
	path, d, err := l.Fixture(ctx, "plain-20", shape)
	if err != nil {
		return r, err
	}
	url, err := loadRival(ctx, l, d)
	if err != nil {
		return r, err
	}
	if err := againstSQLInProcess(ctx, l, &r, path, d, url); err != nil {
		return r, err
	}
	p, c, err := l.ServeAndLogin(ctx, "--data", path)
	if err != nil {
		return r, err
	}
	defer p.Close()
	log, err := l.Folder("sql")
	if err != nil {
		return r, err
	}
	q, err := measure.Start(ctx, measure.Command{Program: l.Self, Args: []string{"sql", "-database", url},
		Log: filepath.Join(log, "log")})
	if err != nil {
		return r, err
	}
	defer q.Close()
	k := &lab.Caller{Addr: q.Addr, Head: "Host: perf\r\n"}
	if err := sameAnswers(ctx, c, d,
		func(ctx context.Context, user int) ([]answer, error) { return answersOf(ctx, k, d, user) }); err != nil {
		return r, err
	}
	if err := c.Warm(ctx, d, users); err != nil {
		return r, err
	}
	program := &lab.Competitor{Name: "cohort serve", Process: p, Next: c.Effective(d, users)}
	rival := &lab.Competitor{Name: "a server around the query", Process: q, Next: k.Effective(d, users)}
	if err := l.Compete(ctx, program, rival); err != nil {
		return r, err
	}
	r.AtLeast("effective values over HTTP, throughput against a server around a recursive SQL query through pgx", 5,
		measure.Ratio, program.Rate.Per(rival.Rate))
	lab.NoteCompetitor(&r, program)
	lab.NoteCompetitor(&r, rival)
	r.Note("The rival's processor time is without that of PostgreSQL. It has prepared statements, %d connections, "+
		"covering indexes, and neither token, log nor limits; PostgreSQL holds all data in memory and is reached by a "+
		"socket. The answers of 200 users are compared.", lab.Connections)
	return r, nil
}

// againstSQLInProcess compares core with the query without HTTP, with as many callers as there
// are connections.
func againstSQLInProcess(ctx context.Context, l *lab.Lab, r *measure.Result, path string, d *sample.Directory,
	url string) error {
	o, err := lab.Open(ctx, path, core.Options{CacheUsers: 2 * d.Shape().Users})
	if err != nil {
		return err
	}
	defer o.Close()
	db, err := openPool(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	attrs := lab.Attributes(d)
	names := make([]string, len(attrs))
	for i := range names {
		names[i] = d.Name(i)
	}
	for user := range d.Shape().Users {
		if _, err := o.View().Effective(ctx, d.UserID(user), attrs); err != nil {
			return err
		}
	}
	found, err := l.Alternate(ctx,
		measure.Side{Name: "core, reads/s", Run: crowd(l, d.Shape().Users, func(ctx context.Context, user int) error {
			_, err := o.View().Effective(ctx, d.UserID(user), attrs)
			return err
		})},
		measure.Side{Name: "the query, reads/s", Run: crowd(l, d.Shape().Users, func(ctx context.Context, user int) error {
			_, err := askSQL(ctx, db, int64(d.UserID(user)), names, nil)
			return err
		})})
	if err != nil {
		return err
	}
	r.AtLeast("effective values in process, throughput against the query through pgx", 10, measure.Ratio,
		found[0].Per(found[1]))
	r.Note("In process, %d callers: core %s, the query %s.", lab.Connections, measure.Rate.Format(found[0].Median()),
		measure.Rate.Format(found[1].Median()))
	return nil
}

// sameAnswers compares the answers of the program and of a rival for a sample of the users.
func sameAnswers(ctx context.Context, c *lab.Caller, d *sample.Directory,
	rival func(context.Context, int) ([]answer, error)) error {
	step := max(d.Shape().Users/200, 1)
	for user := 0; user < d.Shape().Users; user += step {
		want, err := answersOf(ctx, c, d, user)
		if err != nil {
			return err
		}
		got, err := rival(ctx, user)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(want, got) {
			return fmt.Errorf("user %d: the program answers %s, the rival %s", d.UserID(user), rendered(want), rendered(got))
		}
	}
	return nil
}

func rendered(list []answer) string {
	b, err := json.Marshal(list)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
