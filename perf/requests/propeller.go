package requests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"cohort/internal/directory"
	"cohort/perf/constant"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// PropellerReads compares a usergroup and a user in the Propeller format with constants of the
// same bytes.
func PropellerReads(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	shape := l.Plain(l.Scaled(100_000), 20)
	path, d, err := l.Fixture(ctx, "plain-20", shape)
	if err != nil {
		return r, err
	}
	p, c, err := l.ServeAndLogin(ctx, "--data", path)
	if err != nil {
		return r, err
	}
	defer p.Close()
	if err := c.Warm(ctx, d, shape.Users*9/10); err != nil {
		return r, err
	}
	for _, door := range []struct {
		name, path string
		id         func(*rand.Rand) string
	}{
		{"GET /usergroups/id/N", "/usergroups/id/",
			func(r *rand.Rand) string { return directory.FormatID(d.Group(r.IntN(shape.Groups))) }},
		{"GET /users/id/N", "/users/id/",
			func(r *rand.Rand) string { return directory.FormatID(d.UserID(r.IntN(shape.Users * 9 / 10))) }},
	} {
		next := func(r *rand.Rand) (string, []byte) {
			return "GET " + door.path + door.id(r) + " HTTP/1.1\r\n" + c.Head, nil
		}
		reply, err := c.Get(ctx, door.path+door.id(rand.New(rand.NewPCG(1, 2))))
		if err != nil {
			return r, err
		}
		if err := constant.Compare(ctx, l, &r, door.name+" of the Propeller format", 2, reply,
			&lab.Competitor{Name: door.name, Process: p, Next: next}); err != nil {
			return r, err
		}
	}
	r.Note("%d connections, each with one request at a time; usergroups and users in random order, of %d and %d.",
		lab.Connections, shape.Groups, shape.Users)
	return r, nil
}

// PropellerBulk measures how long calls of many items take, and how long another writer waits
// meanwhile.
func PropellerBulk(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	path, err := l.Folder("propeller-bulk")
	if err != nil {
		return r, err
	}
	p, c, err := l.ServeAndLogin(ctx, "--data", path)
	if err != nil {
		return r, err
	}
	defer p.Close()
	n, addresses := l.Scaled(10_000), l.Scaled(1000)
	for range 2 {
		if err := c.Write(ctx, "POST /usergroups", `{"name":"written to"}`); err != nil {
			return r, err
		}
	}
	calls := lab.BulkCalls(0, n, addresses)
	took, waits := make([]measure.Samples, len(calls)), make([]measure.Samples, len(calls))
	for round := range l.Rounds {
		for i, call := range lab.BulkCalls(round, n, addresses) {
			seconds, wait, err := bulk(ctx, c, call)
			if err != nil {
				return r, err
			}
			l.Note(fmt.Sprintf("%s: %s, another writer waited %s", call.Name, measure.Seconds.Format(seconds),
				measure.Seconds.Format(wait)))
			took[i], waits[i] = append(took[i], seconds), append(waits[i], wait)
		}
	}
	for i, call := range calls {
		r.AtMost(call.Name, call.AtMost, measure.Seconds, took[i])
		r.AtMost("the longest wait of another writer meanwhile", 0.1, measure.Seconds, waits[i])
	}
	r.Note("One caller over HTTP on SQLite; another sends one write after the other meanwhile. Each round has other " +
		"items: all of them are made.")
	return r, nil
}

// bulk makes a call while another writer writes. It returns the time of the call and the
// longest wait of the other writer.
func bulk(ctx context.Context, c *lab.Caller, call lab.BulkCall) (took, wait float64, err error) {
	done := make(chan error, 1)
	over := make(chan struct{})
	go func() {
		var err error
		for i := 0; err == nil; i++ {
			select {
			case <-over:
				done <- nil
				return
			default:
			}
			begin := time.Now()
			err = c.Write(ctx, "PATCH /usergroups/id/3", fmt.Sprintf(`{"notes":"%d"}`, begin.UnixNano()))
			wait = max(wait, time.Since(begin).Seconds())
		}
		done <- err
	}()
	took, err = measure.Elapsed(func() error {
		reply, err := c.Send(ctx, "POST "+call.Target, call.Body)
		if err == nil && strings.Contains(string(reply), `"success":false`) {
			err = fmt.Errorf("%s: %.500s", call.Target, reply)
		}
		return err
	})
	close(over)
	return took, wait, errors.Join(err, <-done)
}
