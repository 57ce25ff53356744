//go:build unix

package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/sqlite"
	"cohort/internal/store/storetest"
)

// A limit on the size of files stands in for a disk that fails: the log cannot
// be written, and not because the disk is full. Only a process of its own can
// have such a limit.
func TestACommitThatFailsOtherwiseIsOfUnknownOutcome(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	groups(t, s, 1, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "TEST_FAIL_TO_COMMIT="+dir)
	said, err := cmd.CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	last := lines[len(lines)-1]
	if err != nil || !strings.HasPrefix(last, "internal unknown") {
		t.Fatalf("the process says %q, %v", said, err)
	}
	s = open(t, dir)
	sound(t, s)
	c := contents(t, s)
	acknowledged := len(lines) - 1
	if n := int(c.Head.Revision) - 3; n < acknowledged || n > acknowledged+1 || len(c.Rows["group"]) != n+3 {
		t.Errorf("%d writes were acknowledged; revision %d, %d groups", acknowledged, c.Head.Revision, len(c.Rows["group"]))
	}
	groups(t, s, int(c.Head.Next.Group), int(c.Head.Next.Group)+1)
}

// failToCommit writes until it fails, and says a word about each write.
func failToCommit(w io.Writer, dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	s, err := sqlite.Open(context.Background(), dir)
	if err != nil {
		fmt.Fprintln(w, "open", err)
		return
	}
	limit := syscall.Rlimit{Cur: 300 << 10, Max: 300 << 10}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Fprintln(w, "limit", err)
		return
	}
	for i := 4; i < 1000; i++ {
		g := directory.Group{ID: directory.GroupID(i), Name: strings.Repeat("x", 10000)}
		err := storetest.Put(context.Background(), s, []directory.Row{g})
		switch {
		case err == nil:
			fmt.Fprintln(w, "written")
			continue
		case errors.Is(err, store.ErrCommitUnknown) && directory.KindOf(err) == directory.KindInternal:
			fmt.Fprintln(w, "internal unknown", err)
		default:
			fmt.Fprintln(w, "another error", err)
		}
		return
	}
}
