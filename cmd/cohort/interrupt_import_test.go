package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// TestAnInterruptedTableGoesOnAndIsUndone: Ctrl-C ends an import behind the
// change that is under way, with what was committed and how to undo it; run
// again, it goes on.
func TestAnInterruptedTableGoesOnAndIsUndone(t *testing.T) {
	s := serveSeed(t, "")
	var table strings.Builder
	table.WriteString("source:hr,first_name\n")
	const n = 3500
	for i := range n {
		fmt.Fprintf(&table, "%d,Person\n", i)
	}
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(table.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	changes := atomic.Int32{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Request.URL.Path == "/v1/changes" && changes.Add(1) == 1 {
			interrupt() // as the first change is committed
		}
		return nil
	}
	between := httptest.NewServer(proxy)
	defer between.Close()
	status, out := s.command(ctx, between.URL, "import", "csv", file)
	undo := regexp.MustCompile(`(\d+) changes are committed, up to revision \d+; run it again to go on, or undo them: cohort revert --request (\S+)`).FindStringSubmatch(out)
	if status != 1 || undo == nil || undo[1] != "1" {
		t.Fatalf("interrupted: status %d\n%s", status, out)
	}
	status, out = s.command(t.Context(), s.url, "import", "csv", file)
	again := regexp.MustCompile(`To undo them: cohort revert --request (\S+)`).FindStringSubmatch(out)
	if status != 0 || again == nil {
		t.Fatalf("run again: status %d\n%s", status, out)
	}
	if status, out = s.command(t.Context(), s.url, "import", "csv", file); status != 0 ||
		!strings.Contains(out, "Nothing to do") {
		t.Errorf("once more: status %d\n%s", status, out)
	}
	count := func() int {
		_, out := s.command(t.Context(), s.url, "user", "list", "-o", "csv", "--limit", "0")
		return strings.Count(out, "Person")
	}
	if got := count(); got != n {
		t.Errorf("%d people, want %d", got, n)
	}
	for _, request := range []string{again[1], undo[2]} {
		if status, out := s.command(t.Context(), s.url, "revert", "--request", request); status != 0 {
			t.Fatalf("revert: status %d\n%s", status, out)
		}
	}
	if got := count(); got != 0 {
		t.Errorf("%d people are left", got)
	}
}

// command runs a command against an address as the administrator.
func (s served) command(ctx context.Context, address string, args ...string) (status int, out string) {
	var b bytes.Buffer
	status = run(ctx, args, []string{
		"COHORT_URL=" + address, "COHORT_CLIENT_ID=" + s.id, "COHORT_CLIENT_SECRET=" + s.secret,
	}, terminal{strings.NewReader(""), &b, &b})
	return status, b.String()
}
