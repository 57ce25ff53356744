// Package constant serves a constant: the same bytes for every request, behind the same
// server, router, log, metrics, limits and token check as the program.
package constant

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
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// path is the path of the constant.
const path = "/constant"

// Requester makes requests for the constant.
func Requester(c *lab.Caller) measure.Requester {
	head := "GET " + path + " HTTP/1.1\r\n" + c.Head
	return func(*rand.Rand) (string, []byte) { return head, nil }
}

// Start starts a server of a constant.
func Start(ctx context.Context, l *lab.Lab, reply []byte) (*measure.Process, *lab.Caller, error) {
	return StartWithout(ctx, l, reply, "")
}

// StartWithout starts a server of a constant without a part of the stack; empty means with all
// parts.
func StartWithout(ctx context.Context, l *lab.Lab, reply []byte, part string) (*measure.Process, *lab.Caller, error) {
	folder, err := l.Folder("constant")
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
		Env: lab.ServerEnv(),
	})
	if err != nil {
		return nil, nil, err
	}
	c, err := lab.Login(ctx, p)
	if err != nil {
		return nil, nil, errors.Join(err, p.Close())
	}
	return p, c, nil
}

// Serve serves a constant with the settings and the parts of the program.
func Serve(ctx context.Context, args []string) (err error) {
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
	for _, limit := range lab.Limits() {
		name, value, _ := strings.Cut(strings.TrimPrefix(limit, "--"), "=")
		given[name] = value
	}
	settings, _, err := config.Load(given, lab.ServerEnv())
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
			kit = withoutPart(kit, *without)
			return map[string]http.Handler{path: surface(kit, tokens, reply, *without == "token")}
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

// withoutPart removes a part from a kit.
func withoutPart(kit dialect.Kit, part string) dialect.Kit {
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

// surface answers every request with the same bytes after it has identified the caller, as a
// dialect does.
func surface(kit dialect.Kit, tokens httpkit.Authenticator, reply []byte, anybody bool) http.Handler {
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
	router.Handle("GET "+path, func(w http.ResponseWriter, r *http.Request) error {
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

// ServeBare serves a constant with net/http alone.
func ServeBare(ctx context.Context, args []string) error {
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
			_, _ = w.Write(reply) // a client may be gone
		})}
	fmt.Fprintln(os.Stdout, "listening on "+l.Addr().String())
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// StartBare starts a server that serves a constant with net/http alone.
func StartBare(ctx context.Context, l *lab.Lab, reply []byte) (*measure.Process, error) {
	folder, err := l.Folder("bare")
	if err != nil {
		return nil, err
	}
	body := filepath.Join(folder, "body")
	if err := os.WriteFile(body, reply, 0o600); err != nil {
		return nil, err
	}
	return measure.Start(ctx, measure.Command{
		Program: l.Self, Args: []string{"bare", "-body", body}, Log: filepath.Join(folder, "log"),
	})
}
