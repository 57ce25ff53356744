package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
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
	floor := &contest{name: "the constant", process: q, next: k.constantly()}
	if err := l.compete(ctx, program, floor); err != nil {
		return r, err
	}
	r.AtMost("processor time of the server for an effective-value request over HTTP, 20 attributes", 50e-6,
		measure.Seconds, program.cpu)
	r.AtLeast("its throughput, against a handler of the same server that answers the same bytes from a constant", 0.7,
		measure.Ratio, program.rate.Per(floor.rate))
	noteContest(&r, program)
	noteContest(&r, floor)
	r.AtMost("its processor time, against the constant", 1.4, measure.Ratio, program.cpu.Per(floor.cpu))
	r.Note("The constant has %d bytes and is served by the same program, behind the same log, metrics, limits and check "+
		"of the token.", len(reply))
	r.Note("%d connections, each with one request at a time; the client shares the cores with the servers. %d users in "+
		"random order.", connections, users)
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

// constantPath is where the constant is served.
const constantPath = "/constant"

// constantly asks for the constant.
func (c *caller) constantly() measure.Requester {
	head := "GET " + constantPath + " HTTP/1.1\r\n" + c.head
	return func(*rand.Rand) (string, []byte) { return head, nil }
}

// constant starts the server that answers a constant.
func (l *lab) constant(ctx context.Context, reply []byte) (*measure.Process, *caller, error) {
	return l.constantWithout(ctx, reply, "")
}

// constantWithout leaves a part of the stack out; empty is none.
func (l *lab) constantWithout(ctx context.Context, reply []byte, part string) (*measure.Process, *caller, error) {
	folder, err := l.folder("constant")
	if err != nil {
		return nil, nil, err
	}
	body := filepath.Join(folder, "body")
	if err := os.WriteFile(body, reply, 0o600); err != nil {
		return nil, nil, err
	}
	p, err := measure.Start(ctx, measure.Command{
		Program: l.Self, Args: []string{"constant", "-body", body, "-data", filepath.Join(folder, "data"), "-without", part},
		Log: filepath.Join(folder, "log"),
		Env: serverEnv(),
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

// serveConstant serves a constant at /constant, put together as the program
// puts itself together, with the same settings.
func serveConstant(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("perf constant", flag.ContinueOnError)
	body := flags.String("body", "", "file with the reply")
	without := flags.String("without", "", "part of the stack to leave out: log, metrics, limits, hall, token")
	data := flags.String("data", "", "data directory, for the credentials")
	if err := flags.Parse(args); err != nil {
		return err
	}
	reply, err := os.ReadFile(*body)
	if err != nil {
		return err
	}
	given := config.Flags{"data": *data, "addr": "127.0.0.1:0"}
	for _, limit := range limits() {
		name, value, _ := strings.Cut(strings.TrimPrefix(limit, "--"), "=")
		given[name] = value
	}
	settings, _, err := config.Load(given, serverEnv())
	if err != nil {
		return err
	}
	log := app.NewLog(os.Stderr, settings)
	if *without == "log" {
		log = slog.New(slog.DiscardHandler)
	}
	a, err := app.Open(ctx, settings, app.Options{
		Log: log, Listen: true,
		Surface: func(kit dialect.Kit, tokens httpkit.Authenticator) map[string]http.Handler {
			kit = leave(kit, *without)
			return map[string]http.Handler{constantPath: constantSurface(kit, tokens, reply, *without == "token")}
		},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.Listen(ctx); err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "listening on "+a.Addr())
	return a.Serve(ctx)
}

// leave returns a kit without a part.
func leave(kit dialect.Kit, part string) dialect.Kit {
	switch part {
	case "metrics":
		kit.Observe = nil
	case "limits":
		kit.Limit = nil
	case "hall":
		kit.Limits = nil
	}
	return kit
}

// constantSurface answers every call with the same bytes, after it has found out
// who calls, as a dialect does.
func constantSurface(kit dialect.Kit, tokens httpkit.Authenticator, reply []byte, anybody bool) http.Handler {
	kit = kit.WithDefaults()
	router := kit.Router(func(w http.ResponseWriter, _ *http.Request, err error) {
		http.Error(w, err.Error(), dialect.Status(err))
	}, false)
	identify := httpkit.ByToken(tokens, errors.New("no token"))
	if anybody {
		identify = func(*http.Request) (directory.Caller, string, error) {
			return directory.Caller{User: 1, Credential: 1}, "", nil
		}
	}
	router.Handle("GET "+constantPath, func(w http.ResponseWriter, r *http.Request) error {
		call, err := kit.Admit(w, r, "constant", identify)
		if err != nil {
			return err
		}
		defer call.Close()
		call.ShowRevision()
		httpkit.WriteBody(call.W, http.StatusOK, "application/json", reply)
		return nil
	})
	return router
}

// serveBare serves the same bytes by nothing but net/http.
func serveBare(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("perf bare", flag.ContinueOnError)
	body := flags.String("body", "", "file with the reply")
	if err := flags.Parse(args); err != nil {
		return err
	}
	reply, err := os.ReadFile(*body)
	if err != nil {
		return err
	}
	var listening net.ListenConfig
	l, err := listening.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http.Server{ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(len(reply)))
			_, _ = w.Write(reply) // a client that has gone is no fault of the server
		})}
	fmt.Fprintln(os.Stdout, "listening on "+l.Addr().String())
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
