package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// cohort runs the program with a command and returns what it says.
func cohort(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// mustCohort is cohort for a command that must succeed.
func mustCohort(t *testing.T, args ...string) string {
	t.Helper()
	out, err := cohort(t, args...)
	if err != nil {
		t.Fatalf("cohort %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// A standing is where a directory stands, as the program says with --json.
type standing struct {
	Revision    int64 `json:"revision"`
	Incarnation int64 `json:"incarnation"`
}

func standingIn(t *testing.T, said string) standing {
	t.Helper()
	var s standing
	if err := json.Unmarshal([]byte(said), &s); err != nil || s.Revision == 0 {
		t.Fatalf("%v: %s", err, said)
	}
	return s
}

// TestABackupIsTakenWhileWritesGoOn takes backups while clients write, restores
// each elsewhere, and finds in it what was acknowledged before it was begun, and
// of each client nothing but what it wrote first.
func TestABackupIsTakenWhileWritesGoOn(t *testing.T) {
	s := newServer(t, with("--credential-rate", "0", "--address-rate", "0"))
	token := s.login()
	const clients = 3
	var mu sync.Mutex
	written := make([]int, clients) // acknowledged, of each client
	enough := make(chan struct{})
	var writers sync.WaitGroup
	for c := range clients {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-enough:
					return
				default:
				}
				s.createGroup(token, fmt.Sprintf("backup-%d-%d", c, i))
				mu.Lock()
				written[c] = i + 1
				mu.Unlock()
			}
		})
	}
	backups := t.TempDir()
	least := map[string][]int{} // by backup: what was acknowledged when it was begun
	for n := range 3 {
		path := filepath.Join(backups, fmt.Sprintf("%d.db", n))
		mu.Lock()
		least[path] = slices.Clone(written)
		mu.Unlock()
		mustCohort(t, "backup", "--data", s.data, path)
	}
	close(enough)
	writers.Wait()
	for path, least := range least {
		made := standingIn(t, string(files(t, backups)[filepath.Base(path)+".manifest.json"]))
		data := filepath.Join(t.TempDir(), "data")
		restored := standingIn(t, mustCohort(t, "restore", "--json", "--data", data, path))
		if want := (standing{made.Revision, made.Incarnation + 1}); restored != want {
			t.Errorf("restored is %+v, want %+v", restored, want)
		}
		mustCohort(t, "verify", "--data", data)
		other := newServer(t, on(data))
		if r, err := other.ask("GET", "/api/4.0/user", token, ""); err != nil || r.status != 401 {
			t.Errorf("a token from before the backup: %v, %d", err, r.status)
		}
		names := other.groupNames(other.login())
		for c := range clients {
			n := 0
			for names[fmt.Sprintf("backup-%d-%d", c, n)] {
				delete(names, fmt.Sprintf("backup-%d-%d", c, n))
				n++
			}
			if n < least[c] {
				t.Errorf("client %d: the backup has %d groups; %d were acknowledged before it", c, n, least[c])
			}
		}
		if delete(names, "All Users"); len(names) > 0 {
			t.Errorf("the backup has groups with others before them missing: %v", names)
		}
		other.stop()
	}
}

