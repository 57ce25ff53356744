// Package pgtest starts PostgreSQL servers for tests: their own, in temporary
// folders, reached through sockets there, and gone with the test.
//
// It never skips. Where PostgreSQL is missing it installs it, if it is root and
// there is apt-get, and says what to install otherwise. A server stops when the
// test that started it ends, and also when the process is killed.
package pgtest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
)

// Options say what sort of server to start.
type Options struct {
	// Durable makes commits wait for the disk, as in production. Without it the
	// server is several times as fast, and good for everything that does not pull
	// plugs.
	Durable bool
	// Settings are added to the server's configuration.
	Settings map[string]string
}

// A Server is a PostgreSQL server of the test's own. Its methods are for one
// goroutine at a time, but for URL.
type Server struct {
	bin     string
	dir     string // of data and socket
	as      *syscall.Credential
	options Options

	mu      sync.Mutex
	process *os.Process // nil while it is not running
	exited  chan struct{}
	admin   *sql.DB
}

// The limits of what is waited for.
const (
	startTimeout = 60 * time.Second
	stopTimeout  = 30 * time.Second
	interval     = 20 * time.Millisecond
)

// user and port are the same for every server: the folder of the socket tells
// them apart.
const (
	superuser = "cohort"
	port      = "5432"
)

// Start makes a server and starts it. It is stopped and removed when the test
// ends.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := newServer(o)
	if err == nil {
		t.Cleanup(func() { s.close() })
		err = s.initialise()
	}
	if err == nil {
		err = s.start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newServer(o Options) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	as, err := unprivileged()
	if err != nil {
		return nil, err
	}
	removeLeftovers()
	dir, err := folder(as)
	if err != nil {
		return nil, err
	}
	return &Server{bin: bin, dir: dir, as: as, options: o}, nil
}

// folder makes a folder that belongs to whom a server runs as. Folders of tests
// do not do: nobody else may look into those of root.
func folder(as *syscall.Credential) (string, error) {
	dir, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", prefix, os.Getpid()))
	if err != nil || as == nil {
		return dir, err
	}
	if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// prefix begins the names of our folders; the process's id follows.
const prefix = "cohort-pg-"

// removeLeftovers removes the folders of processes that were killed.
func removeLeftovers() {
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		var pid int
		if _, err := fmt.Sscanf(filepath.Base(dir), prefix+"%d-", &pid); err == nil &&
			errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir) // another test may be doing so
		}
	}
}

// Data is the folder of what the server keeps.
func (s *Server) Data() string { return filepath.Join(s.dir, "data") }

func (s *Server) initialise() error {
	args := []string{"-D", s.Data(), "-U", superuser, "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"}
	if err := s.run("initdb", args...); err != nil {
		return err
	}
	settings := map[string]string{
		"listen_addresses": "", "unix_socket_directories": s.dir, "port": port, "max_connections": "200", "timezone": "UTC",
		"shared_buffers": "32MB", "max_wal_size": "512MB", "wal_level": "replica", "max_wal_senders": "8", "jit": "off",
		"log_min_messages": "warning", "dynamic_shared_memory_type": "mmap", "update_process_title": "off",
	}
	if !s.options.Durable {
		settings["fsync"], settings["full_page_writes"] = "off", "off"
	}
	maps.Copy(settings, s.options.Settings)
	return s.configure(settings)
}

