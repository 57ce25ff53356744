package pgtest

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// A Bouncer is a PgBouncer in transaction mode before a server.
type Bouncer struct{ dir string }

// Bouncer starts a PgBouncer that has so many connections to a database of the
// server at most, whatever the number of its clients. It installs it where it is
// missing and it may. It ends with the test.
func (s *Server) Bouncer(t testing.TB, most int) *Bouncer {
	t.Helper()
	b, err := s.startBouncer(t, most)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (s *Server) startBouncer(t testing.TB, most int) (*Bouncer, error) {
	program, err := bouncerProgram()
	if err != nil {
		return nil, err
	}
	dir, err := folder(s.as)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	conf := fmt.Sprintf(`[databases]
* = host=%s port=%s user=%s
[pgbouncer]
listen_addr =
unix_socket_dir = %s
listen_port = %s
auth_type = any
pool_mode = transaction
default_pool_size = %d
max_client_conn = 1000
logfile = %s/log
`, s.dir, port, superuser, dir, port, most, dir)
	path := filepath.Join(dir, "pgbouncer.ini")
	if err := os.WriteFile(path, []byte(conf), 0o644); err != nil {
		return nil, err
	}
	cmd := exec.Command(program, "-q", path)
	cmd.Dir, cmd.SysProcAttr = dir, attributes(s.as)
	started, exited := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // as for the server
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // its log says how it ended
			close(exited)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // at once; SIGINT would wait for clients
		<-exited
	})
	b := &Bouncer{dir}
	return b, b.await(exited)
}

func (b *Bouncer) await(exited chan struct{}) error {
	db, err := sql.Open("pgx", b.URL("postgres")+"&default_query_exec_mode=exec")
	if err != nil {
		return err
	}
	defer db.Close()
	deadline := time.Now().Add(startTimeout)
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for {
		if err = db.Ping(); err == nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-exited:
			log, errLog := os.ReadFile(filepath.Join(b.dir, "log"))
			return errors.Join(fmt.Errorf("PgBouncer did not start:\n%s", log), errLog)
		case <-ticks.C:
		}
	}
}

// URL is how to reach a database through the pooler.
func (b *Bouncer) URL(database string) string {
	return "postgres://" + superuser + "@/" + database + "?" + url.Values{"host": {b.dir}, "port": {port}}.Encode()
}

func bouncerProgram() (string, error) {
	if path, err := exec.LookPath("pgbouncer"); err == nil {
		return path, nil
	}
	apt, err := exec.LookPath("apt-get")
	if err != nil || os.Geteuid() != 0 {
		return "", errors.New("the test needs PgBouncer: install it (apt-get install pgbouncer)")
	}
	if err := install(apt, "pgbouncer"); err != nil {
		return "", fmt.Errorf("install PgBouncer: %w", err)
	}
	return exec.LookPath("pgbouncer")
}
