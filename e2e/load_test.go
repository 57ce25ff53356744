package e2e

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cohort/internal/effort"
)

// A loadReport is what `cohort load --json` says, as far as tests ask.
type loadReport struct {
	Most    float64 `json:"most_per_second"`
	Rate    float64 `json:"rate_per_second"`
	Seconds float64 `json:"seconds"`
	Latency struct {
		Count int64   `json:"count"`
		P50   float64 `json:"p50_ms"`
		P99   float64 `json:"p99_ms"`
		P999  float64 `json:"p999_ms"`
	} `json:"latency"`
	Errors   int64    `json:"errors"`
	Unsent   int64    `json:"unsent"`
	Wrong    int64    `json:"wrong_answers"`
	Examples []string `json:"wrong_examples"`
	Unknown  int      `json:"writes_of_unknown_outcome"`
	Right    int64    `json:"right_answers_at_the_end"`
	Servers  []struct {
		Grew   bool `json:"grew"`
		Leaked bool `json:"leaked"`
		Seen   bool `json:"seen"`
		Start  gauge
		Warm   gauge `json:"after_warm_up"`
		End    gauge
		Idle   gauge
	} `json:"servers"`
}

type gauge struct {
	RSS        int64 `json:"rss_bytes"`
	Goroutines int64 `json:"goroutines"`
}

// runLoad runs `cohort load` and returns its report, all that it wrote for
// people, and its status.
func runLoad(t *testing.T, at string, args ...string) (report loadReport, said string, status int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, append([]string{"load", "--json"}, args...)...)
	cmd.Env = []string{"COHORT_URL=" + at, "COHORT_CLIENT_ID=" + clientID, "COHORT_CLIENT_SECRET=" + clientSecret}
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if out.Len() > 0 {
		if err := json.Unmarshal([]byte(out.String()), &report); err != nil {
			t.Fatalf("the report cannot be read: %v\n%s", err, &out)
		}
	}
	return report, errs.String(), cmd.ProcessState.ExitCode()
}

// unlimited lets one credential ask as fast as it can.
func unlimited() option { return with("--credential-rate", "0", "--address-rate", "0") }

// everyKind asks for all that can be asked for.
const everyKind = "reads=80,explains=5,writes=8,group-writes=3,moves=4"

// TestLoadIsAnsweredRightlyAndMemoryStays holds a share of what the server can
// do. In make test it takes seconds; in make test-all it is a soak of
// COHORT_SOAK, ten minutes if that is not set.
func TestLoadIsAnsweredRightlyAndMemoryStays(t *testing.T) {
	soak := 10 * time.Minute
	if text := os.Getenv("COHORT_SOAK"); text != "" {
		var err error
		if soak, err = time.ParseDuration(text); err != nil {
			t.Fatalf("COHORT_SOAK: %v", err)
		}
	}
	t.Run("SQLite", func(t *testing.T) { holdLoad(t, soak, newServer(t, unlimited())) })
	t.Run("three nodes on PostgreSQL", func(t *testing.T) {
		database := databases.Empty(t)
		holdLoad(t, soak/2, newServer(t, unlimited(), in(database)), newServer(t, unlimited(), in(database)),
			newServer(t, unlimited(), in(database)))
	})
}

// holdLoad holds a share of what nodes of one directory can do. Every write is
// read from the other nodes at once, with Cohort-Min-Revision.
func holdLoad(t *testing.T, soak time.Duration, nodes ...*server) {
	t.Helper()
	args := []string{"--rate", "60", "--duration", "3s", "--warm-up", "1s", "--users", "100", "--connections", "16",
		"--mix", everyKind}
	if effort.All() {
		args = []string{"--rate", "70%", "--find", "30s", "--duration", soak.String(), "--warm-up", (soak / 10).String(),
			"--users", "3000", "--connections", "32", "--mix", everyKind}
	}
	for _, s := range nodes {
		args = append(args, "--url", s.direct.Load().String())
	}
	r, said, _ := runLoad(t, "", args...)
	if r.Errors+r.Wrong != 0 || r.Unknown != 0 || r.Right == 0 || len(r.Servers) != len(nodes) {
		t.Fatalf("report %+v\n%s", r, said)
	}
	// Requests that were due and not sent are due to the load of the machine beside
	// a short test.
	if due := r.Rate * r.Seconds; effort.All() && float64(r.Unsent) > due/100 {
		t.Errorf("the rate was not held: %d of %.0f requests were not sent; is the machine doing something else?", r.Unsent,
			due)
	}
	for _, s := range r.Servers {
		if !s.Seen || s.Leaked || effort.All() && s.Grew {
			t.Errorf("memory or goroutines grew: %+v", s)
		}
	}
	t.Logf("%.0f a second of at most %.0f for %.0f s: p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms; %+v",
		r.Rate, r.Most, r.Seconds, r.Latency.P50, r.Latency.P99, r.Latency.P999, r.Servers)
	for _, s := range nodes {
		s.mustBeEmpty()
	}
}

