package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"cohort/internal/auth"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/metrics"
	"cohort/internal/oauth"
	"cohort/internal/server"
	"cohort/internal/store/sqlite"
	"cohort/perf/measure"
)

// effectiveOverHTTP compares the program with its own server answering the
// same bytes from a constant.
func effectiveOverHTTP(ctx context.Context, l *lab) (r measure.Result, err error) {
	shape := l.plain(l.scaled(100_000), 20)
	users := shape.Users * 9 / 10 // what the cache holds by default
	path, d, err := l.fixture(ctx, "plain-20", shape)
	if err != nil {
		return r, err
	}
	p, c, err := l.serveAndLogin(ctx, "--data", path)
	if err != nil {
		return r, err
	}
	defer p.Close()
	if err := c.warm(ctx, d, users); err != nil {
		return r, err
	}
	before, after := effectivePath(d)
	reply, err := c.get(ctx, before+directory.FormatID(d.UserID(1))+after)
	if err != nil {
		return r, err
	}
	q, k, err := l.constant(ctx, reply)
	if err != nil {
		return r, err
	}
	defer q.Close()
	program := &contest{name: "cohort serve", process: p, next: c.effective(d, users)}
	floor := &contest{name: "the constant", process: q, next: k.effective(d, users)}
	if err := l.compete(ctx, program, floor); err != nil {
		return r, err
	}
	r.AtMost("processor time of the server for an effective-value request over HTTP, 20 attributes", 50e-6, measure.Seconds, program.cpu)
	r.AtLeast("its throughput, against a handler of the same server that answers the same bytes from a constant", 0.7, measure.Ratio, program.rate.Per(floor.rate))
	noteContest(&r, program)
	noteContest(&r, floor)
	r.Note("The constant has %d bytes and stands behind the same router, log, metrics, rate limits and check of the token. Processor time: %s of the constant's.",
		len(reply), measure.Ratio.Format(program.cpu.Per(floor.cpu).Median()))
	r.Note("%d connections, each with one request at a time; the client shares the cores with the servers. %d users in random order.", connections, users)
	return r, nil
}

func (l *lab) serveAndLogin(ctx context.Context, storage ...string) (*measure.Process, *caller, error) {
	p, err := l.serve(ctx, storage...)
	if err != nil {
		return nil, nil, err
	}
	c, err := login(ctx, p)
	if err != nil {
		return nil, nil, errors.Join(err, p.Close())
	}
	return p, c, nil
}

// constant starts the server that answers a constant.
func (l *lab) constant(ctx context.Context, reply []byte) (*measure.Process, *caller, error) {
	folder, err := l.folder("constant")
	if err != nil {
		return nil, nil, err
	}
	body := filepath.Join(folder, "body")
	if err := os.WriteFile(body, reply, 0o600); err != nil {
		return nil, nil, err
	}
	p, err := measure.Start(ctx, measure.Command{
		Program: l.Self, Args: []string{"constant", "-body", body, "-data", filepath.Join(folder, "data")}, Log: filepath.Join(folder, "log"),
	})
	if err != nil {
		return nil, nil, err
	}
	c, err := login(ctx, p)
	if err != nil {
		return nil, nil, errors.Join(err, p.Close())
	}
	return p, c, nil
}

// serveConstant serves the native path of effective values with a constant,
// put together as the program puts itself together.
func serveConstant(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("perf constant", flag.ContinueOnError)
	body := flags.String("body", "", "file with the reply")
	data := flags.String("data", "", "data directory, for the credentials")
	if err := flags.Parse(args); err != nil {
		return err
	}
	reply, err := os.ReadFile(*body)
	if err != nil {
		return err
	}
	log := slog.New(httpkit.NewLateLog(os.Stderr, func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) }))
	st, err := sqlite.Open(ctx, *data)
	if err != nil {
		return err
	}
	o, err := openStore(ctx, st, core.Options{Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	if _, _, err := o.core.Bootstrap(ctx, clientID, clientSecret); err != nil {
		return err
	}
	s, err := server.Listen(ctx, constantServer(o, reply, log))
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "listening on "+s.Addr())
	return s.Serve(ctx)
}

func constantServer(o *opened, reply []byte, log *slog.Logger) server.Config {
	sessions := auth.New(o.store, sessionsConfig(o))
	figures := metrics.New("perf", "", "")
	gate := httpkit.Gate{Limit: generousLimit(), ClientAddr: func(r *http.Request) netip.Addr {
		return auth.Proxies(nil).Client(r.RemoteAddr, r.Header.Values("X-Forwarded-For"))
	}}
	router := httpkit.NewRouter(httpkit.RouterConfig{
		Log: log, Now: time.Now, Observe: figures.Observe,
		Render: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadRequest)
		},
	})
	identify := httpkit.ByToken(sessions, errors.New("no token"))
	router.Handle("GET /v1/users/{user}/effective", func(w http.ResponseWriter, r *http.Request) error {
		if _, _, err := gate.Admit(r, "native", identify); err != nil {
			return err
		}
		httpkit.WriteBody(w, http.StatusOK, "application/json", reply)
		return nil
	})
	tokens := oauth.New(oauth.Config{Sessions: sessions, Log: log, Now: time.Now, Gate: gate, Observe: figures.Observe})
	mounts := map[string]http.Handler{"/v1/": router}
	for _, path := range oauth.Mounts() {
		mounts[path] = tokens
	}
	return server.Config{Addr: "127.0.0.1:0", Mounts: mounts, Observe: figures.Observe, Log: log, Now: time.Now}
}

// sessionsConfig is that of the program on SQLite.
func sessionsConfig(o *opened) auth.Config {
	return auth.Config{Revision: func() directory.Revision { return o.core.Head().Revision }}
}

// generousLimit is the program's limit by address and by credential, set so
// high that it refuses nothing.
func generousLimit() func(netip.Addr, directory.Caller) error {
	keys := auth.DefaultLimiterConfig().Keys
	byAddress := auth.NewLimiter(auth.LimiterConfig{Rate: 1e7, Burst: 1e7, Keys: keys})
	byCredential := auth.NewLimiter(auth.LimiterConfig{Rate: 1e7, Burst: 1e7, Keys: keys})
	return func(from netip.Addr, caller directory.Caller) error {
		limiter, key := byAddress, auth.AddressKey(from)
		if caller != (directory.Caller{}) {
			limiter, key = byCredential, strconv.FormatInt(int64(caller.Credential), 10)
		}
		if ok, _ := limiter.Allow(key); !ok {
			return errors.New("too fast")
		}
		return nil
	}
}
