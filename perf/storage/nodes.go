package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// Nodes writes on one node, and asks another until it has the value.
func Nodes(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	url, err := l.FilledDatabase(ctx, "nodes", l.Written())
	if err != nil {
		return r, err
	}
	both, stop, err := l.NodesOn(ctx, url, 2)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	d := sample.New(l.Written(), sample.Initialized())
	var all, commits measure.Samples
	found, err := l.Alternate(ctx, measure.Side{Name: "visible on the other node, p99, s",
		Run: func(ctx context.Context) (float64, error) {
			var times measure.Samples
			for i := range 200 {
				user := d.UserID(i % d.Shape().Users)
				text := fmt.Sprintf("seen-%d-%d", i, len(all))
				commit, visible, err := seen(ctx, both[0].Caller, both[1].Caller, user, d.Name(0), text)
				if err != nil {
					return 0, err
				}
				times, all, commits = append(times, visible), append(all, visible), append(commits, commit)
			}
			return times.Quantile(0.99), nil
		}})
	if err != nil {
		return r, err
	}
	r.AtMost("a write on one node visible on another, after its answer, p99", 100e-3, measure.Seconds, found[0])
	r.Note("All %d writes together: median %s, p99 %s, longest %s. A write takes %s. Nobody asks for a revision: the "+
		"other node learns by itself.", len(all),
		measure.Seconds.Format(all.Median()), measure.Seconds.Format(all.Quantile(0.99)),
		measure.Seconds.Format(all.Quantile(1)), measure.Seconds.Format(commits.Median()))
	return r, nil
}

// seen sets a value of a user on node a, and asks node b until it has the value. It returns
// the time of the write, and the time from its answer until the value is visible.
func seen(ctx context.Context, a, b *lab.Caller, user directory.UserID, attribute,
	value string) (commit, visible float64, err error) {
	id := directory.FormatID(user)
	commit, err = measure.Elapsed(func() error {
		return a.Post(ctx, "/v1/changes", map[string]any{"edits": []any{
			map[string]any{"edit": "set_user_value", "user": id, "attribute": attribute, "value": value},
		}})
	})
	if err != nil {
		return 0, 0, err
	}
	conn, err := measure.Dial(ctx, b.Addr)
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close()
	begin := time.Now()
	for time.Since(begin) < 10*time.Second {
		status, reply, err := conn.Do("GET /v1/users/"+id+"/effective/"+attribute+" HTTP/1.1\r\n"+b.Head, nil)
		if err != nil {
			return 0, 0, err
		}
		if status == 200 && bytes.Contains(reply, []byte(`"`+value+`"`)) {
			return commit, time.Since(begin).Seconds(), nil
		}
	}
	return 0, 0, errors.New("a value that one node took is not on the other after 10 s")
}
