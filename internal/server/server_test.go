package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cohort/internal/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A running server, and how to stop it.
type running struct {
	addr string
	stop func() error // returns what Serve returned
}

// start serves until the test ends. The limits and mounts are the test's own.
func start(t *testing.T, mounts map[string]http.Handler, limits server.Limits) running {
	t.Helper()
	s, err := server.Listen(t.Context(), server.Config{
		Addr: "127.0.0.1:0", Mounts: mounts, Limits: limits, Welcome: "hello\n", Streams: []string{"/stream"},
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "metrics") }),
		Log:     slog.New(slog.DiscardHandler), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	stopped := false
	stop := func() error {
		cancel()
		stopped = true
		return <-done
	}
	t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		if !stopped {
			if err := stop(); err != nil {
				t.Errorf("Serve: %v", err)
			}
		}
	})
	return running{s.Addr(), stop}
}

func echo() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %q %v", r.Method, r.URL.Path, body, err)
	})
}

// talk sends raw bytes on a new connection and returns all that comes back
// until the server closes it.
func talk(t *testing.T, addr, request string) string {
	t.Helper()
	c := dial(t, addr)
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	reply, err := io.ReadAll(c)
	if err != nil && len(reply) == 0 {
		t.Fatal(err)
	}
	return string(reply)
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestThePathDecidesWhoAnswers(t *testing.T) {
	named := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, name) })
	}
	s := start(t, map[string]http.Handler{"/api/": named("api"), "/api/4.0/": named("four"),
		"/versions": named("versions")}, server.Limits{})
	for _, test := range []struct {
		path, body string
		status     int
	}{
		{"/api/4.0/groups", "four", 200},
		{"//api//4.0/groups", "four", 200},
		{"/api/3.1/groups", "api", 200},
		{"/versions", "versions", 200},
		{"/versions/", `{"message":"there is nothing at this path"}` + "\n", 404},
		{"/apifoo", `{"message":"there is nothing at this path"}` + "\n", 404},
		{"/", "hello\n", 200},
		{"/healthz", "ok\n", 200},
		{"/readyz", "ready\n", 200},
		{"/metrics", "metrics", 200},
	} {
		if status, body := get(t, "http://"+s.addr+test.path); status != test.status || body != test.body {
			t.Errorf("GET %s = %d %q, want %d %q", test.path, status, body, test.status, test.body)
		}
	}
}

