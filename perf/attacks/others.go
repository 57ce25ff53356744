package attacks

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
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// Limits for other callers and the server's memory during an attack.
const (
	maxP99       = 1.0  // seconds
	maxMemory    = 1024 // MiB: the limit of the container in deploy/kubernetes
	pauseBetween = 25 * time.Millisecond
)

// Attacks attacks a server at its default limits, and measures how other callers are served
// meanwhile.
func Attacks(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	path, d, err := l.Fixture(ctx, "storms", sample.Budget(l.Scaled(100_000)))
	if err != nil {
		return r, err
	}
	if path, err = l.Copied(path); err != nil {
		return r, err
	}
	if err := attackOn(ctx, l, &r, d, "SQLite", "--data", path); err != nil {
		return r, err
	}
	if l.Postgres == "" {
		r.Note("There was no PostgreSQL.")
		return r, nil
	}
	url, err := l.FilledDatabase(ctx, "storms", d.Shape())
	if err != nil {
		return r, err
	}
	return r, attackOn(ctx, l, &r, d, "PostgreSQL", "--database", url)
}

// attackOn attacks a server on one engine.
func attackOn(
	ctx context.Context, l *lab.Lab, r *measure.Result, d *sample.Directory, engine string, storage ...string,
) (err error) {
	p, err := serveAsShipped(ctx, l, storage...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	administrator, err := lab.Login(ctx, p)
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
	for i, s := range allAttacks() {
		a, err := newAttacker(ctx, p, administrator, d, i)
		if err != nil {
			return err
		}
		peak, err := runAttack(ctx, l, p, s, a, o)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		worst, row := 0.0, []string{s.name}
		for i := range o.times {
			p99 := o.times[i].Quantile(0.99)
			worst, row = max(worst, p99), append(row, measure.Seconds.Format(p99))
		}
		r.AtMost(s.name+" on "+engine+": p99 of what others ask meanwhile", maxP99, measure.Seconds,
			measure.Samples{worst})
		r.AtMost("of that, refused or without an answer", 0, measure.Count, measure.Samples{float64(len(o.refused))})
		for _, why := range o.refused[:min(len(o.refused), 3)] {
			l.Note(s.name + ": refused: " + why)
		}
		table.Rows = append(table.Rows, append(row, strconv.Itoa(o.asked()), strconv.Itoa(len(o.refused)),
			measure.MiB.Format(peak), a.heard()))
		all = append(all, peak)
	}
	after, _, err := p.Memory()
	if err != nil {
		return err
	}
	r.AtMost("memory of the server on "+engine+" in all of that", maxMemory, measure.MiB,
		measure.Samples{all.Quantile(1)})
	r.Note("%s: %s resident before the attacks, %s after the last.", engine, measure.MiB.Format(idle),
		measure.MiB.Format(after))
	r.Tables = append(r.Tables, table)
	return nil
}

// serveAsShipped starts the program with its default limits and the memory of its container.
func serveAsShipped(ctx context.Context, l *lab.Lab, storage ...string) (*measure.Process, error) {
	log, err := l.Folder("log")
	if err != nil {
		return nil, err
	}
	return measure.Start(ctx, measure.Command{
		Program: l.Cohort, Args: append([]string{"serve", "--addr", "127.0.0.1:0"}, storage...),
		Log: filepath.Join(log, "log"),
		Env: append(lab.ServerEnv(), "GOMEMLIMIT=900MiB"), // as in deploy/kubernetes
	})
}

// runAttack runs one attack for a while, and returns the peak of the server's memory.
func runAttack(
	ctx context.Context, l *lab.Lab, p *measure.Process, s attack, a *attacker, o *others,
) (peak float64, err error) {
	o.begin()
	attack, end := context.WithCancel(ctx)
	defer end()
	var wg sync.WaitGroup
	wg.Go(func() { s.run(attack, a) })
	for i := range o.asks {
		wg.Go(func() { o.keepAsking(attack, i) })
	}
	for over := time.Now().Add(5 * l.Burst); time.Now().Before(over) && lab.Pause(ctx, pauseBetween) == nil; {
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
	l.Note(fmt.Sprintf("%s: %s at most; the attacker heard %s", s.name, measure.MiB.Format(peak), a.heard()))
	return peak, ctx.Err()
}

// others is a caller that does everyday work.
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

// keepAsking repeats one request, each on a new connection, so that new clients are measured.
func (o *others) keepAsking(ctx context.Context, i int) {
	for n := 0; ctx.Err() == nil; n++ {
		head, body := o.asks[i](n)
		begin := time.Now()
		status, reply, err := lab.AskOnce(context.WithoutCancel(ctx), o.addr, head, body)
		o.times[i] = append(o.times[i], time.Since(begin).Seconds())
		if err != nil || status/100 != 2 {
			o.mu.Lock()
			o.refused = append(o.refused, fmt.Sprintf("%.40s: %d %.200s %v", head, status, reply, err))
			o.mu.Unlock()
		}
		_ = lab.Pause(ctx, pauseBetween)
	}
}

// newAttacker creates the accounts of an attacker.
func newAttacker(ctx context.Context, p *measure.Process, c *lab.Caller, d *sample.Directory,
	i int) (*attacker, error) {
	a := &attacker{addr: p.Addr, d: d, answers: map[int]int{}}
	for _, one := range []struct {
		as          **lab.Caller
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
		reply, err := c.Send(ctx, "POST /v1/changes", `{"edits":[`+edits+`]}`)
		if err != nil {
			return nil, err
		}
		_, rest, ok := bytes.Cut(reply, []byte(`"secret":"`))
		secret, _, _ := bytes.Cut(rest, []byte(`"`))
		if !ok {
			return nil, fmt.Errorf("no secret in %.300s", reply)
		}
		if *one.as, err = lab.LoginAs(ctx, p, one.id, string(secret)); err != nil {
			return nil, err
		}
		a.secrets = append(a.secrets, [2]string{one.id, string(secret)})
	}
	return a, a.getOwn(ctx, c, i)
}

// getOwn creates an attribute that the ordinary user may edit.
func (a *attacker) getOwn(ctx context.Context, c *lab.Caller, i int) error {
	reply, err := c.Send(ctx, "POST /v1/changes", fmt.Sprintf(`{"edits":[{"edit":"create_attribute","name":"own%d",`+
		`"type":"string","label":"Own %d","user_can_view":true,"user_can_edit":true}]}`, i, i))
	if err == nil {
		a.own, err = lab.FirstID(reply)
	}
	if err != nil {
		return err
	}
	if reply, err = a.ordinary.Get(ctx, "/v1/me"); err == nil {
		a.self, err = lab.FirstID(reply)
	}
	return err
}

// everyday are the requests of everyday work.
func everyday(addr string, c *lab.Caller, d *sample.Directory) *others {
	names := []string{d.Name(0), d.Name(1), d.Name(2)}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {lab.ClientID},
		"client_secret": {lab.ClientSecret}}
	get := func(path string) string { return "GET " + path + " HTTP/1.1\r\n" + c.Head }
	return &others{addr: addr, asks: []func(int) (string, []byte){
		func(int) (string, []byte) { return "GET /healthz HTTP/1.1\r\nHost: perf\r\n", nil },
		func(int) (string, []byte) { return get("/v1/me"), nil },
		func(n int) (string, []byte) {
			return get("/v1/users/" + directory.FormatID(d.UserID(n*7919%d.Shape().Users)) + "/effective?attributes=" +
				names[0] + "," + names[1] + "," + names[2]), nil
		},
		func(n int) (string, []byte) {
			body, _ := json.Marshal(map[string]any{"edits": []any{map[string]string{ // texts can always be encoded
				"edit": "update_user", "user": directory.FormatID(d.UserID(n % 100)),
				"first_name": fmt.Sprint("Ada", n, rand.Int64()),
			}}})
			return "POST /v1/changes HTTP/1.1\r\n" + c.Head + "Content-Type: application/json\r\n", body
		},
		func(int) (string, []byte) {
			return "POST /oauth2/token HTTP/1.1\r\nHost: perf\r\nContent-Type: application/x-www-form-urlencoded\r\n",
				[]byte(form.Encode())
		},
	}}
}
