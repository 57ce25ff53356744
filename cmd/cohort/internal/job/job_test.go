package job

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/apply"
)

func newInvocation(t *testing.T) *cli.Invocation {
	return &cli.Invocation{
		Terminal: cli.Terminal{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}}, Context: t.Context(),
		Environ: []string{"XDG_CONFIG_HOME=" + t.TempDir()},
	}
}

func begin(t *testing.T, v *cli.Invocation, about string) *Job {
	t.Helper()
	j, err := (&Flags{}).Begin(v, about)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestAnUnfinishedJobKeepsItsRequestID(t *testing.T) {
	v := newInvocation(t)
	first := begin(t, v, "people.csv")
	if first.Resumed {
		t.Error("the first run is resumed")
	}
	if other := begin(t, v, "groups.csv"); other.Resumed || other.ID == first.ID {
		t.Errorf("another job has the id %s", other.ID)
	}
	again := begin(t, v, "people.csv")
	if !again.Resumed || again.ID != first.ID {
		t.Errorf("the second run has the id %s, want %s", again.ID, first.ID)
	}
	if err := again.End(nil, apply.Done{Changes: 2}); err != nil {
		t.Error(err)
	}
	if done := begin(t, v, "people.csv"); done.Resumed || done.ID == first.ID {
		t.Error("a run after the end of the job continues it")
	}
}

func TestAnInterruptedJobSaysHowToContinue(t *testing.T) {
	v := newInvocation(t)
	j := begin(t, v, "people.csv")
	err := j.End(errors.New("interrupted"), apply.Done{Changes: 2, Revision: 7, RequestID: j.ID})
	if err == nil || !strings.Contains(err.Error(), "committed so far: 2 changes, up to revision 7") ||
		!strings.Contains(err.Error(), "cohort revert --request "+j.ID) {
		t.Errorf("it says %v", err)
	}
	if again := begin(t, v, "people.csv"); !again.Resumed {
		t.Error("the next run does not continue it")
	}
	if err := Forget(v, j.ID); err != nil {
		t.Error(err)
	}
	if again := begin(t, v, "people.csv"); again.Resumed {
		t.Error("a job whose changes were undone is continued")
	}
}

func TestARefusedJobIsForgottenUnlessItHadBegun(t *testing.T) {
	v := newInvocation(t)
	refusal := &apply.Refusal{Err: errors.New("no such column")}
	if err := begin(t, v, "wrong.csv").End(refusal, apply.Done{}); !errors.Is(err, refusal) {
		t.Errorf("the run ends with %v", err)
	}
	again := begin(t, v, "wrong.csv")
	if again.Resumed {
		t.Error("a job that was refused before its first change is continued")
	}
	again = begin(t, v, "wrong.csv")
	_ = again.End(refusal, apply.Done{})
	if last := begin(t, v, "wrong.csv"); !last.Resumed || last.ID != again.ID {
		t.Error("a job that an earlier run had begun is forgotten")
	}
}

func TestAnOldUnfinishedJobBeginsAgain(t *testing.T) {
	v := newInvocation(t)
	first := begin(t, v, "people.csv")
	old := time.Now().Add(-rememberFor - time.Hour)
	if err := os.Chtimes(first.path, old, old); err != nil {
		t.Fatal(err)
	}
	if again := begin(t, v, "people.csv"); again.Resumed || again.ID == first.ID {
		t.Error("a job of long ago is continued")
	}
}

// A file that was not written whole, as the process was killed, is written again.
func TestADamagedFileOfAJobIsReplaced(t *testing.T) {
	v := newInvocation(t)
	first := begin(t, v, "people.csv")
	if err := os.WriteFile(first.path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	second := begin(t, v, "people.csv")
	if third := begin(t, v, "people.csv"); second.Resumed || !third.Resumed || third.ID != second.ID {
		t.Errorf("the runs have the ids %s, %s and %s", first.ID, second.ID, third.ID)
	}
}

func TestAGivenRequestIDIsNotKept(t *testing.T) {
	v := newInvocation(t)
	j, err := (&Flags{Request: "nightly-1"}).Begin(v, "people.csv")
	if err != nil || j.ID != "nightly-1" {
		t.Errorf("the id is %+v, %v", j, err)
	}
	folder, err := folderOf(v)
	if err != nil {
		t.Fatal(err)
	}
	if found, _ := filepath.Glob(filepath.Join(folder, "*")); len(found) > 0 {
		t.Errorf("files are left: %v", found)
	}
	if _, err := (&Flags{Request: "two words"}).Begin(v); err == nil || v.Fail(err) != cli.ExitUsage {
		t.Errorf("an invalid id is answered %v", err)
	}
}