func TestADirectoryThatIsReadOnlyIsReadyForReads(t *testing.T) {
	s, err := server.Listen(t.Context(), server.Config{
		Addr: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Ready:    func(context.Context) (string, error) { return "stale", nil },
		Writable: func(context.Context) error { return errors.New("secret cause") },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	for _, test := range []struct {
		path, body string
		status     int
	}{
		{"/readyz", "stale\n", 200},
		{"/readyz?for=writes", `{"message":"the directory cannot be changed"}` + "\n", 503},
		{"/readyz?for=fun", `{"message":"for must be writes, or absent"}` + "\n", 400},
	} {
		if status, body := get(t, "http://"+s.Addr()+test.path); status != test.status || body != test.body {
			t.Errorf("GET %s = %d %q, want %d %q", test.path, status, body, test.status, test.body)
		}
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestADirectoryThatCannotBeReadIsNotReady(t *testing.T) {
	s, err := server.Listen(t.Context(), server.Config{
		Addr: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Ready: func(context.Context) (string, error) { return "", errors.New("secret cause") },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	status, body := get(t, "http://"+s.Addr()+"/readyz")
	if want := `{"message":"the directory cannot be read"}` + "\n"; status != 503 || body != want {
		t.Errorf("GET /readyz = %d %q, want 503 %q", status, body, want)
	}
	if status, _ := get(t, "http://"+s.Addr()+"/healthz"); status != 200 {
		t.Errorf("GET /healthz = %d, want 200: the process lives", status)
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAClientThatSendsItsHeaderByteByByteIsCut(t *testing.T) {
	s := start(t, nil, server.Limits{HeaderTimeout: 300 * time.Millisecond})
	c := dial(t, s.addr)
	begun := time.Now()
	sent := make(chan int)
	go func() {
		n := 0
		defer func() { sent <- n }()
		for ticks := time.NewTicker(20 * time.Millisecond); ; n++ {
			<-ticks.C
			if _, err := io.WriteString(c, "G"); err != nil || n > 500 {
				ticks.Stop()
				return
			}
		}
	}()
	reply, _ := io.ReadAll(c) // a reset is as good as an end
	took := time.Since(begun)
	if took < 250*time.Millisecond || took > time.Minute {
		t.Errorf("the connection ended after %v, want about 300ms; reply %q", took, reply)
	}
	if n := <-sent; n > 500 {
		t.Errorf("the client could go on for %d bytes", n)
	}
}

func TestAClientThatSendsItsBodySlowlyIsCut(t *testing.T) {
	s := start(t, map[string]http.Handler{"/x": echo()}, server.Limits{ReadTimeout: 300 * time.Millisecond})
	reply := talk(t, s.addr, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nbegun")
	if !strings.Contains(reply, `"begun"`) || !strings.Contains(reply, "i/o timeout") {
		t.Errorf("reply %q, want one that tells of a body that timed out", reply)
	}
}

func TestAClientThatDoesNotReadItsReplyLosesItsTurn(t *testing.T) {
	handler := make(chan error, 1)
	s := start(t, map[string]http.Handler{"/big": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var err error
		for part := make([]byte, 1<<20); err == nil; {
			_, err = w.Write(part)
		}
		handler <- err
	})}, server.Limits{WriteTimeout: 100 * time.Millisecond})
	c := dial(t, s.addr)
	if _, err := io.WriteString(c, "GET /big HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-handler:
	case <-time.After(time.Minute):
		t.Fatal("the handler still writes to a client that does not read")
	}
}

func TestABigHeaderIsRefused(t *testing.T) {
	s := start(t, nil, server.Limits{})
	reply := talk(t, s.addr, "GET / HTTP/1.1\r\nHost: h\r\nX: "+strings.Repeat("x", 40<<10)+"\r\n\r\n")
	if !strings.HasPrefix(reply, "HTTP/1.1 431 ") {
		t.Errorf("reply %.60q, want 431", reply)
	}
}

func TestARequestWhoseLengthIsSaidTwiceIsRefused(t *testing.T) {
	s := start(t, map[string]http.Handler{"/x": echo()}, server.Limits{})
	const chunked = "5\r\nhello\r\n0\r\n\r\n"
	for _, test := range []struct {
		name, request, status string
	}{
		{"Both headers", "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: " +
			"close\r\n\r\n" + chunked, "400"},
		{"Both, the other way round and in small letters",
			"POST /x HTTP/1.1\r\nHost: h\r\ntransfer-encoding: chunked\r\nX: y\r\ncontent-length: 5\r\n\r\n" + chunked, "400"},
		{"Both, with bare line feeds", "POST /x HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\nContent-Length: 5\n\n" +
			chunked, "400"},
		{"Both, on the second request of a connection",
			"GET / HTTP/1.1\r\nHost: h\r\n\r\nPOST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: " +
				"chunked\r\n\r\n" + chunked, "400"},
		{"Two lengths", "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "400"},
		{"Transfer-Encoding alone", "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
			chunked, "200"},
		{"Content-Length alone", "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", "200"},
		{"One of each, on two requests",
			"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloPOST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " +
				"chunked\r\nConnection: close\r\n\r\n" + chunked, "200"},
		{"A header that goes on in a second line",
			"POST /x HTTP/1.1\r\nHost: h\r\nX-A: b\r\n c\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "400"},
		{"The same, with a tab and bare newlines",
			"POST /x HTTP/1.1\nHost: h\nX-A: b\n\tc\nContent-Length: 0\nConnection: close\n\n", "400"},
		{"A body whose lines begin with spaces",
			"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{\n  \"a\"\n}", "200"},
		{"Their names inside a JSON body",
			"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: " +
				"close\r\n\r\n14\r\n{\"content-length:\": 1\r\n0\r\n\r\n", "200"},
	} {
		t.Run(test.name, func(t *testing.T) {
			reply := talk(t, s.addr, test.request)
			last := reply[strings.LastIndex(reply, "HTTP/1.1 "):]
			if !strings.HasPrefix(last, "HTTP/1.1 "+test.status+" ") {
				t.Errorf("reply %q, want status %s", reply, test.status)
			}
		})
	}
}

func TestStreamsTakeNoTurnsOutlastRequestsAndEndWithTheServer(t *testing.T) {
	begun := make(chan struct{}, 2)
	s := start(t, map[string]http.Handler{"/stream": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		beats := time.NewTicker(50 * time.Millisecond)
		defer beats.Stop()
		begun <- struct{}{}
		for n := 0; ; n++ {
			_ = control.SetWriteDeadline(time.Now().Add(10 * time.Second))
			if n == 30 {
				fmt.Fprint(w, "long\n")
			}
			fmt.Fprint(w, "beat\n")
			if control.Flush() != nil {
				return
			}
			select {
			case <-beats.C:
			case <-r.Context().Done():
				fmt.Fprint(w, "end\n")
				return
			}
		}
	})}, server.Limits{MaxStreams: 1, WriteTimeout: 100 * time.Millisecond})
	c := dial(t, s.addr)
	if _, err := io.WriteString(c, "GET /stream HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-begun
	if status, _ := get(t, "http://"+s.addr+"/"); status != 200 {
		t.Errorf("a request beside a stream: %d, want 200", status)
	}
	if status, _ := get(t, "http://"+s.addr+"/stream"); status != 503 {
		t.Errorf("a stream above the limit: %d, want 503", status)
	}
	reader := bufio.NewReader(c)
	for line := ""; line != "long\n"; { // longer than any request may take
		var err error
		if line, err = reader.ReadString('\n'); err != nil {
			t.Fatalf("the stream was cut: %v", err)
		}
	}
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	rest, err := io.ReadAll(reader)
	if err != nil || !strings.Contains(string(rest), "end\n") {
		t.Errorf("the stream ended with %q, %v; want its own end", rest, err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestStoppingFinishesWhatIsUnderWay(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	s := start(t, map[string]http.Handler{"/slow": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-leave
		fmt.Fprint(w, r.Context().Err())
	})}, server.Limits{})
	reply := make(chan string)
	go func() {
		status, body := get(t, "http://"+s.addr+"/slow")
		reply <- fmt.Sprint(status, " ", body)
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	for { // until the listener is gone
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.addr)
		if err != nil {
			break
		}
		_ = c.Close()
	}
	close(leave)
	if got := <-reply; got != "200 <nil>" {
		t.Errorf("the request under way got %q, want a reply under a context that lives", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestStoppingDoesNotWaitForEver(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	s := start(t, map[string]http.Handler{"/stuck": http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-leave
	})}, server.Limits{ShutdownTimeout: 50 * time.Millisecond})
	c := dial(t, s.addr)
	if _, err := io.WriteString(c, "GET /stuck HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-entered
	if err := s.stop(); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("Serve: %v, want an error about requests that were cut off", err)
	}
	close(leave)
}

func TestAnAddressThatIsTakenIsAnErrorOfTheSetting(t *testing.T) {
	s := start(t, nil, server.Limits{})
	_, err := server.Listen(t.Context(), server.Config{Addr: s.addr, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err == nil || !strings.HasPrefix(err.Error(), "addr: ") {
		t.Errorf("Listen: %v, want an error that begins with addr", err)
	}
}
