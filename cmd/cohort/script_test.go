package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/store/postgres/pgtest"
)

// TestMain provides the programs that scripts call: cohort itself, and a curl with the few
// flags that our documents use, so that no test depends on installed programs.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"cohort":       main,
		"import-dying": func() { os.Exit(importDying(os.Args[1:])) },
		"curl":         func() { os.Exit(curl(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, scripts(testscript.Params{Dir: "testdata/script"}))
}

// TestScriptsOnPostgreSQL runs the scripts that are not about the data directory with the data
// in a database.
func TestScriptsOnPostgreSQL(t *testing.T) {
	server := pgtest.Start(t, pgtest.Options{})
	testscript.Run(t, scripts(testscript.Params{
		Files: []string{"testdata/script/changes.txtar", "testdata/script/guard.txtar", "testdata/script/serve.txtar",
			"testdata/postgres/backup.txtar", "testdata/postgres/migrate.txtar"},
		Setup: func(env *testscript.Env) error {
			name := "script_" + strings.ToLower(rand.Text())
			server.Exec(t, "postgres", "CREATE DATABASE "+name)
			env.Setenv("COHORT_DATABASE", server.URL(name))
			server.Exec(t, "postgres", "CREATE DATABASE "+name+"_empty")
			env.Setenv("EMPTY", server.URL(name+"_empty"))
			if err := os.Mkdir(filepath.Join(env.WorkDir, "data"), 0o700); err != nil {
				return err
			}
			key := base64.StdEncoding.EncodeToString([]byte("a key that is of thirty-two bytes"[:32]))
			env.Setenv("COHORT_KEY", key)
			return os.WriteFile(filepath.Join(env.WorkDir, "data", "keys"), []byte(key+"\n"), 0o600)
		},
	}))
}

// scripts adds the commands of scripts.
func scripts(p testscript.Params) testscript.Params {
	return testscript.Params{
		Dir: p.Dir, Files: p.Files, Setup: p.Setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":      cmdServe,
			"ephemeral":  cmdEphemeral,
			"serve-demo": cmdServeDemo,
			"shutdown":   cmdShutdown,
			"login":      cmdLogin,
			"damage":     cmdDamage,
			"status":     cmdStatus,
		},
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	}
}

// A runningServer is `cohort serve`, running in this process.
type runningServer struct {
	out    *watchedBuffer
	cancel context.CancelFunc
	status chan int
}

// cmdServe runs `cohort serve --addr 127.0.0.1:0 ARGS` until shutdown, and sets
// ADDR, and CLIENT_ID and CLIENT_SECRET if they were printed.
func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	if url := ts.Getenv("COHORT_DATABASE"); url != "" { // servers run without an environment
		args = append([]string{"--database=" + url}, args...)
	}
	cmdServeIn(ts, neg, append([]string{"--data=" + ts.MkAbs("data")}, args...))
}

// cmdEphemeral is cmdServe in memory.
func cmdEphemeral(ts *testscript.TestScript, neg bool, args []string) {
	cmdServeIn(ts, neg, append([]string{"--ephemeral"}, args...))
}

// cmdServeDemo is cmdServe with the demo.
func cmdServeDemo(ts *testscript.TestScript, neg bool, args []string) {
	cmdServeIn(ts, neg, append([]string{"--demo"}, args...))
}

func cmdServeIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("use exec to see serve fail")
	}
	s := startServer(append([]string{"serve", "--addr=127.0.0.1:0"}, args...))
	ts.Defer(func() { s.stop() })
	addr, ok := s.out.wait(`(?m)^listening on (\S+)$`, s.status)
	if !ok {
		ts.Fatalf("serve did not come up:\n%s", s.out)
	}
	ts.Setenv("ADDR", addr)
	for name, pattern := range map[string]string{
		"CLIENT_ID":     `(?:COHORT_CLIENT_ID=|"client_id":")([a-z0-9]+)`,
		"CLIENT_SECRET": `(?:COHORT_CLIENT_SECRET=|"client_secret":")([a-z0-9]+)`,
	} {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(s.out.String()); m != nil {
			ts.Setenv(name, m[1])
		}
	}
	ts.Setenv("SERVER", strconv.Itoa(servers.add(s)))
}

// servers are the servers that scripts started, by the number in SERVER.
var servers registry

type registry struct {
	mu   sync.Mutex
	list []*runningServer
}

func (r *registry) add(s *runningServer) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, s)
	return len(r.list) - 1
}

func (r *registry) get(n string) *runningServer {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, s := range r.list {
		if strconv.Itoa(i) == n {
			return s
		}
	}
	return nil
}

// startServer runs a command line in this process, without an environment by default.
func startServer(args []string, environ ...string) *runningServer {
	ctx, cancel := context.WithCancel(context.Background())
	s := &runningServer{out: &watchedBuffer{}, cancel: cancel, status: make(chan int, 1)}
	go func() {
		s.status <- run(ctx, args, environ, cli.Terminal{Stdin: strings.NewReader(""), Stdout: s.out, Stderr: s.out})
	}()
	return s
}

