package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"cohort/cmd/cohort/internal/cli"
)

// A job that is interrupted continues under the same request id when it runs again, and one
// revert undoes it. Ctrl-C ends the job after the current change, and it prints what was
// committed and how to undo it; kill -9 prints nothing.
func TestAJobThatEndedInTheMiddleGoesOnAndIsUndoneAtOnce(t *testing.T) {
	dir := t.TempDir()
	var table, people, declared strings.Builder
	table.WriteString("source:hr,first_name\n")
	declared.WriteString("cohort: 1\nset: all\nusers:\n")
	const inTable, inLDIF, inYAML = 9000, 2500, 3600
	for i := range inTable {
		fmt.Fprintf(&table, "%d,Person\n", i)
	}
	for i := range inLDIF {
		fmt.Fprintf(&people, "dn: uid=u%d,dc=example\nobjectClass: inetOrgPerson\ngivenName: Person\n\n", i)
	}
	for i := range inYAML {
		fmt.Fprintf(&declared, "  u%d@example.com: {first_name: Person}\n", i)
	}
	for name, text := range map[string]string{
		"people.csv": table.String(), "people.ldif": people.String(), "people.yaml": declared.String(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name   string
		people int
		kill   bool
		args   []string
	}{
		{"a table, killed", inTable, true, []string{"import", "csv", filepath.Join(dir, "people.csv")}},
		{"LDIF, interrupted", inLDIF, false, []string{"import", "ldif", filepath.Join(dir, "people.ldif")}},
		{"declared state, killed", inYAML, true, []string{"apply", filepath.Join(dir, "people.yaml"), "--in-parts"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, n := serveSeed(t, ""), test.people
			count := func() int {
				_, out := s.command(t.Context(), s.url, "user", "list", "-o", "csv", "--limit", "0")
				return strings.Count(out, "Person")
			}
			id := s.endsInTheMiddle(t, test.kill, test.args)
			if got := count(); got == 0 || got == n {
				t.Fatalf("%d of %d people are there: it did not end in the middle", got, n)
			}
			status, out := s.command(t.Context(), s.url, test.args...)
			on := regexp.MustCompile(`continues under its request id, (\S+)`).FindStringSubmatch(out)
			undo := regexp.MustCompile(`To undo: cohort revert --request (\S+)`).FindStringSubmatch(out)
			if status != 0 || on == nil || undo == nil || on[1] != undo[1] || id != "" && id != on[1] {
				t.Fatalf("run again: status %d, after %q\n%s", status, id, out[max(0, len(out)-1000):])
			}
			if got := count(); got != n {
				t.Errorf("%d people, want %d", got, n)
			}
			status, out = s.command(t.Context(), s.url, test.args...)
			idle := strings.Contains(out, "Nothing to do") || strings.Contains(out, "Done in 0 changes")
			if status != 0 || !idle || strings.Contains(out, "continues") {
				t.Errorf("once more: status %d\n%s", status, out)
			}
			if status, out := s.command(t.Context(), s.url, "revert", "--request", undo[1]); status != 0 {
				t.Fatalf("revert: status %d\n%s", status, out)
			}
			if got := count(); got != 0 {
				t.Errorf("%d people are left", got)
			}
		})
	}
}

// endsInTheMiddle runs a command that ends when its first change is committed, and returns the
// request id that it prints; none if it is killed.
func (s *served) endsInTheMiddle(t *testing.T, kill bool, args []string) string {
	t.Helper()
	target, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	changes := atomic.Int32{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Request.URL.Path == "/v1/changes" && changes.Add(1) == 1 {
			end()
		}
		return nil
	}
	between := httptest.NewServer(proxy)
	t.Cleanup(between.Close)
	s.url = between.URL
	if !kill {
		status, out := s.command(ctx, s.url, args...)
		undo := regexp.MustCompile(`committed so far: \d+ changes?, up to revision \d+; run it again to continue, or undo: ` +
			`cohort revert --request (\S+)`).FindStringSubmatch(out)
		if status != 1 || undo == nil {
			t.Fatalf("interrupted: status %d\n%s", status, out)
		}
		return undo[1]
	}
	cmd := exec.CommandContext(ctx, "cohort", args...) // the end of the context kills it
	cmd.Env = append(os.Environ(), s.environ(s.url)...)
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Exited() {
		t.Fatalf("it was not killed: %v\n%s", err, out)
	}
	s.apply(t, `[{"edit":"create_group","name":"Behind"}]`) // the current change has its outcome before this one
	return ""
}

// command runs a command against an address as the administrator.
func (s served) command(ctx context.Context, address string, args ...string) (status int, out string) {
	var b bytes.Buffer
	status = run(ctx, args, s.environ(address), cli.Terminal{Stdin: strings.NewReader(""), Stdout: &b, Stderr: &b})
	return status, b.String()
}

func (s served) environ(address string) []string {
	return []string{
		"COHORT_URL=" + address, "COHORT_CLIENT_ID=" + s.id, "COHORT_CLIENT_SECRET=" + s.secret, "XDG_CONFIG_HOME=" + s.home,
	}
}
