package e2e

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTypeScriptSDK runs the official TypeScript SDK, before and after a
// restart of the server.
func TestTypeScriptSDK(t *testing.T) {
	installPackages(t)
	onEachEngine(t, func(t *testing.T, s *server) {
		handover := filepath.Join(t.TempDir(), "company.json")
		s.node("before", handover)
		s.restart()
		s.node("after", handover)
	})
}

// node runs one half of looker.mjs.
func (s *server) node(when, handover string) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), "node", "looker.mjs", when, handover)
	cmd.Dir = "typescript"
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.t.TempDir(),
		"LOOKERSDK_BASE_URL=" + s.url, "LOOKERSDK_CLIENT_ID=" + clientID, "LOOKERSDK_CLIENT_SECRET=" + clientSecret,
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("node looker.mjs %s: %v\n%s", when, err, out)
	}
}

// installPackages puts the SDK, as the lock file pins it, beside the script,
// unless it is there.
func installPackages(t *testing.T) {
	t.Helper()
	installIn(t, "typescript")
}

// installIn puts the packages that the lock file of a folder pins into it,
// unless they are there.
func installIn(t *testing.T, dir string) {
	t.Helper()
	requireNode(t)
	lock, done := filepath.Join(dir, "package-lock.json"), filepath.Join(dir, "node_modules", ".package-lock.json")
	if newer(done, lock) {
		return
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	now := time.Now()
	if err := os.Chtimes(done, now, now); err != nil {
		t.Fatal(err)
	}
}

// newer reports whether a file is there and newer than another.
func newer(path, than string) bool {
	a, errA := os.Stat(path)
	b, errB := os.Stat(than)
	return errA == nil && errB == nil && a.ModTime().After(b.ModTime())
}

// requireNode makes sure that there are node and npm.
func requireNode(t *testing.T) {
	t.Helper()
	requireProgram(t, "node", "nodejs")
	requireProgram(t, "npm", "npm")
}

// TestLockFileNamesNoRegistry: where packages come from is for whoever installs
// them to say.
func TestLockFileNamesNoRegistry(t *testing.T) {
	text, err := os.ReadFile("typescript/package-lock.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatal("there is no lock file: run npm install in e2e/typescript")
	} else if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"resolved", "://"} {
		if strings.Contains(string(text), word) {
			t.Errorf("package-lock.json has %q in it", word)
		}
	}
	if !strings.Contains(string(text), `"integrity": "sha512-`) {
		t.Error("package-lock.json pins no package by its digest")
	}
}
