package httpkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
)

// world is a router whose log and observations can be read.
type world struct {
	*Router
	log  bytes.Buffer
	seen []Observation
}

func newWorld() *world {
	w := &world{}
	now := time.Unix(0, 0)
	w.Router = NewRouter(RouterConfig{
		Log:     slog.New(slog.NewTextHandler(&w.log, nil)),
		Now:     func() time.Time { now = now.Add(time.Millisecond); return now },
		Observe: func(o Observation) { w.seen = append(w.seen, o) },
		Render: func(w http.ResponseWriter, _ *http.Request, err error) {
			status := 499
			if e, ok := errors.AsType[*RouteError](err); ok {
				status = e.Status
			}
			WriteBody(w, status, "text/plain", []byte(fmt.Sprintf("kind %d", directory.KindOf(err))))
		},
	})
	w.Handle("GET /things/{id}", func(w http.ResponseWriter, r *http.Request) error {
		NoteCaller(r.Context(), directory.Caller{User: 7, Credential: 8})
		_, err := io.WriteString(w, r.PathValue("id"))
		return err
	})
	w.Handle("GET /tree/{rest...}", func(http.ResponseWriter, *http.Request) error { return nil })
	w.Handle("POST /things", func(http.ResponseWriter, *http.Request) error { return directory.Forbidden("no") })
	w.Handle("DELETE /things/{id}",
		func(http.ResponseWriter, *http.Request) error { return errors.New("the disk is gone") })
	w.Handle("GET /panic", func(http.ResponseWriter, *http.Request) error { panic("s3cret") })
	w.Handle("GET /index", func(_ http.ResponseWriter, r *http.Request) error {
		_ = []int{}[len(r.Method)]
		return nil
	})
	w.Handle("GET /half", func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, "half")
		panic("late")
	})
	return w
}

func (w *world) do(method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec
}

func TestRoutesAndWhatIsNone(t *testing.T) {
	for _, test := range []struct {
		name, method, target string
		status               int
		body                 string
	}{
		{"a route", "GET", "/things/5", 200, "5"},
		{"doubled slashes", "GET", "//things///5", 200, "5"},
		{"an escaped slash is data", "GET", "/things/a%2Fb", 200, "a/b"},
		{"escaped slashes after a doubled one", "GET", "//things/a%2F%2Fb%25", 200, "a//b%"},
		{"an error", "POST", "/things", 499, "kind 4"},
		{"no such path", "GET", "/nothing", 404, "kind 5"},
		{"a path with dots", "GET", "/things/../things/5", 404, "kind 5"},
		{"no such method", "PUT", "/things/5", 405, "kind 5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rec := newWorld().do(test.method, test.target)
			if rec.Code != test.status || rec.Body.String() != test.body {
				t.Errorf("%d %q, want %d %q", rec.Code, rec.Body, test.status, test.body)
			}
		})
	}
	if rec := newWorld().do("GET", "/tree?a=b"); rec.Code/100 != 3 || rec.Header().Get("Location") != "/tree/?a=b" {
		t.Errorf("the top of a tree: %d to %q", rec.Code, rec.Header().Get("Location"))
	}
	if got := newWorld().do("PUT", "/things/5").Header().Get("Allow"); got != "DELETE, GET, HEAD" {
		t.Errorf("Allow is %q", got)
	}
}

func TestEveryRequestHasALineInTheLogAndAnObservation(t *testing.T) {
	w := newWorld()
	w.do("GET", "/things/s3cret?token=s3cret", "X-Request-Id", "abc", "Authorization", "Bearer s3cret")
	w.do("BREW", "/nothing/s3cret")
	want := `level=INFO msg=request request_id=abc method=GET pattern="GET /things/{id}" status=200 duration=1ms bytes=6 caller=7 credential=8 address="" own_request_id=`
	lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], want) || strings.Contains(lines[1], "own_request_id") {
		t.Errorf("the log is\n%swant %s", w.log.String(), want)
	}
	if strings.Contains(w.log.String(), "s3cret") {
		t.Errorf("the log holds a secret:\n%s", w.log.String())
	}
	if diff := cmp.Diff([]Observation{
		{"GET /things/{id}", "GET", 200, time.Millisecond, 6},
		{"", "other", 404, time.Millisecond, 6},
	}, w.seen); diff != "" {
		t.Errorf("observations (-want +got):\n%s", diff)
	}
}

