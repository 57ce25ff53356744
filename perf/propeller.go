package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"cohort/internal/directory"
	"cohort/perf/measure"
)

// propellerReads compares what the Propeller format shows of one usergroup and of
// one user with the same server answering the same bytes from a constant.
func propellerReads(ctx context.Context, l *lab) (r measure.Result, err error) {
	shape := l.plain(l.scaled(100_000), 20)
	path, d, err := l.fixture(ctx, "plain-20", shape)
	if err != nil {
		return r, err
	}
	p, c, err := l.serveAndLogin(ctx, "--data", path)
	if err != nil {
		return r, err
	}
	defer p.Close()
	if err := c.warm(ctx, d, shape.Users*9/10); err != nil {
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
			return "GET " + door.path + door.id(r) + " HTTP/1.1\r\n" + c.head, nil
		}
		reply, err := c.get(ctx, door.path+door.id(rand.New(rand.NewPCG(1, 2))))
		if err != nil {
			return r, err
		}
		if err := l.againstConstant(ctx, &r, door.name+" of the Propeller format", 2, reply,
			&contest{name: door.name, process: p, next: next}); err != nil {
			return r, err
		}
	}
	r.Note("%d connections, each with one request at a time; usergroups and users in random order, of %d and %d.",
		connections, shape.Groups, shape.Users)
	return r, nil
}

// againstConstant compares the processor time of a request with that of the same
// server answering the same bytes from a constant.
func (l *lab) againstConstant(ctx context.Context, r *measure.Result, name string, most float64, reply []byte,
	program *contest) error {
	q, k, err := l.constant(ctx, reply)
	if err != nil {
		return err
	}
	defer q.Close()
	floor := &contest{name: "the constant of the same bytes", process: q, next: k.constantly()}
	if err := l.compete(ctx, program, floor); err != nil {
		return err
	}
	r.AtMost(name+": processor time against a constant of the same bytes", most, measure.Ratio, program.cpu.Per(floor.cpu))
	noteContest(r, program)
	noteContest(r, floor)
	return nil
}

// A bulkCall is a call of many items, and another writer meanwhile.
type bulkCall struct {
	name, target, body string
	most               float64 // seconds
}

// propellerBulk makes calls of many items, and measures how long they take and how
// long another writer waits meanwhile.
func propellerBulk(ctx context.Context, l *lab) (r measure.Result, err error) {
	path, err := l.folder("propeller-bulk")
	if err != nil {
		return r, err
	}
	p, c, err := l.serveAndLogin(ctx, "--data", path)
	if err != nil {
		return r, err
	}
	defer p.Close()
	n, addresses := l.scaled(10_000), l.scaled(1000)
	for range 2 {
		if err := c.write(ctx, "POST /usergroups", `{"name":"written to"}`); err != nil {
			return r, err
		}
	}
	calls := bulkCalls(0, n, addresses)
	took, waits := make([]measure.Samples, len(calls)), make([]measure.Samples, len(calls))
	for round := range l.Rounds {
		for i, call := range bulkCalls(round, n, addresses) {
			seconds, wait, err := c.bulk(ctx, call)
			if err != nil {
				return r, err
			}
			l.note(fmt.Sprintf("%s: %s, another writer waited %s", call.name, measure.Seconds.Format(seconds),
				measure.Seconds.Format(wait)))
			took[i], waits[i] = append(took[i], seconds), append(waits[i], wait)
		}
	}
	for i, call := range calls {
		r.AtMost(call.name, call.most, measure.Seconds, took[i])
		r.AtMost("the longest wait of another writer meanwhile", 0.1, measure.Seconds, waits[i])
	}
	r.Note("One caller over HTTP on SQLite; another sends one write after the other meanwhile. Each round has other " +
		"items: all of them are made.")
	return r, nil
}

func bulkCalls(round, n, addresses int) []bulkCall {
	compose := func(before, item string, n int, after string) string {
		var b strings.Builder
		b.WriteString(before)
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, item, round*n+i+1)
		}
		return b.String() + after
	}
	groups := compose(`{"usergroups":[`,
		`{"sourceId":"C%d","source":"erp","name":"Customer","notes":"from the ERP","parent":{"id":2}}`, n, `]}`)
	return []bulkCall{
		{name: fmt.Sprintf("%d usergroups in bulk, made", n), target: "/usergroups/bulk/sourceId", body: groups, most: 5},
		{name: "the same again, without a difference", target: "/usergroups/bulk/sourceId", body: groups, most: 5},
		{
			name: fmt.Sprintf("%d prices of a usergroup", n), target: "/usergroups/id/2/pricing", most: 2,
			body: compose(`{"products":[`, `{"id":%d,"pricing":{"type":"SP","amount":20}}`, n, `]}`),
		},
		{
			name:   fmt.Sprintf("%d addresses of a usergroup", addresses),
			target: fmt.Sprintf("/usergroups/sourceId/C%d/addresses/bulk", round*n+1), most: 1,
			body: compose(`{"addresses":[`, `{"code":"%d","type":"home","street":"Dam","city":"Amsterdam","country":"NL"}`,
				addresses, `]}`),
		},
	}
}

// write makes one write.
func (c *caller) write(ctx context.Context, line, body string) error {
	_, err := c.askFor(ctx, line, body)
	return err
}

func (c *caller) askFor(ctx context.Context, line, body string) ([]byte, error) {
	conn, err := measure.Dial(ctx, c.addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	status, reply, err := conn.Do(line+" HTTP/1.1\r\n"+c.head+"Content-Type: application/json\r\n", []byte(body))
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("%s was answered %d: %.300s", line, status, reply)
	}
	return reply, err
}

// bulk makes a call, while another writer sends one write after the other, and
// returns how long the call took and how long the other waited at most.
func (c *caller) bulk(ctx context.Context, call bulkCall) (took, wait float64, err error) {
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
			err = c.write(ctx, "PATCH /usergroups/id/3", fmt.Sprintf(`{"notes":"%d"}`, begin.UnixNano()))
			wait = max(wait, time.Since(begin).Seconds())
		}
		done <- err
	}()
	took, err = measure.Elapsed(func() error {
		reply, err := c.askFor(ctx, "POST "+call.target, call.body)
		if err == nil && strings.Contains(string(reply), `"success":false`) {
			err = fmt.Errorf("%s: %.500s", call.target, reply)
		}
		return err
	})
	close(over)
	return took, wait, errors.Join(err, <-done)
}
