package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/measure"
)

// Limits of what others wait during a storm, and of the memory of the server.
const (
	maxStormP99    = 1.0  // seconds
	maxStormMemory = 1024 // MiB: the limit of the container in deploy/kubernetes
	stormPause     = 25 * time.Millisecond
)

// storms attacks a server at its default limits, and measures how others are served
// meanwhile.
func storms(ctx context.Context, l *lab) (r measure.Result, err error) {
	path, d, err := l.fixture(ctx, "storms", sample.Budget(l.scaled(100_000)))
	if err != nil {
		return r, err
	}
	if path, err = l.copied(path); err != nil {
		return r, err
	}
	if err := l.stormsOn(ctx, &r, d, "SQLite", "--data", path); err != nil {
		return r, err
	}
	if l.Postgres == "" {
		r.Note("There was no PostgreSQL.")
		return r, nil
	}
	url, err := l.filledDatabase(ctx, "storms", d.Shape())
	if err != nil {
		return r, err
	}
	return r, l.stormsOn(ctx, &r, d, "PostgreSQL", "--database", url)
}

// stormsOn attacks a server on one engine.
func (l *lab) stormsOn(
	ctx context.Context, r *measure.Result, d *sample.Directory, engine string, storage ...string,
) (err error) {
	p, err := l.serveAsShipped(ctx, storage...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	administrator, err := login(ctx, p)
	if err != nil {
		return err
	}
	o := everyday(p.Addr, administrator, d)
	idle, _, err := p.Memory()
	if err != nil {
		return err
	}
	table := measure.Table{Title: "Others during an attack, on " + engine, Head: []string{
		"Attack", "health p99", "me p99", "read p99", "write p99", "login p99", "asked", "refused", "memory at most",
		"answers to the attacker",
	}}
	var all measure.Samples
	for i, s := range stormList() {
		a, err := l.newAttacker(ctx, p, administrator, d, i)
		if err != nil {
			return err
		}
		peak, err := l.storm(ctx, p, s, a, o)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		worst, row := 0.0, []string{s.name}
		for i := range o.times {
			p99 := o.times[i].Quantile(0.99)
			worst, row = max(worst, p99), append(row, measure.Seconds.Format(p99))
		}
		r.AtMost(s.name+" on "+engine+": p99 of what others ask meanwhile", maxStormP99, measure.Seconds,
			measure.Samples{worst})
		r.AtMost("of that, refused or without an answer", 0, measure.Count, measure.Samples{float64(len(o.refused))})
		for _, why := range o.refused[:min(len(o.refused), 3)] {
			l.note(s.name + ": refused: " + why)
		}
		table.Rows = append(table.Rows, append(row, strconv.Itoa(o.asked()), strconv.Itoa(len(o.refused)),
			measure.MiB.Format(peak), a.heard()))
		all = append(all, peak)
	}
	after, _, err := p.Memory()
	if err != nil {
		return err
	}
	r.AtMost("memory of the server on "+engine+" in all of that", maxStormMemory, measure.MiB,
		measure.Samples{all.Quantile(1)})
	r.Note("%s: %s resident before the attacks, %s after the last.", engine, measure.MiB.Format(idle),
		measure.MiB.Format(after))
	r.Tables = append(r.Tables, table)
	return nil
}

// serveAsShipped starts the program with the limits that it has by itself, and the
// memory that it has in a container.
func (l *lab) serveAsShipped(ctx context.Context, storage ...string) (*measure.Process, error) {
	log, err := l.folder("log")
	if err != nil {
		return nil, err
	}
	return measure.Start(ctx, measure.Command{
		Program: l.Cohort, Args: append([]string{"serve", "--addr", "127.0.0.1:0"}, storage...),
		Log: filepath.Join(log, "log"),
		Env: append(serverEnv(), "GOMEMLIMIT=900MiB"), // as in deploy/kubernetes
	})
}

// storm lets one attack run for a while, and returns the most memory meanwhile.
func (l *lab) storm(
	ctx context.Context, p *measure.Process, s storm, a *attacker, o *others,
) (peak float64, err error) {
	o.begin()
	attack, end := context.WithCancel(ctx)
	defer end()
	var wg sync.WaitGroup
	wg.Go(func() { s.run(attack, a) })
	for i := range o.asks {
		wg.Go(func() { o.keepAsking(attack, i) })
	}
	for over := time.Now().Add(5 * l.Burst); time.Now().Before(over) && pause(ctx, stormPause) == nil; {
		now, _, err := p.Memory()
		if err != nil {
			end()
			wg.Wait()
			return 0, errors.Join(errors.New("the server has ended"), err)
		}
		peak = max(peak, now)
	}
	end()
	wg.Wait()
	l.note(fmt.Sprintf("%s: %s at most; the attacker heard %s", s.name, measure.MiB.Format(peak), a.heard()))
	return peak, ctx.Err()
}

// others are a caller who does what people do every day.
type others struct {
	addr  string
	asks  []func(n int) (head string, body []byte)
	times []measure.Samples

	mu      sync.Mutex
	refused []string
}

func (o *others) begin() { o.times, o.refused = make([]measure.Samples, len(o.asks)), nil }

func (o *others) asked() (n int) {
	for _, t := range o.times {
		n += len(t)
	}
	return n
}

// keepAsking asks one thing again and again, on connections of its own: whoever
// comes newly is served, too.
func (o *others) keepAsking(ctx context.Context, i int) {
	for n := 0; ctx.Err() == nil; n++ {
		head, body := o.asks[i](n)
		begin := time.Now()
		status, reply, err := askOnce(context.WithoutCancel(ctx), o.addr, head, body)
		o.times[i] = append(o.times[i], time.Since(begin).Seconds())
		if err != nil || status/100 != 2 {
			o.mu.Lock()
			o.refused = append(o.refused, fmt.Sprintf("%.40s: %d %.200s %v", head, status, reply, err))
			o.mu.Unlock()
		}
		_ = pause(ctx, stormPause)
	}
}

func askOnce(ctx context.Context, addr, head string, body []byte) (status int, reply []byte, err error) {
	conn, err := measure.Dial(ctx, addr)
	if err != nil {
		return 0, nil, err
	}
	defer conn.Close()
	status, reply, err = conn.Do(head, body)
	return status, bytes.Clone(reply), err
}

// newAttacker makes the accounts of an attacker, who has asked for nothing yet.
func (l *lab) newAttacker(ctx context.Context, p *measure.Process, c *caller, d *sample.Directory,
	i int) (*attacker, error) {
	a := &attacker{addr: p.Addr, d: d, answers: map[int]int{}}
	for _, one := range []struct {
		as          **caller
		id, granted string
	}{
		{&a.ordinary, fmt.Sprint("ordinary", i), ""},
		{&a.manager, fmt.Sprint("manager", i), `"see_users","manage_users","manage_groups","read_effective","set_values"`},
	} {
		edits := `{"edit":"create_user","first_name":"` + one.id + `"},` +
			`{"edit":"create_api_credential","user":"$0","client_id":"` + one.id + `"}`
		if one.granted != "" {
			edits += `,{"edit":"create_permission_set","name":"` + one.id + `","permissions":[` + one.granted + `]},` +
				`{"edit":"create_role","name":"` + one.id + `","permission_set":"$2","model_set":"1"},` +
				`{"edit":"set_user_roles","user":"$0","roles":["$3"]}`
		}
		reply, err := c.askFor(ctx, "POST /v1/changes", `{"edits":[`+edits+`]}`)
		if err != nil {
			return nil, err
		}
		_, rest, ok := bytes.Cut(reply, []byte(`"secret":"`))
		secret, _, _ := bytes.Cut(rest, []byte(`"`))
		if !ok {
			return nil, fmt.Errorf("no secret in %.300s", reply)
		}
		if *one.as, err = loginAs(ctx, p, one.id, string(secret)); err != nil {
			return nil, err
		}
		a.secrets = append(a.secrets, [2]string{one.id, string(secret)})
	}
	return a, a.getOwn(ctx, c, i)
}

// getOwn gives the ordinary user an attribute that it may edit.
func (a *attacker) getOwn(ctx context.Context, c *caller, i int) error {
	reply, err := c.askFor(ctx, "POST /v1/changes", fmt.Sprintf(`{"edits":[{"edit":"create_attribute","name":"own%d",`+
		`"type":"string","label":"Own %d","user_can_view":true,"user_can_edit":true}]}`, i, i))
	if err == nil {
		a.own, err = idOf(reply)
	}
	if err != nil {
		return err
	}
	if reply, err = a.ordinary.get(ctx, "/v1/me"); err == nil {
		a.self, err = idOf(reply)
	}
	return err
}

// idOf is the first id in a reply.
func idOf(reply []byte) (string, error) {
	_, rest, ok := bytes.Cut(reply, []byte(`"id":"`))
	id, _, end := bytes.Cut(rest, []byte(`"`))
	if !ok || !end {
		return "", fmt.Errorf("no id in %.300s", reply)
	}
	return string(id), nil
}

// everyday is what the others ask.
func everyday(addr string, c *caller, d *sample.Directory) *others {
	names := []string{d.Name(0), d.Name(1), d.Name(2)}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}}
	get := func(path string) string { return "GET " + path + " HTTP/1.1\r\n" + c.head }
	return &others{addr: addr, asks: []func(int) (string, []byte){
		func(int) (string, []byte) { return "GET /healthz HTTP/1.1\r\nHost: perf\r\n", nil },
		func(int) (string, []byte) { return get("/v1/me"), nil },
		func(n int) (string, []byte) {
			return get("/v1/users/" + directory.FormatID(d.UserID(n*7919%d.Shape().Users)) + "/effective?attributes=" +
				names[0] + "," + names[1] + "," + names[2]), nil
		},
		func(n int) (string, []byte) {
			body, _ := json.Marshal(map[string]any{"edits": []any{map[string]string{ // texts only: it cannot fail
				"edit": "update_user", "user": directory.FormatID(d.UserID(n % 100)),
				"first_name": fmt.Sprint("Ada", n, rand.Int64()),
			}}})
			return "POST /v1/changes HTTP/1.1\r\n" + c.head + "Content-Type: application/json\r\n", body
		},
		func(int) (string, []byte) {
			return "POST /oauth2/token HTTP/1.1\r\nHost: perf\r\nContent-Type: application/x-www-form-urlencoded\r\n",
				[]byte(form.Encode())
		},
	}}
}
