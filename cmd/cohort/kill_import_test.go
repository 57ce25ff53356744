package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/exportfile"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/importer"
	"cohort/internal/sample"
	"cohort/internal/store"
	"cohort/internal/transfer"
)

// sampleFile writes an export with a number of users.
func sampleFile(t *testing.T, path string, users int) {
	t.Helper()
	d := sample.New(sample.Shape{
		Seed: 5, Users: users, Groups: 60, Depth: 4, Attributes: 20, GroupValues: 300, Memberships: 3 * users,
		UserValues: users, Skew: 1,
	}, sample.Initialized())
	err := exportfile.Write(path, func(w io.Writer) error {
		out, err := transfer.NewWriter(w, transfer.Header{})
		if err != nil {
			return err
		}
		rows := slices.Collect(d.Catalog())
		for i := range users {
			u := d.User(i)
			rows = append(rows, u.User)
			for _, m := range u.Memberships {
				rows = append(rows, m)
			}
			for _, v := range u.Values {
				rows = append(rows, v)
			}
		}
		slices.SortStableFunc(rows, func(a, b directory.Row) int {
			ka, kb := a.Key(), b.Key()
			if ka.Kind.InCatalog() || kb.Kind.InCatalog() {
				return cmp.Or(cmp.Compare(ka.Kind, kb.Kind), cmp.Compare(ka.A, kb.A), cmp.Compare(ka.B, kb.B))
			}
			return cmp.Or(cmp.Compare(ka.A, kb.A), cmp.Compare(ka.Kind, kb.Kind), cmp.Compare(ka.B, kb.B))
		})
		for _, row := range rows {
			if err := out.Row(row); err != nil {
				return err
			}
		}
		_, err = out.Close()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func cohortOutput(t *testing.T, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "cohort", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("cohort %q: %v\n%s%s", args, err, out, &stderr)
	}
	return string(out)
}

// exported are the rows of a directory as lines, without what differs between directories:
// times of built-in rows, and the administrator's credentials.
func exported(t *testing.T, dir string) []string {
	t.Helper()
	lines := strings.Split(cohortOutput(t, "export", "--data", dir), "\n")
	return slices.DeleteFunc(lines, func(line string) bool {
		return !strings.HasPrefix(line, `{"row":`) || strings.Contains(line, `"permanent":true`) ||
			strings.Contains(line, `"All Users"`) ||
			strings.Contains(line, `"first_name":"Admin"`)
	})
}

// killRows is the number of rows in a change of an import that is killed.
const killRows = 250

// A dyingStore kills the process at the first write, before the commit or right after it.
type dyingStore struct {
	store.Store
	inside bool
}

// Write implements store.Store.
func (s dyingStore) Write(ctx context.Context, f func(store.Tx) error) error {
	wrote := false
	err := s.Store.Write(ctx, func(tx store.Tx) error {
		err := f(writingTx{tx, &wrote})
		if err == nil && wrote && s.inside {
			die()
		}
		return err
	})
	if err == nil && wrote {
		die()
	}
	return err
}

// A writingTx records that something is written.
type writingTx struct {
	store.Tx
	wrote *bool
}

// Append implements store.Tx.
func (tx writingTx) Append(ctx context.Context, c store.Commit) error {
	*tx.wrote = true
	return tx.Tx.Append(ctx, c)
}

// die ends the process at once, as kill -9 does.
func die() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {}
}

// importDying imports a file into a directory and dies at the first write: "inside" the
// transaction or "behind" it.
func importDying(args []string) (status int) {
	fmt.Fprintln(os.Stderr, "the import was not killed:", runDying(context.Background(), args[0], args[1],
		args[2] == "inside"))
	return cli.ExitFailed
}

func runDying(ctx context.Context, file, data string, inside bool) error {
	settings, _, err := config.Load(config.Flags{"data": data}, nil)
	if err != nil {
		return err
	}
	trailer, err := exportfile.Check(file)
	if err != nil {
		return err
	}
	f, err := exportfile.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := transfer.NewReader(f)
	if err != nil {
		return err
	}
	s, err := app.OpenStore(ctx, settings, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	c, err := core.Open(ctx, dyingStore{s, inside}, core.Options{
		Sealer: app.NoSealer{}, Facets: app.FacetChecks(), Importing: true, ImportRows: killRows,
	})
	if err != nil {
		return err
	}
	_, err = importer.Run(ctx, c, importer.Import{
		Job: trailer.SHA256, Next: rows.Header().Next.IDs(), Rows: rows.Next,
	})
	return err
}

// revisionOf is the revision of a directory.
func revisionOf(t *testing.T, data string) (rev directory.Revision) {
	t.Helper()
	settings, _, err := config.Load(config.Flags{"data": data}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := app.OpenReader(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Read(t.Context(), func(r store.Reader) error {
		rev, err = r.Revision(t.Context())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

// An import may be killed at any time and repeatedly: repeating it leads to the same rows as
// an uninterrupted import. Killed inside a change it leaves nothing of the change; killed
// after the change it leaves all of it.
func TestAKilledImportGoesOn(t *testing.T) {
	dir := t.TempDir()
	file, data := filepath.Join(dir, "all.jsonl"), filepath.Join(dir, "killed")
	sampleFile(t, file, 500)
	args := func(data string) []string {
		return []string{"import", file, "--data", filepath.Join(dir, data), "--change-rows", strconv.Itoa(killRows)}
	}
	cohortOutput(t, args("whole")...)
	whole := exported(t, filepath.Join(dir, "whole"))
	if len(whole) < 8*killRows {
		t.Fatalf("the file has only %d rows", len(whole))
	}
	for n := range directory.Revision(6) { // creating the directory, and five parts
		kill(t, file, data, "inside", n)
		kill(t, file, data, "behind", n+1)
	}
	out := cohortOutput(t, args("killed")...)
	behind := regexp.MustCompile(`after (\d+) of an earlier run`).FindStringSubmatch(out)
	if behind == nil || len(behind[1]) < 4 { // a part ends at the end of a user
		t.Errorf("the last run says %s, not that it continues after five parts", out)
	}
	if got := exported(t, data); !slices.Equal(got, whole) {
		t.Errorf("%d rows, want %d, or others", len(got), len(whole))
	}
	if out := cohortOutput(t, "verify", "--data", data); !strings.Contains(out, "nothing is wrong") {
		t.Error(out)
	}
}

// kill continues an import that dies inside its first write or after it. The directory must be
// left at a revision.
func kill(t *testing.T, file, data, when string, want directory.Revision) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "import-dying", file, data, when).CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Exited() {
		t.Fatalf("the import that is to die %s a write: %v\n%s", when, err, out)
	}
	if rev := revisionOf(t, data); rev != want {
		t.Fatalf("killed %s a write, the directory stands at revision %d, want %d", when, rev, want)
	}
}

// A file that no export wrote may be wrong in the middle. The directory is then of no use, and
// every command says so.
func TestAWrongRowInTheMiddleIsNamedAndNothingStarts(t *testing.T) {
	dir := t.TempDir()
	sound, wrong, data := filepath.Join(dir, "sound.jsonl"), filepath.Join(dir, "wrong.jsonl"), filepath.Join(dir, "data")
	sampleFile(t, sound, 20)
	err := exportfile.Write(wrong, func(w io.Writer) error {
		out, err := transfer.NewWriter(w, transfer.Header{})
		for id := directory.UserID(1); id <= 30 && err == nil; id++ {
			u := directory.User{ID: id, Kind: directory.KindPerson}
			if id == 25 {
				u.Kind = "ghost"
			}
			err = out.Row(u)
		}
		_, closing := out.Close()
		return errors.Join(err, closing)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		want string
		args []string
	}{
		{"line 26: kind must be person or service\ncohort: the import cannot continue",
			[]string{"import", wrong, "--data", data, "--change-rows", "5"}},
		{"an import into this directory has not ended", []string{"serve", "--addr", "127.0.0.1:0", "--data", data}},
		{"the import of another file into this directory has not ended", []string{"import", sound, "--data", data}},
		{"--change-rows must be between", []string{"import", sound, "--data", data, "--change-rows", "100001"}},
	} {
		out, err := exec.CommandContext(t.Context(), "cohort", test.args...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), test.want) {
			t.Errorf("cohort %q: %v, %s; want %q", test.args, err, out, test.want)
		}
	}
}