func TestRequestIDs(t *testing.T) {
	w := newWorld()
	for id, kept := range map[string]bool{
		"abc-1_2.3": true, strings.Repeat("a", 64): true,
		"": false, strings.Repeat("a", 65): false, "a b": false, "a\"b": false, "ä": false,
	} {
		got := w.do("GET", "/things/5", "X-Request-Id", id).Header().Get("X-Request-Id")
		if (got == id) != kept || got == "" {
			t.Errorf("id %q: %q", id, got)
		}
	}
}

func TestInternalErrorsAreLoggedOnceAndNotTold(t *testing.T) {
	w := newWorld()
	rec := w.do("DELETE", "/things/5")
	if rec.Body.String() != "kind 0" || strings.Count(w.log.String(), "the disk is gone") != 1 {
		t.Errorf("answered %q, logged\n%s", rec.Body, w.log.String())
	}
	w = newWorld()
	w.do("POST", "/things")
	if strings.Contains(w.log.String(), "request failed") {
		t.Errorf("a refusal was logged as ours:\n%s", w.log.String())
	}
}

func TestPanicsAreRecoveredLoggedOnceAndNotTold(t *testing.T) {
	w := newWorld()
	rec := w.do("GET", "/panic", "X-Request-Id", "abc")
	if rec.Code != 499 || rec.Body.String() != "kind 0" {
		t.Errorf("answered %d %q", rec.Code, rec.Body)
	}
	if got := w.log.String(); strings.Count(got, "request panicked") != 1 || !strings.Contains(got, "request_id=abc") ||
		strings.Contains(got, "s3cret") {
		t.Errorf("logged\n%s", got)
	}
	w = newWorld()
	w.do("GET", "/index")
	if !strings.Contains(w.log.String(), "index out of range") {
		t.Errorf("logged\n%s", w.log.String())
	}
}

func TestAPanicAfterHalfAReplyBreaksTheConnection(t *testing.T) {
	w := newWorld()
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("panicked with %v", err)
		}
		if len(w.seen) != 1 {
			t.Errorf("observed %v", w.seen)
		}
	}()
	w.do("GET", "/half")
}

func TestARequestThatIsGivenUpIsNotOurFault(t *testing.T) {
	w := newWorld()
	w.Handle("GET /slow", func(_ http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return fmt.Errorf("read rows: %w", r.Context().Err())
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequest("GET", "/slow", nil).WithContext(ctx))
	if want := fmt.Sprintf("kind %d", directory.KindUnavailable); rec.Body.String() != want ||
		strings.Contains(w.log.String(), "failed") {
		t.Errorf("answered %q, want %q; logged\n%s", rec.Body, want, w.log.String())
	}
}

func TestBearer(t *testing.T) {
	for header, want := range map[string]string{
		"Bearer abc": "abc", "bearer abc": "abc", "TOKEN abc": "abc", "token  abc ": "abc",
		"": "", "abc": "", "Bearer": "", "Bearer ": "", "Basic abc": "", "Bearer a b": "", "Bearer a,b": "",
		"Bearer " + strings.Repeat("a", 513): "",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Authorization"] = []string{header}
		if got, ok := Bearer(r); got != want || ok != (want != "") {
			t.Errorf("%.20q: %q, %v", header, got, ok)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header["Authorization"] = []string{"Bearer a", "Bearer b"}
	if got, ok := Bearer(r); ok {
		t.Errorf("of two headers %q was taken", got)
	}
}