// stop stops the server and returns its exit status.
func (s *runningServer) stop() int {
	s.cancel()
	status := <-s.status
	s.status <- status
	return status
}

// cmdShutdown stops the server, which must exit with 0, and shows its output.
func cmdShutdown(ts *testscript.TestScript, neg bool, args []string) {
	s := servers.get(ts.Getenv("SERVER"))
	if s == nil || neg || len(args) > 0 {
		ts.Fatalf("usage: shutdown, after serve")
	}
	if status := s.stop(); status != 0 {
		ts.Fatalf("serve exited with %d:\n%s", status, s.out)
	}
	fmt.Fprint(ts.Stdout(), s.out)
}

// cmdLogin logs in and sets TOKEN.
func cmdLogin(ts *testscript.TestScript, neg bool, _ []string) {
	form := "client_id=" + ts.Getenv("CLIENT_ID") + "&client_secret=" + ts.Getenv("CLIENT_SECRET")
	var out, stderr bytes.Buffer
	curl([]string{"-s", "-d", form, "http://" + ts.Getenv("ADDR") + "/api/4.0/login"}, &out, &stderr)
	m := regexp.MustCompile(`"access_token":"([^"]+)"`).FindStringSubmatch(out.String())
	if (m != nil) == neg {
		ts.Fatalf("login: %s%s", &out, &stderr)
	}
	if m != nil {
		ts.Setenv("TOKEN", m[1])
	}
}

// cmdStatus runs a command that must end with an exit status: status 3 cohort log.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("the status is %d, not %s", got, args[0])
	}
}

// cmdDamage flips one bit in the middle of the first occurrence of a text in a file. The text
// must not cross the end of a page.
func cmdDamage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage FILE TEXT")
	}
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	at := bytes.Index(b, []byte(args[1]))
	if at < 0 {
		ts.Fatalf("%s has no %q", args[0], args[1])
	}
	b[at+len(args[1])/2] ^= 1
	ts.Check(os.WriteFile(path, b, 0o600))
}

// A watchedBuffer collects output and lets others wait for it.
type watchedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends to the output.
func (w *watchedBuffer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *watchedBuffer) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// wait waits until the output matches the pattern and returns its first group. ok is false if
// the program ends before, or a minute passes.
func (w *watchedBuffer) wait(pattern string, status chan int) (match string, ok bool) {
	re := regexp.MustCompile(pattern)
	deadline := time.After(time.Minute)
	for ticks := time.NewTicker(5 * time.Millisecond); ; {
		if m := re.FindStringSubmatch(w.String()); m != nil {
			ticks.Stop()
			return m[1], true
		}
		select {
		case <-ticks.C:
		case s := <-status:
			status <- s
			return "", false
		case <-deadline:
			return "", false
		}
	}
}

// curl implements the flags -s, -i, -X, -H and -d (with @FILE) of curl, for one URL.
func curl(args []string, out, stderr io.Writer) int {
	method, url, header, data := "", "", http.Header{}, []string(nil)
	withHeader := false
	for len(args) > 0 {
		flag := args[0]
		args = args[1:]
		if !strings.HasPrefix(flag, "-") {
			url = flag
			continue
		}
		if flag == "-s" || flag == "-i" {
			withHeader = withHeader || flag == "-i"
			continue
		}
		if len(args) == 0 {
			fmt.Fprintln(stderr, "curl:", flag, "needs an argument")
			return 2
		}
		value := args[0]
		args = args[1:]
		switch flag {
		case "-X":
			method = value
		case "-H":
			name, text, _ := strings.Cut(value, ":")
			header.Add(name, strings.TrimSpace(text))
		case "-d":
			if name, ok := strings.CutPrefix(value, "@"); ok {
				text, err := os.ReadFile(name)
				if err != nil {
					fmt.Fprintln(stderr, "curl:", err)
					return 26
				}
				value = strings.NewReplacer("\r", "", "\n", "").Replace(string(text))
			}
			data = append(data, value)
		default:
			fmt.Fprintln(stderr, "curl: this one does not know", flag)
			return 2
		}
	}
	if err := fetch(method, url, header, strings.Join(data, "&"), withHeader, out); err != nil {
		fmt.Fprintln(stderr, "curl:", err)
		return 7
	}
	return 0
}

func fetch(method, url string, header http.Header, body string, withHeader bool, out io.Writer) (err error) {
	switch {
	case method == "" && body != "":
		method = http.MethodPost
	case method == "":
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	maps.Copy(req.Header, header)
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if withHeader {
		if _, err := fmt.Fprintf(out, "%s %s\r\n", resp.Proto, resp.Status); err != nil {
			return err
		}
		if err := resp.Header.Write(out); err != nil {
			return err
		}
		if _, err := io.WriteString(out, "\r\n"); err != nil {
			return err
		}
	}
	_, err = io.Copy(out, resp.Body)
	return err
}

// root is the top of the checkout.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
