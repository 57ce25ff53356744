package main

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/internal/transfer"
)

// sampleFile writes an export of so many users.
func sampleFile(t *testing.T, path string, users int) {
	t.Helper()
	d := sample.New(sample.Shape{
		Seed: 5, Users: users, Groups: 60, Depth: 4, Attributes: 20, GroupValues: 300, Memberships: 3 * users,
		UserValues: users, Skew: 1,
	}, sample.Initialized())
	err := writeFile(path, func(w io.Writer) error {
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

// exported are the rows of a directory, as lines. What is built in was made at
// another time in each, and the administrator has credentials of its own.
func exported(t *testing.T, dir string) []string {
	t.Helper()
	lines := strings.Split(cohortOutput(t, "export", "--data", dir), "\n")
	return slices.DeleteFunc(lines, func(line string) bool {
		return !strings.HasPrefix(line, `{"row":`) || strings.Contains(line, `"permanent":true`) ||
			strings.Contains(line, `"All Users"`) ||
			strings.Contains(line, `"first_name":"Admin"`)
	})
}

// An import may be killed at any time, again and again: repeating it leads to
// what an import in one go leads to, row by row.
func TestAKilledImportGoesOn(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "all.jsonl")
	sampleFile(t, file, 2000)
	args := func(data string) []string {
		return []string{"import", file, "--data", filepath.Join(dir, data), "--change-rows", "250"}
	}
	begun := time.Now()
	cohortOutput(t, args("whole")...)
	took := time.Since(begun)
	whole := exported(t, filepath.Join(dir, "whole"))
	if len(whole) < 10_000 {
		t.Fatalf("the file has only %d rows", len(whole))
	}
	killed, resumed := 0, 0
	for range 40 {
		cmd := exec.CommandContext(t.Context(), "cohort", args("killed")...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(rand.N(took/2), func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		kill.Stop()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && !exit.Exited() {
			killed++
			continue
		}
		if err != nil {
			t.Fatalf("an import after %d that were killed: %v\n%s", killed, err, &out)
		}
		if strings.Contains(out.String(), "behind") || strings.Contains(out.String(), "was imported before") {
			resumed++
		}
		break
	}
	t.Logf("killed %d times", killed)
	if out := cohortOutput(t, args("killed")...); !strings.Contains(out, "imported") {
		t.Errorf("the last run: %s", out)
	}
	if killed > 0 && resumed == 0 {
		t.Log("it was never in the middle of writing when it was killed")
	}
	if got := exported(t, filepath.Join(dir, "killed")); !slices.Equal(got, whole) {
		t.Errorf("%d rows, want %d, or others", len(got), len(whole))
	}
	if out := cohortOutput(t, "verify", "--data", filepath.Join(dir, "killed")); !strings.Contains(out,
		"nothing is wrong") {
		t.Error(out)
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "killed")); err != nil || len(entries) == 0 {
		t.Errorf("the directory has %v, %v", entries, err)
	}
}

// A file that no export has written may be wrong in the middle. What is behind
// it is then good for nothing, and everybody is told so.
func TestAWrongRowInTheMiddleIsNamedAndNothingStarts(t *testing.T) {
	dir := t.TempDir()
	sound, wrong, data := filepath.Join(dir, "sound.jsonl"), filepath.Join(dir, "wrong.jsonl"), filepath.Join(dir, "data")
	sampleFile(t, sound, 20)
	err := writeFile(wrong, func(w io.Writer) error {
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
		{"line 26: kind must be person or service\ncohort: the import cannot go on",
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
