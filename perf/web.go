package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/measure"
)

// connections is how many requests clients have under way.
const connections = 8

// limits that do not get in the way; the limiters themselves are at work.
func limits() []string {
	return []string{
		"--credential-rate=10000000", "--credential-burst=10000000", "--address-rate=10000000", "--address-burst=10000000",
		"--credential-cost=1000000000", "--credential-cost-burst=1000000000", "--credential-requests=0",
	}
}

// serve starts the program, as it is shipped, on a data directory or a
// database. Its log goes to a file.
func (l *lab) serve(ctx context.Context, storage ...string) (*measure.Process, error) {
	log, err := l.folder("log")
	if err != nil {
		return nil, err
	}
	args := append(append([]string{"serve", "--addr", "127.0.0.1:0"}, storage...), limits()...)
	return measure.Start(ctx, measure.Command{
		Program: l.Cohort, Args: args, Log: filepath.Join(log, "log"),
		Env: serverEnv(),
	})
}

// serverEnv is the environment of a server: its keys and its administrator.
func serverEnv() []string {
	return []string{"COHORT_CLIENT_ID=" + clientID, "COHORT_CLIENT_SECRET=" + clientSecret, "COHORT_KEY=" + sealingKey}
}

// A caller is a client that has logged in.
type caller struct {
	addr string
	head string // header lines that every request has
}

func login(ctx context.Context, p *measure.Process) (*caller, error) {
	return loginAs(ctx, p, clientID, clientSecret)
}

func loginAs(ctx context.Context, p *measure.Process, id, secret string) (*caller, error) {
	c, err := measure.Dial(ctx, p.Addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	status, reply, err := c.Do("POST /oauth2/token HTTP/1.1\r\nHost: perf\r\nContent-Type: "+
		"application/x-www-form-urlencoded\r\n", []byte(form.Encode()))
	if err != nil {
		return nil, err
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(reply, &token); err != nil || status != 200 {
		return nil, fmt.Errorf("the login was answered %d: %s: %w", status, reply, err)
	}
	return &caller{addr: p.Addr, head: "Host: perf\r\nAuthorization: Bearer " + token.AccessToken + "\r\n"}, nil
}

// get asks once.
func (c *caller) get(ctx context.Context, path string) ([]byte, error) {
	return c.ask(ctx, "GET "+path+" HTTP/1.1\r\n"+c.head, nil)
}

// post sends JSON once.
func (c *caller) post(ctx context.Context, path string, body any) error {
	b, err := json.Marshal(body)
	if err == nil {
		_, err = c.ask(ctx, "POST "+path+" HTTP/1.1\r\n"+c.head+"Content-Type: application/json\r\n", b)
	}
	return err
}

func (c *caller) ask(ctx context.Context, head string, body []byte) ([]byte, error) {
	conn, err := measure.Dial(ctx, c.addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return ask(conn, head, body)
}

// ask asks on a connection.
func ask(conn *measure.Conn, head string, body []byte) ([]byte, error) {
	status, reply, err := conn.Do(head, body)
	if err == nil && status != 200 {
		line, _, _ := strings.Cut(head, "\r\n")
		err = fmt.Errorf("%s was answered %d: %.300s", line, status, reply)
	}
	return reply, err
}

// effectivePath asks for all attributes of a sample, by name.
func effectivePath(d *sample.Directory) (before, after string) {
	names := make([]string, d.Shape().Attributes)
	for i := range names {
		names[i] = d.Name(i)
	}
	return "/v1/users/", "/effective?attributes=" + strings.Join(names, ",")
}

// effective makes requests for the effective values of users in random order.
func (c *caller) effective(d *sample.Directory, users int) measure.Requester {
	before, after := effectivePath(d)
	return func(r *rand.Rand) (string, []byte) {
		user := directory.FormatID(d.UserID(r.IntN(users)))
		return "GET " + before + user + after + " HTTP/1.1\r\n" + c.head, nil
	}
}

// warm makes the server read users into its cache, and keep documents of them,
// which it does when it is asked for the second time. Each is asked for by
// itself: questions about many go past the cache.
func (c *caller) warm(ctx context.Context, d *sample.Directory, users int) error {
	before, after := effectivePath(d)
	errs := make([]error, connections)
	var wg sync.WaitGroup
	for i := range connections {
		wg.Go(func() {
			conn, err := measure.Dial(ctx, c.addr)
			if err != nil {
				errs[i] = err
				return
			}
			defer conn.Close()
			for n := i; n < 2*users && errs[i] == nil; n += connections {
				_, errs[i] = ask(conn, "GET "+before+directory.FormatID(d.UserID(n%users))+after+" HTTP/1.1\r\n"+c.head, nil)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// A burst is how a server did in one round.
type burst struct {
	perSecond float64
	cpu       float64 // seconds for each request
}

// saturate keeps a server busy for a while.
func (l *lab) saturate(ctx context.Context, p *measure.Process, next measure.Requester) (b burst, err error) {
	before, err := p.CPU()
	if err != nil {
		return b, err
	}
	begin := time.Now()
	if b.perSecond, err = measure.Saturate(ctx, p.Addr, connections, l.Burst, next); err != nil {
		return b, err
	}
	took := time.Since(begin).Seconds()
	after, err := p.CPU()
	b.cpu = (after - before) / (b.perSecond * took)
	return b, err
}

// A contest is a server that takes part in a comparison, and what came of it.
type contest struct {
	name      string
	process   *measure.Process
	next      measure.Requester
	cpu, rate measure.Samples
}

// compete lets servers take turns at being busy.
func (l *lab) compete(ctx context.Context, contests ...*contest) error {
	var sides []measure.Side
	for _, c := range contests {
		if _, err := l.saturate(ctx, c.process, c.next); err != nil { // the first time is slower
			return fmt.Errorf("%s: %w", c.name, err)
		}
		sides = append(sides, measure.Side{Name: c.name + ", requests/s", Run: func(ctx context.Context) (float64, error) {
			b, err := l.saturate(ctx, c.process, c.next)
			c.cpu, c.rate = append(c.cpu, b.cpu), append(c.rate, b.perSecond)
			return b.perSecond, err
		}})
	}
	_, err := l.alternate(ctx, sides...)
	return err
}

// noteContest says what a server did.
func noteContest(r *measure.Result, c *contest) {
	r.Note("%s: %s, %s of processor time a request.", c.name, measure.Rate.Format(c.rate.Median()),
		measure.Seconds.Format(c.cpu.Median()))
}