// mustBeEmpty fails the test unless there is nobody but the administrator.
func (s *server) mustBeEmpty() {
	s.t.Helper()
	token := s.login()
	for _, path := range []string{"/v1/users", "/v1/groups"} {
		if body := s.mustAsk(http.MethodGet, path, token, ""); strings.Count(body, `"created_at"`) != 1 {
			s.t.Errorf("%s is not empty: %s", path, body)
		}
	}
	if body := s.mustAsk(http.MethodGet, "/v1/attributes", token, ""); strings.Contains(body, "cohort_load") {
		s.t.Errorf("attributes stayed: %s", body)
	}
}

// between puts a handler between a client and the server.
func (s *server) between(handle func(forward http.Handler, w http.ResponseWriter, r *http.Request)) string {
	s.t.Helper()
	target := s.direct.Load()
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http",
			Host: target.Host})
	}}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(forward, w, r) }))
	s.t.Cleanup(web.Close)
	return web.URL
}

func TestLoadFindsAnswersOfThePast(t *testing.T) {
	s := newServer(t, unlimited())
	var seen atomic.Int64
	var first atomic.Pointer[string] // an answer, and the path it is of
	at := s.between(func(forward http.Handler, w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/effective") {
			forward.ServeHTTP(w, r)
			return
		}
		recorded := httptest.NewRecorder()
		forward.ServeHTTP(recorded, r)
		body := recorded.Body.String()
		// One answer is given again, as a cache would, to whoever asks after the
		// same user a hundred requests later. The revision it names is as new as
		// can be: only its values are old.
		if keep := r.URL.Path + "\n" + body; seen.Add(1) == 1 {
			first.Store(&keep)
		}
		if kept := first.Load(); kept != nil && seen.Load() > 100 {
			path, old, _ := strings.Cut(*kept, "\n")
			if path == r.URL.Path {
				body = strings.Replace(old, revisionIn(old), revisionIn(body), 1)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	})
	r, said, status := runLoad(t, at, "--rate", "200", "--duration", "3s", "--warm-up", "0s", "--users", "10", "--mix",
		"reads=1,writes=1")
	if status != 1 || r.Wrong == 0 || len(r.Examples) == 0 ||
		!strings.Contains(r.Examples[0], "cohort_load_own: revision") || r.Errors != 0 {
		t.Errorf("status %d, report %+v\n%s", status, r, said)
	}
	s.mustBeEmpty()
}

// revisionIn is the member of a body that names its revision.
func revisionIn(body string) string {
	_, rest, _ := strings.Cut(body, `"revision":`)
	end := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != ' ' })
	return `"revision":` + rest[:max(0, end)]
}

// A connection that breaks after the server took a write leaves its outcome
// unknown. It is sent again under its key, and happened once.
func TestLoadSettlesWritesWhoseAnswerWasLost(t *testing.T) {
	s := newServer(t, unlimited())
	var n, cut atomic.Int64
	at := s.between(func(forward http.Handler, w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Idempotency-Key") == "" || n.Add(1)%5 != 0 {
			forward.ServeHTTP(w, r)
			return
		}
		cut.Add(1)
		forward.ServeHTTP(httptest.NewRecorder(), r)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			// Without a byte of a reply net/http would send the request again by
			// itself, and load would learn of nothing.
			_, err = conn.Write([]byte("HTTP/1.1 "))
			err = errors.Join(err, conn.Close())
		}
		if err != nil {
			t.Error(err)
		}
	})
	r, said, status := runLoad(t, at, "--rate", "100", "--duration", "2s", "--warm-up", "0s", "--users", "20", "--mix",
		"reads=2,writes=1,moves=1")
	if status != 1 || r.Errors == 0 || cut.Load() == 0 || r.Wrong != 0 || r.Unknown != 0 || r.Right != 20 {
		t.Errorf("status %d after %d cuts, report %+v\n%s", status, cut.Load(), r, said)
	}
	s.mustBeEmpty()
}

func TestLoadDoesNotTouchTheDirectoryOfOthers(t *testing.T) {
	s := newServer(t, unlimited())
	token := s.login()
	s.createGroup(token, "Sales")
	before := s.revision(token)
	_, said, status := runLoad(t, s.direct.Load().String())
	if status != 1 || !strings.Contains(said, "say --yes") || s.revision(token) != before {
		t.Errorf("status %d, revision %d after %d: %s", status, s.revision(token), before, said)
	}
	r, said, status := runLoad(t, s.direct.Load().String(), "--yes", "--keep", "--rate", "50", "--duration", "1s",
		"--warm-up", "0s", "--users", "10")
	if status != 0 || r.Right != 10 {
		t.Errorf("with --yes: status %d, report %+v\n%s", status, r, said)
	}
	// The mark was kept: the next run removes it, and Sales is not removed.
	_, said, status = runLoad(t, s.direct.Load().String(), "--rate", "50", "--duration", "1s", "--warm-up", "0s",
		"--users", "10")
	if names := s.groupNames(token); status != 0 || len(names) != 2 || !names["Sales"] {
		t.Errorf("status %d, groups %v\n%s", status, names, said)
	}
}

// revision is the one of the newest change.
func (s *server) revision(token string) int64 {
	s.t.Helper()
	text := revisionIn(s.mustAsk(http.MethodGet, "/v1/changes?limit=1", token, ""))
	_, number, _ := strings.Cut(text, ":")
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}
