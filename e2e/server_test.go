package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cohort/api/apicheck"
	"cohort/internal/effort"
	"cohort/internal/store/postgres/pgtest"
)

// The credentials of the first administrator of every server.
const (
	clientID     = "e2e-client-id"
	clientSecret = "e2e-client-secret-of-some-length"
)

// sharedKey is that of all nodes on one database.
const sharedKey = "ZTJlLWtleS1vZi10aGlydHktdHdvLWJ5dGVzLWxvbmc="

// patience is how long a server may take to start or to stop.
const patience = 30 * time.Second

// binary is the program under test, built once.
var binary string

// databases are those of tests that want one and no server of their own.
var databases pgtest.Shared

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "cohort-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "cohort")
	build := exec.Command("go", "build", "-o", binary, "./cmd/cohort")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
		os.Exit(1)
	}
	code := databases.Run(m)
	_ = os.RemoveAll(dir) // what is left lies in a temporary directory
	os.Exit(code)
}

// A server is the program, serving, behind a proxy that checks every reply.
type server struct {
	t         *testing.T
	data      string // its directory: of everything, or of the keys only
	database  string // the URL of its database, if that is elsewhere
	cmd       *exec.Cmd
	ended     chan struct{} // closed when the process is gone
	listening chan string   // gets the address
	err       error         // how it ended; read once ended is closed
	log       *logBuffer    // what it writes for its operator
	out       *logBuffer    // what it prints

	before []string // a command, with arguments, that the program is an argument of
	flags  []string // more flags of serve

	direct atomic.Pointer[url.URL] // the program itself
	proxy  *http.Server
	url    string // where clients connect to; stays across a restart
}

// A logBuffer collects what the program writes, for when a test fails.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// An option makes a server another than usual.
type option func(*server)

// under runs the program as an argument of another command.
func under(command ...string) option { return func(s *server) { s.before = command } }

// on runs the program on a data directory that may be there already.
func on(data string) option { return func(s *server) { s.data = data } }

// in runs the program on a PostgreSQL database.
func in(database string) option { return func(s *server) { s.database = database } }

// with gives serve more flags.
func with(flags ...string) option { return func(s *server) { s.flags = append(s.flags, flags...) } }

// onEachEngine runs a test on a server that keeps its data in SQLite, and on one
// that does in PostgreSQL.
func onEachEngine(t *testing.T, test func(t *testing.T, s *server), options ...option) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, newServer(t, options...)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, newServer(t, append(options, in(databases.Empty(t)))...)) })
}

// onSQLite is onEachEngine that leaves PostgreSQL to the long tests.
func onSQLite(t *testing.T, test func(t *testing.T, s *server), options ...option) {
	t.Helper()
	if effort.All() {
		onEachEngine(t, test, options...)
		return
	}
	test(t, newServer(t, options...))
}

// newServer starts the program, with an empty data directory unless an option
// names another, and stops it when the test ends.
func newServer(t *testing.T, options ...option) *server {
	t.Helper()
	s := launchServer(t, options...)
	s.listens()
	s.startProxy()
	return s
}

// launchServer is newServer that waits for nothing.
func launchServer(t *testing.T, options ...option) *server {
	t.Helper()
	s := &server{t: t, log: &logBuffer{}, out: &logBuffer{}}
	for _, o := range options {
		o(s)
	}
	if s.data == "" {
		s.data = filepath.Join(t.TempDir(), "data")
	}
	s.launch()
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("the program wrote:\n%s", s.log)
		}
	})
	return s
}

// start runs the program and waits until it listens.
func (s *server) start() {
	s.t.Helper()
	s.launch()
	s.listens()
}

// launch runs the program.
func (s *server) launch() {
	s.t.Helper()
	line := append(slices.Clone(s.before), binary, "serve", "--addr", "127.0.0.1:0", "--data", s.data)
	if s.database != "" {
		line = append(line, "--database", s.database)
	}
	line = append(line, s.flags...)
	s.cmd = exec.Command(line[0], line[1:]...)
	s.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(s.data),
		"COHORT_CLIENT_ID=" + clientID, "COHORT_CLIENT_SECRET=" + clientSecret,
	}
	if s.database != "" {
		s.cmd.Env = append(s.cmd.Env, "COHORT_KEY="+sharedKey)
	}
	if len(s.before) > 0 {
		s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that signals reach the program behind the command
	}
	s.cmd.Stderr = s.log
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended, listening := make(chan struct{}), make(chan string, 1)
	s.ended, s.listening = ended, listening
	go func() {
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			fmt.Fprintln(s.out, lines.Text())
			if addr, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
				listening <- strings.TrimSpace(addr)
			}
		}
		s.err = s.cmd.Wait()
		close(ended)
	}()
}

// listens waits until the program does.
func (s *server) listens() {
	s.t.Helper()
	select {
	case addr := <-s.listening:
		s.direct.Store(&url.URL{Scheme: "http", Host: addr})
	case <-s.ended:
		s.t.Fatalf("the program ended before it listened: %v\n%s", s.err, s.log)
	case <-time.After(patience):
		_ = s.signal(syscall.SIGKILL)
		s.t.Fatalf("the program did not listen after %v\n%s", patience, s.log)
	}
}

// stop asks the program to end, and fails the test if it does not end well.
func (s *server) stop() {
	s.t.Helper()
	select {
	case <-s.ended:
		return
	default:
	}
	if err := s.signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Error(err)
	}
	select {
	case <-s.ended:
		if s.err != nil {
			s.t.Errorf("the program ended with %v", s.err)
		}
	case <-time.After(patience):
		_ = s.signal(syscall.SIGKILL)
		<-s.ended
		s.t.Errorf("the program did not end after %v", patience)
	}
}

// signal sends a signal to the program, and to the command that it runs under.
func (s *server) signal(sig syscall.Signal) error {
	if len(s.before) > 0 {
		return syscall.Kill(-s.cmd.Process.Pid, sig)
	}
	return s.cmd.Process.Signal(sig)
}

// kill ends the program as a crash does, without a word.
func (s *server) kill() {
	s.t.Helper()
	if err := s.signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Error(err)
	}
	<-s.ended
}

// restart stops the program and starts it on the same data.
func (s *server) restart() {
	s.t.Helper()
	s.stop()
	s.start()
}

// startProxy puts a checker of replies between clients and the program.
func (s *server) startProxy() {
	s.t.Helper()
	checker, err := apicheck.Looker()
	if err != nil {
		s.t.Fatal(err)
	}
	listener := listen(s.t)
	s.url = "http://" + listener.Addr().String()
	s.proxy = &http.Server{
		ReadHeaderTimeout: patience,
		Handler: &httputil.ReverseProxy{
			Transport: apicheck.Recorder{Checker: checker, Report: func(err error) { s.t.Error(err) }},
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(s.direct.Load())
				r.Out.Host = r.In.Host                          // links in replies must lead back here
				r.Out.Header.Set("Accept-Encoding", "identity") // the checker reads replies as they are
			},
		},
	}
	go func() { _ = s.proxy.Serve(listener) }() // ends with ErrServerClosed
	s.t.Cleanup(func() {
		if err := s.proxy.Close(); err != nil {
			s.t.Error(err)
		}
	})
}