// configure appends to the configuration. What comes later counts.
func (s *Server) configure(settings map[string]string) error {
	var b strings.Builder
	for name, value := range settings {
		fmt.Fprintf(&b, "%s = '%s'\n", name, strings.ReplaceAll(value, "'", "''"))
	}
	f, err := os.OpenFile(filepath.Join(s.Data(), "postgresql.conf"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(b.String())
	return errors.Join(err, f.Close())
}

// run runs one of PostgreSQL's programs.
func (s *Server) run(name string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// start starts the server and waits until it answers. After a crash the
// processes of the one before may still be on their way out, and the first
// attempts fail.
func (s *Server) start() error {
	deadline := time.Now().Add(startTimeout)
	for {
		err := s.startOnce(deadline)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		<-time.After(10 * interval)
	}
}

func (s *Server) startOnce(deadline time.Time) error {
	log, err := os.OpenFile(s.logPath(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(s.bin, "postgres"), "-D", s.Data())
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = s.dir, log, log, attributes(s.as)
	exited := make(chan struct{})
	started := make(chan error)
	go func() {
		// The child dies with the thread that started it: this one lives as long.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
			close(exited)
		}
	}()
	if err := errors.Join(<-started, log.Close()); err != nil {
		return err
	}
	s.mu.Lock()
	s.process, s.exited = cmd.Process, exited
	s.mu.Unlock()
	return s.await(deadline, exited)
}

// await waits until the server takes connections.
func (s *Server) await(deadline time.Time, exited chan struct{}) error {
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for {
		ctx, cancel := context.WithDeadline(context.Background(), deadline)
		err := s.sql().PingContext(ctx)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-exited:
			s.forget()
			return fmt.Errorf("PostgreSQL did not start:\n%s", s.Log())
		case <-ticks.C:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, s.Log())
		}
	}
}

func (s *Server) logPath() string { return filepath.Join(s.dir, "log") }

// Log is what the server has logged.
func (s *Server) Log() string {
	b, err := os.ReadFile(s.logPath())
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(b))
}

// URL is how to reach a database of the server, by a URL of libpq's form.
func (s *Server) URL(database string) string { return URL(database, s) }

// URL is how to reach a database of whichever of several servers takes writes.
func URL(database string, servers ...*Server) string {
	var dirs, ports []string
	for _, s := range servers {
		dirs, ports = append(dirs, s.dir), append(ports, port)
	}
	q := url.Values{"host": {strings.Join(dirs, ",")}, "port": {strings.Join(ports, ",")}}
	if len(servers) > 1 {
		q.Set("target_session_attrs", "read-write")
	}
	return "postgres://" + superuser + "@/" + database + "?" + q.Encode()
}

// Name is the database that a URL of ours names.
func Name(url string) string {
	_, rest, _ := strings.Cut(url, "@/")
	name, _, _ := strings.Cut(rest, "?")
	return name
}

// Socket is the Unix socket that the server listens on.
func (s *Server) Socket() string { return filepath.Join(s.dir, ".s.PGSQL."+port) }

// sql is a handle for what the harness itself asks.
func (s *Server) sql() *sql.DB {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.admin == nil {
		db, err := sql.Open("pgx", s.URL("postgres"))
		if err != nil {
			panic(err) // the URL is ours
		}
		db.SetMaxOpenConns(4)
		s.admin = db
	}
	return s.admin
}

// Exec runs statements on a database of the server.
func (s *Server) Exec(t testing.TB, database, text string) {
	t.Helper()
	Exec(t, s.URL(database), text)
}

// Exec runs statements on a database.
func Exec(t testing.TB, url, text string) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// Start starts a server that was stopped or killed, and waits until it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Stop shuts the server down as an administrator does: it ends connections,
// whatever they are about, and loses nothing.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if err := s.end(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}

// StopImmediately stops the server without so much as writing down where it is:
// the next start replays its log.
func (s *Server) StopImmediately(t testing.TB) {
	t.Helper()
	if err := s.end(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
}

// Kill kills the server as a crash does.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	if err := s.end(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// end sends a signal to the server and waits until it is gone.
func (s *Server) end(with syscall.Signal) error {
	s.mu.Lock()
	process, exited := s.process, s.exited
	s.mu.Unlock()
	if process == nil {
		return nil
	}
	if err := process.Signal(with); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-exited:
	case <-time.After(stopTimeout):
		_ = process.Kill() // it had its time
		<-exited
		s.forget()
		return fmt.Errorf("PostgreSQL did not stop:\n%s", s.Log())
	}
	s.forget()
	return nil
}

// forget notes that the server is not running.
func (s *Server) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process = nil
	if s.admin != nil {
		_ = s.admin.Close() // its connections are gone
		s.admin = nil
	}
}

// running reports whether the server was started and not stopped.
func (s *Server) running() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process != nil
}

// close stops the server and removes its folder.
func (s *Server) close() {
	_ = s.end(syscall.SIGQUIT) // nothing of it is needed any more
	_ = os.RemoveAll(s.dir)
}
