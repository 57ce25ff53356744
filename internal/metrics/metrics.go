// Package metrics counts what the program does, in the format of Prometheus.
//
// It has a registry of its own. Labels come from fixed sets: patterns of routes, known
// methods, classes of status; nothing that a client sends becomes a label. It knows no
// directory: figures are read through functions.
package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"cohort/internal/httpkit"
)

// Metrics holds everything that is counted. The zero value is not usable; call New.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	bytes    *prometheus.CounterVec
}

// New returns metrics that contain the build and the process.
func New(version, revision, goVersion string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cohort_http_requests_total",
			Help: "Requests answered.",
		}, []string{"pattern", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "cohort_http_request_duration_seconds",
			Help:    "Time from the first line of a request to the end of its reply.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"pattern", "method"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cohort_http_reply_bytes_total",
			Help: "Bytes of reply bodies sent.",
		}, []string{"pattern"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "cohort_build_info",
		Help:        "Always 1; the labels say what is running.",
		ConstLabels: prometheus.Labels{"version": version, "revision": revision, "go_version": goVersion},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.seconds, m.bytes, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Observe counts one answered request. A request without a route has the pattern "none".
func (m *Metrics) Observe(o httpkit.Observation) {
	pattern := o.Pattern
	if pattern == "" {
		pattern = "none"
	}
	m.requests.WithLabelValues(pattern, o.Method, class(o.Status)).Inc()
	m.seconds.WithLabelValues(pattern, o.Method).Observe(o.Duration.Seconds())
	m.bytes.WithLabelValues(pattern).Add(float64(o.Bytes))
}

// class returns "2xx" for 200 to 299, and so on.
func class(status int) string {
	if status < 100 || status > 599 {
		return "other"
	}
	return [...]string{"1xx", "2xx", "3xx", "4xx", "5xx"}[status/100-1]
}

// A Figure is a number that is read when the metrics are. Read must be quick and safe for
// concurrent use.
type Figure struct {
	Name    string // begins with cohort_; a Total ends in _total
	Help    string
	Counter bool // it never decreases
	Read    func() float64
}

// Watch adds figures. It panics if a name is taken or malformed.
func (m *Metrics) Watch(figures ...Figure) {
	for _, f := range figures {
		if f.Counter {
			m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: f.Name, Help: f.Help}, f.Read))
		} else {
			m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: f.Name, Help: f.Help}, f.Read))
		}
	}
}

// Handler serves the metrics. At most three scrapes are served at once, each
// for at most ten seconds.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 3, Timeout: 10 * time.Second})
}
