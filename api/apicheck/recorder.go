package apicheck

import (
	"bytes"
	"io"
	"net/http"
)

// A Recorder checks every exchange that passes through it.
type Recorder struct {
	// Next sends the requests; nil is http.DefaultTransport.
	Next http.RoundTripper
	// Checker says what is allowed.
	Checker *Checker
	// Report is called with each exchange that is not; it may be called from
	// many goroutines.
	Report func(error)
}

// RoundTrip sends a request and checks the reply, which it does not change.
func (r Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	next := r.Next
	if next == nil {
		next = http.DefaultTransport
	}
	res, err := next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close() // it has been read to its end, or the error of that is told
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	if err := r.Checker.Check(Exchange{req.Method, req.URL.Path, req.URL.Query(), res.StatusCode, res.Header,
		body}); err != nil {
		r.Report(err)
	}
	return res, nil
}
