package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// onSmallDisk runs the program in a mount namespace of its own, in which disk
// is a file system in memory with a few megabytes, and not much of it free. The
// data is on it, and gone with the program; see inside.
func onSmallDisk(disk string) option {
	command := []string{"unshare", "--mount"}
	if os.Geteuid() != 0 {
		command = append(command, "--user", "--map-root-user")
	}
	const script = `mount -t tmpfs -o size=12m,mode=0700 none "$0" && head -c 7340032 /dev/zero >"$0/ballast" && exec "$@"`
	return func(s *server) {
		under(append(command, "sh", "-c", script, disk)...)(s)
		on(filepath.Join(disk, "data"))(s)
	}
}

// inside is a path as the program sees it.
func (s *server) inside(path string) string {
	return fmt.Sprintf("/proc/%d/root%s", s.cmd.Process.Pid, path) // the commands before it have become the program
}

// mayMount reports whether a file system can be mounted here; if not, the test
// of the store with a bounded number of pages has to do.
func mayMount(t *testing.T, disk string) bool {
	t.Helper()
	s := &server{}
	onSmallDisk(disk)(s)
	out, err := exec.CommandContext(t.Context(), s.before[0], append(s.before[1:], "true")...).CombinedOutput()
	if err != nil {
		t.Logf("no file system can be mounted here: %v: %s", err, out)
	}
	return err == nil
}

// A filler writes values as long as they may be to a group's attributes, in
// turn.
type filler struct {
	s            *server
	token, group string
	attributes   []string
	values       []string // of each attribute, as acknowledged
	n            int
}

func newFiller(s *server) *filler {
	s.t.Helper()
	f := &filler{s: s, token: s.login()}
	f.group = s.createGroup(f.token, "full")
	for i := range 8 {
		body := fmt.Sprintf(`{"name":"a%d","label":"A%d","type":"string"}`, i, i)
		f.attributes = append(f.attributes, idIn(s.t, s.mustAsk(http.MethodPost, "/api/4.0/user_attributes", f.token, body)))
	}
	f.values = make([]string, len(f.attributes))
	return f
}

func (f *filler) write() reply {
	f.s.t.Helper()
	f.n++
	i := f.n % len(f.attributes)
	value := strings.Repeat(fmt.Sprint("value ", f.n, ". "), 4000)
	path := "/api/4.0/groups/" + f.group + "/attribute_values/" + f.attributes[i]
	r, err := f.s.ask(http.MethodPatch, path, f.token, fmt.Sprintf(`{"value":%q}`, value))
	if err != nil {
		f.s.t.Fatalf("write %d: %v", f.n, err)
	}
	if r.status == http.StatusOK {
		f.values[i] = value
	}
	return r
}

// check compares what a server has with what was acknowledged.
func (f *filler) check(s *server) {
	s.t.Helper()
	for i, attribute := range f.attributes {
		var values []struct {
			Value string `json:"value"`
		}
		text := s.mustAsk(http.MethodGet, "/api/4.0/user_attributes/"+attribute+"/group_values", f.token, "")
		if err := json.Unmarshal([]byte(text), &values); err != nil {
			s.t.Fatal(err)
		}
		if len(values) != 1 || values[0].Value != f.values[i] {
			s.t.Errorf("attribute %s has %.60s… and was given %.30s…", attribute, text, f.values[i])
		}
	}
}

// TestAFullDiskRefusesWritesUntilThereIsRoom fills the disk, sees writes refused
// and reads answered, makes room, and sees writes done again.
func TestAFullDiskRefusesWritesUntilThereIsRoom(t *testing.T) {
	disk := t.TempDir()
	if !mayMount(t, disk) {
		return
	}
	s := newServer(t, onSmallDisk(disk))
	f := newFiller(s)
	r := f.write()
	for r.status == http.StatusOK && f.n < 2000 {
		r = f.write()
	}
	refusedForWantOfRoom(t, r)
	for range 20 {
		if r := f.write(); r.status != http.StatusOK {
			refusedForWantOfRoom(t, r)
		}
	}
	if !s.groupNames(f.token)["full"] {
		t.Error("a group cannot be read while the disk is full")
	}
	s.mustAsk(http.MethodGet, "/readyz", "", "")
	if r := s.readyForWrites(http.StatusServiceUnavailable); !strings.Contains(r.body, "room") {
		t.Errorf("the check of health says of a full disk: %s", r.body)
	}
	f.check(s)

	if err := os.Remove(s.inside(filepath.Join(disk, "ballast"))); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if r := f.write(); r.status != http.StatusOK {
			t.Errorf("there is room, and a write is refused: %+v", r)
		}
	}
	s.readyForWrites(http.StatusOK)
	f.check(s)

	saved := filepath.Join(t.TempDir(), "data")
	s.saveData(saved)
	s.stop()
	if out, err := exec.Command(binary, "verify", "--data", saved).CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	f.check(newServer(t, on(saved)))
}

// readyForWrites asks until the answer has a status: one that was found is believed
// for a moment.
func (s *server) readyForWrites(status int) reply {
	s.t.Helper()
	ticks := time.NewTicker(100 * time.Millisecond)
	defer ticks.Stop()
	for deadline := time.Now().Add(10 * time.Second); ; <-ticks.C {
		r, err := s.ask(http.MethodGet, "/readyz?for=writes", "", "")
		if err == nil && r.status == status {
			return r
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("/readyz?for=writes: %d %s, %v; want %d", r.status, r.body, err, status)
		}
	}
}

// saveData copies the data of a program that nobody writes to at the moment.
func (s *server) saveData(to string) {
	s.t.Helper()
	if err := os.CopyFS(to, os.DirFS(s.inside(s.data))); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(to, "keys"), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// refusedForWantOfRoom: the client is told that it may come back, and nothing
// of what the database said.
func refusedForWantOfRoom(t *testing.T, r reply) {
	t.Helper()
	if r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" {
		t.Errorf("without room: status %d, Retry-After %q: %s", r.status, r.header.Get("Retry-After"), r.body)
	}
	for _, word := range []string{"SQL", "sqlite", "database", "goroutine"} {
		if strings.Contains(r.body, word) {
			t.Errorf("the reply tells of %s: %s", word, r.body)
		}
	}
}
