package e2e

import (
	"os"
	"os/exec"
	"testing"
)

// requireProgram makes sure that a program is there. Where it may, it has the
// system install the package that brings it; else it says how.
func requireProgram(t *testing.T, name, pkg string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	}
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		t.Fatalf("%s is needed: sudo apt-get install %s", name, pkg)
	}
	for _, args := range [][]string{{"update", "-qq"}, {"install", "-y", "-qq", "--no-install-recommends", pkg}} {
		cmd := exec.CommandContext(t.Context(), "apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s is needed, and apt-get %s failed: %v\n%s", name, args[0], err, out)
		}
	}
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%s is needed, and is not there after apt-get install %s", name, pkg)
	}
}
