package measure

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFiguresAreSpelledWithThreeDigits(t *testing.T) {
	for _, test := range []struct {
		unit Unit
		v    float64
		want string
	}{
		{Seconds, 0, "0 s"}, {Seconds, 1.23456e-9, "1.23 ns"}, {Seconds, 0.0499, "49.9 ms"}, {Seconds, 1234.5, "1,234 s"},
		{Ratio, 0.98765, "0.988 ×"}, {Ratio, 10, "10.0 ×"}, {MiB, 399.6, "400 MiB"}, {Rate, 1234567, "1,234,567/s"},
		{Count, 0, "0"}, {Count, 2, "2.00"},
		{Count, -1234, "-1,234"},
	} {
		if got := test.unit.Format(test.v); got != test.want {
			t.Errorf("%q.Format(%v) = %q, want %q", test.unit, test.v, got, test.want)
		}
	}
}

func TestSamplesAreComparedRoundByRound(t *testing.T) {
	a, b := Samples{10, 40, 30}, Samples{5, 10, 30}
	if diff := cmp.Diff(Samples{2, 4, 1}, a.Per(b)); diff != "" {
		t.Errorf("ratios (-want +got):\n%s", diff)
	}
	if got := a.Per(b).Median(); got != 2 {
		t.Errorf("median = %v, want 2", got)
	}
	if got := (Samples{1, 2, 3, 4}).Quantile(0.5); got != 2.5 {
		t.Errorf("the middle of four = %v, want 2.5", got)
	}
}

func TestSidesTakeTurns(t *testing.T) {
	var order []string
	side := func(name string) Side {
		return Side{Name: name, Run: func(context.Context) (float64, error) { order = append(order, name); return 1, nil }}
	}
	found, err := Alternate(t.Context(), 2, func(string) {}, side("a"), side("b"))
	if err != nil || len(found) != 2 || len(found[0]) != 2 {
		t.Fatalf("Alternate = %v, %v", found, err)
	}
	if got := strings.Join(order, ""); got != "abab" {
		t.Errorf("order = %s, want abab", got)
	}
}

func TestThePeakIsTheProgramsOwn(t *testing.T) {
	ours := make([]byte, 256<<20) // the system counts this memory for a child that has ended
	for i := range ours {
		ours[i] = 1
	}
	out, peak, err := Peak(t.Context(), "sh", []string{"-c", "echo said; sleep 0.3"}, nil)
	if err != nil || string(out) != "said\n" {
		t.Fatalf("Peak = %q, %v", out, err)
	}
	if peak <= 0 || peak > 100 {
		t.Errorf("a shell is said to have taken %v MiB", peak)
	}
	runtime.KeepAlive(ours)
}

// The client reads replies of Go's server, with a known length and in chunks.
func TestTheClientReadsReplies(t *testing.T) {
	long := strings.Repeat("0123456789", 10_000)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/long":
			_, _ = w.Write([]byte(long))
		case "/echo":
			b := make([]byte, r.ContentLength)
			_, _ = r.Body.Read(b)
			_, _ = w.Write(b)
		default:
			http.Error(w, "no", http.StatusNotFound)
		}
	}))
	defer s.Close()
	c, err := Dial(t.Context(), s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 2 {
		for _, test := range []struct {
			path, body string
			status     int
			want       string
		}{
			{"/long", "", 200, long}, {"/echo", "hello", 200, "hello"}, {"/nothing", "", 404, "no\n"},
		} {
			var body []byte
			if test.body != "" {
				body = []byte(test.body)
			}
			status, reply, err := c.Do("POST "+test.path+" HTTP/1.1\r\nHost: x\r\n", body)
			if err != nil || status != test.status || string(reply) != test.want {
				t.Fatalf("%s: %d, %.50s, %v", test.path, status, reply, err)
			}
		}
	}
}

func TestAServerThatFailsEndsTheMeasurement(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	_, err := Saturate(t.Context(), s.Listener.Addr().String(), 2, time.Second, func(*rand.Rand) (string, []byte) {
		return "GET / HTTP/1.1\r\nHost: x\r\n", nil
	})
	if err == nil || !strings.Contains(err.Error(), "GET / HTTP/1.1 was answered 404") {
		t.Errorf("err = %v", err)
	}
}
