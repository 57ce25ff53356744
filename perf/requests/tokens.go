package requests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"cohort/internal/sample"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// Tokens measures what a token costs the database of three nodes, and how long other nodes
// accept a token that one node ended.
func Tokens(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	url, err := l.FilledDatabase(ctx, "tokens", l.Written())
	if err != nil {
		return r, err
	}
	nodes, stop, err := l.NodesOn(ctx, url, 3)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	each, err := transactionsOfReads(ctx, l, url, nodes[2], sample.New(l.Written(), sample.Initialized()))
	if err != nil {
		return r, err
	}
	r.AtMost("transactions of PostgreSQL for a read whose token and user are known", 0.01, measure.Count, each)
	var waits measure.Samples
	for i := range 10 * l.Rounds {
		wait, err := revocation(ctx, nodes[0].Addr, nodes[i%2+1].Addr)
		if err != nil {
			return r, err
		}
		waits = append(waits, wait)
	}
	r.AtMost("a token ended on one node is good on another, at most", 1, measure.Seconds,
		measure.Samples{waits.Quantile(1)})
	r.Note("Three nodes. %d tokens were ended: median %s.", len(waits), measure.Seconds.Format(waits.Median()))
	return r, nil
}

// transactionsOfReads is the number of database transactions per request, beyond those of idle
// nodes.
func transactionsOfReads(
	ctx context.Context, l *lab.Lab, url string, n lab.Node, d *sample.Directory,
) (each measure.Samples, err error) {
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer db.Close(ctx)
	count := func(during func() error) (n float64, err error) {
		var counted [2]float64
		for i := range counted {
			if i == 1 {
				if err := during(); err != nil {
					return 0, err
				}
			}
			_ = lab.Pause(ctx, 2*time.Second) // sessions report their work after a second of idleness
			err := db.QueryRow(ctx, "SELECT xact_commit + xact_rollback FROM pg_stat_database "+
				"WHERE datname = current_database()").Scan(&counted[i])
			if err != nil {
				return 0, err
			}
		}
		return counted[1] - counted[0], nil
	}
	few := min(100, d.Shape().Users) // all of them are in memory
	next := n.Caller.Effective(d, few)
	for range l.Rounds + 1 {
		idle, err := count(func() error { return lab.Pause(ctx, l.Burst) })
		if err != nil {
			return nil, err
		}
		asked := 0.0
		busy, err := count(func() error {
			perSecond, err := measure.Saturate(ctx, n.Addr, lab.Connections, l.Burst,
				func(r *rand.Rand) (string, []byte) { return next(r) })
			asked = perSecond * l.Burst.Seconds()
			return err
		})
		if err != nil {
			return nil, err
		}
		l.Note(fmt.Sprintf("%.0f transactions of idle nodes, %.0f beside %.0f requests", idle, busy, asked))
		each = append(each, max(0, busy-idle)/asked)
	}
	return each[1:], nil // the first round reads the users
}

// revocation ends a token on one node, and returns how long another node accepts it.
func revocation(ctx context.Context, on, other string) (float64, error) {
	c, err := lab.Login(ctx, &measure.Process{Addr: on})
	if err != nil {
		return 0, err
	}
	there := lab.Caller{Addr: other, Head: c.Head}
	if _, err := there.Get(ctx, "/v1/me"); err != nil {
		return 0, err
	}
	status, reply, err := lab.AskOnce(ctx, on, "DELETE /api/4.0/logout HTTP/1.1\r\n"+c.Head, nil)
	if err != nil || status/100 != 2 {
		return 0, fmt.Errorf("the logout was answered %d: %.200s: %w", status, reply, err)
	}
	for begin := time.Now(); time.Since(begin) < 10*time.Second; {
		status, _, err := lab.AskOnce(ctx, other, "GET /v1/me HTTP/1.1\r\n"+c.Head, nil)
		if err != nil {
			return 0, err
		}
		if status == 401 {
			return time.Since(begin).Seconds(), nil
		}
	}
	return 0, errors.New("a token that one node ended is good on another 10 s later")
}