// TestATamperedBackupIsRefused changes a backup and its manifest in many ways.
func TestATamperedBackupIsRefused(t *testing.T) {
	s := newServer(t)
	s.createGroup(s.login(), "Backed up")
	s.stop()
	original := filepath.Join(t.TempDir(), "b.db")
	mustCohort(t, "backup", "--data", s.data, original)
	backup, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := os.ReadFile(original + ".manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	replaced := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte {
			if !bytes.Contains(b, []byte(old)) {
				t.Errorf("there is no %s to tamper with", old)
			}
			return bytes.Replace(b, []byte(old), []byte(new), 1)
		}
	}
	same := func(b []byte) []byte { return b }
	for name, tamper := range map[string]struct{ backup, manifest func([]byte) []byte }{
		"a name is another":      {replaced("Backed up", "Backed uq"), same},
		"the end is missing":     {func(b []byte) []byte { return b[:len(b)-4096] }, same},
		"there is more":          {func(b []byte) []byte { return append(b, make([]byte, 4096)...) }, same},
		"a bit of the last page": {func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, same},
		"it is empty":            {func([]byte) []byte { return nil }, same},
		"another revision":       {same, replaced(`"revision": 2`, `"revision": 1`)},
		"another incarnation":    {same, replaced(`"incarnation": 1`, `"incarnation": 9`)},
		"another hash":           {same, replaced(`"sha256": "`, `"sha256": "00`)},
		"a format from later":    {same, replaced(`"format": 1`, `"format": 2`)},
		"an unknown member":      {same, replaced(`{`, `{"more": 1,`)},
		"no manifest at all":     {same, func([]byte) []byte { return nil }},
	} {
		path := filepath.Join(t.TempDir(), "b.db")
		for path, content := range map[string][]byte{path: tamper.backup(bytes.Clone(backup)),
			path + ".manifest.json": tamper.manifest(bytes.Clone(manifest))} {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		data := filepath.Join(t.TempDir(), "data")
		out, err := cohort(t, "restore", "--data", data, path)
		if err == nil || !strings.HasPrefix(out, "cohort: ") {
			t.Errorf("%s: restore: %v\n%s", name, err, out)
		}
		if _, err := os.Stat(filepath.Join(data, "cohort.db")); err == nil {
			t.Errorf("%s: a refused backup was restored", name)
		}
	}
	mustCohort(t, "restore", "--data", filepath.Join(t.TempDir(), "data"), original)
}

// TestADamagedDirectoryIsReplacedByItsBackup does what the program says when it
// refuses to start.
func TestADamagedDirectoryIsReplacedByItsBackup(t *testing.T) {
	s := newServer(t)
	s.createGroup(s.login(), "Precious")
	backup := filepath.Join(t.TempDir(), "b.db")
	mustCohort(t, "backup", "--data", s.data, backup)
	s.stop()
	left := slices.Sorted(maps.Keys(files(t, s.data)))
	if !slices.Equal(left, []string{"cohort.db", "cohort.lock", "last-backup"}) { // when the backup was made is known
		t.Errorf("a clean stop leaves %v", left)
	}
	database := filepath.Join(s.data, "cohort.db")
	b, err := os.ReadFile(database)
	if err != nil {
		t.Fatal(err)
	}
	for page := 4096; page+8 < len(b); page += 2 * 4096 {
		copy(b[page:], "damaged!")
	}
	if err := os.WriteFile(database, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := cohort(t, "serve", "--addr", "127.0.0.1:0", "--data", s.data)
	if err == nil || !strings.Contains(out, "is damaged") || !strings.Contains(out, "cohort restore") {
		t.Errorf("serve on a damaged directory: %v\n%s", err, out)
	}
	if out, err := cohort(t, "verify", "--data", s.data); err == nil {
		t.Errorf("verify finds nothing in a damaged directory:\n%s", out)
	}
	damaged := filepath.Join(t.TempDir(), "damaged")
	if err := os.Rename(s.data, damaged); err != nil {
		t.Fatal(err)
	}
	mustCohort(t, "restore", "--data", s.data, backup)
	if err := os.Rename(filepath.Join(damaged, "keys"), filepath.Join(s.data, "keys")); err != nil {
		t.Fatal(err)
	}
	s.start()
	if !s.groupNames(s.login())["Precious"] {
		t.Error("the restored directory has lost a group")
	}
}

// TestTwoProcessesCannotServeOneDirectory starts a second one beside the first,
// which does not notice.
func TestTwoProcessesCannotServeOneDirectory(t *testing.T) {
	s := newServer(t)
	token := s.login()
	out, err := cohort(t, "serve", "--addr", "127.0.0.1:0", "--data", s.data)
	if err == nil || !strings.Contains(out, "is in use by another process") {
		t.Errorf("a second process: %v\n%s", err, out)
	}
	s.createGroup(token, "Still here")
	s.stop()
	mustCohort(t, "verify", "--data", s.data)
}
