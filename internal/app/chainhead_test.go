package app_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/store/sqlite"
)

// serveOnce serves a directory and stops it, which sends the head of its history.
func serveOnce(t *testing.T, c config.Config) (log string) {
	t.Helper()
	lines := &safeBuffer{}
	a, err := app.Open(t.Context(), c, app.Options{Log: slog.New(slog.NewTextHandler(lines, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := a.Serve(ctx); err != nil {
		t.Error(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return lines.take()
}

// The head of the history is sent to an endpoint, signed, and compared later.
func TestAnEndpointHoldsTheHeadOfTheHistory(t *testing.T) {
	received := &safeBuffer{}
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("the endpoint is sent %s %v", r.Method, r.Header)
		}
		if _, err := io.Copy(received, r.Body); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	defer endpoint.Close()
	c := settings(t, config.Flags{"addr": "127.0.0.1:0", "data": t.TempDir(), "chain-to": endpoint.URL + "/heads"})
	if log := serveOnce(t, c); !strings.Contains(log, "event=chain_head ") || strings.Contains(log, "chain_head_lost") {
		t.Errorf("the log says:\n%s", log)
	}
	head := received.take()
	if !strings.Contains(head, `"revision":1,`) {
		t.Fatalf("the endpoint was sent %q", head)
	}
	st, err := sqlite.Open(t.Context(), c.Data)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	forged := strings.Replace(head, `"revision":1,`, `"revision":2,`, 1)
	for name, test := range map[string]struct {
		heads   string
		checked int
		problem string
	}{
		"what was sent":  {head, 1, ""},
		"what is forged": {forged, 0, "not signed by a key of this directory"},
		"what is cut":    {head[:len(head)/2], 0, "cannot be read"},
	} {
		var problems bytes.Buffer
		check := &app.HeadsCheck{Problem: func(s string) { problems.WriteString(s) }, Note: func(string) {}}
		if err := app.CheckHeads(t.Context(), c, st, strings.NewReader(test.heads), check); err != nil {
			t.Fatal(err)
		}
		if check.Checked != test.checked || !strings.Contains(problems.String(), test.problem) ||
			(test.problem == "") != (problems.Len() == 0) {
			t.Errorf("%s: %d are as they were sent, %q", name, check.Checked, &problems)
		}
	}
}

// An endpoint that refuses, or leads elsewhere, does not hold the head, and the log
// says so; serving ends as it should.
func TestAnEndpointThatDoesNotTakeTheHeadIsSaid(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s follows a redirection", r.Method, r.URL)
	}))
	defer elsewhere.Close()
	for status, want := range map[int]string{
		http.StatusInternalServerError: "it answers 500", http.StatusTemporaryRedirect: "it answers 307",
	} {
		endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(status)
		}))
		log := serveOnce(t, settings(t, config.Flags{"addr": "127.0.0.1:0", "data": t.TempDir(), "chain-to": endpoint.URL}))
		endpoint.Close()
		if !strings.Contains(log, "event=chain_head_lost") || !strings.Contains(log, want) {
			t.Errorf("after %d the log says:\n%s", status, log)
		}
	}
}
