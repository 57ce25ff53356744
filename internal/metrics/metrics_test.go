package metrics_test

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/httpkit"
	"cohort/internal/metrics"
)

// scrape returns the lines of our own metrics.
func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("status = %d, want 200: %s", w.Code, w.Body)
	}
	var ours strings.Builder
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "cohort_") && !strings.Contains(line, "_bucket{") {
			ours.WriteString(line)
		}
	}
	return ours.String()
}

func TestRequestsAreCountedByPatternMethodAndClass(t *testing.T) {
	m := metrics.New("v1", "abc", "go1")
	for _, status := range []int{200, 204, 404, 999} {
		m.Observe(httpkit.Observation{Pattern: "GET /groups/{id}", Method: "GET", Status: status, Duration: time.Second,
			Bytes: 10})
	}
	m.Observe(httpkit.Observation{Method: "other", Status: 404})
	m.Watch(metrics.Figure{Name: "cohort_revision", Help: "h", Read: func() float64 { return 7 }},
		metrics.Figure{Name: "cohort_cache_hits_total", Help: "h", Counter: true, Read: func() float64 { return 3 }})
	want := `cohort_build_info{go_version="go1",revision="abc",version="v1"} 1
cohort_cache_hits_total 3
cohort_http_reply_bytes_total{pattern="GET /groups/{id}"} 40
cohort_http_reply_bytes_total{pattern="none"} 0
cohort_http_request_duration_seconds_sum{method="GET",pattern="GET /groups/{id}"} 4
cohort_http_request_duration_seconds_count{method="GET",pattern="GET /groups/{id}"} 4
cohort_http_request_duration_seconds_sum{method="other",pattern="none"} 0
cohort_http_request_duration_seconds_count{method="other",pattern="none"} 1
cohort_http_requests_total{method="GET",pattern="GET /groups/{id}",status="2xx"} 2
cohort_http_requests_total{method="GET",pattern="GET /groups/{id}",status="4xx"} 1
cohort_http_requests_total{method="GET",pattern="GET /groups/{id}",status="other"} 1
cohort_http_requests_total{method="other",pattern="none",status="4xx"} 1
cohort_revision 7
`
	if diff := cmp.Diff(want, scrape(t, m)); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestTwoMetricsShareNothing(t *testing.T) {
	one, other := metrics.New("v", "r", "g"), metrics.New("v", "r", "g")
	one.Observe(httpkit.Observation{Pattern: "p", Method: "GET", Status: 200})
	if text := scrape(t, other); regexp.MustCompile(`requests_total`).MatchString(text) {
		t.Errorf("a request counted by one shows in the other:\n%s", text)
	}
}
