package server_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"cohort/internal/server"
)

// ask sends a request on a connection that stays open, and returns the first
// line of the reply; it is empty if the server closed the connection.
func ask(t *testing.T, c net.Conn, path string) string {
	t.Helper()
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		return ""
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return ""
	}
	return resp.Status
}

// isClosed reports whether the server closes a connection.
func isClosed(t *testing.T, c net.Conn) bool {
	t.Helper()
	_, err := c.Read(make([]byte, 1))
	return err != nil
}

func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	s := start(t, nil, server.Limits{MaxConnections: 3})
	for i := range 12 {
		// The server learns a moment after the reply that a connection is idle.
		for ask(t, dial(t, s.addr), "/healthz") != "200 OK" {
			if t.Context().Err() != nil {
				t.Fatalf("connection %d is never served", i)
			}
		}
	}
}

func TestAConnectionThatServesIsNotClosedForAnother(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	s := start(t, map[string]http.Handler{"/slow": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		entered <- struct{}{}
		<-leave
		fmt.Fprint(w, "done")
	})}, server.Limits{MaxConnections: 1})
	first, status := dial(t, s.addr), make(chan string)
	go func() { status <- ask(t, first, "/slow") }()
	<-entered
	if second := dial(t, s.addr); !isClosed(t, second) {
		t.Error("a connection above the limit is open, though none could give way")
	}
	close(leave)
	if got := <-status; got != "200 OK" {
		t.Errorf("the one that was served: %q", got)
	}
}

func TestOverTLSClientsGetHTTP2AndSilentOnesHoldNoPlace(t *testing.T) {
	cert, pool := certificate(t)
	addr := startWith(t, server.Config{
		TLS: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12,
			NextProtos: []string{"h2", "http/1.1"}},
		Limits: server.Limits{MaxConnections: 2},
		Mounts: map[string]http.Handler{"/tls": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			fmt.Fprint(w, r.Proto, " ", r.TLS != nil, " ", string(body), err)
		})},
	})
	dial(t, addr) // says nothing
	dial(t, addr) // nor does this one
	for _, want := range []string{"HTTP/2.0 true x<nil>", "HTTP/1.1 true x<nil>"} {
		transport := &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true,
			ForceAttemptHTTP2: strings.HasPrefix(want, "HTTP/2"),
		}
		resp, err := (&http.Client{Transport: transport}).Post("https://"+addr+"/tls", "text/plain", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || string(body) != want {
			t.Errorf("%s %v, want %s", body, err, want)
		}
		transport.CloseIdleConnections()
	}
}

func TestABodyThatEndsInAnIndentedLineIsNoFoldedHeader(t *testing.T) {
	s := start(t, map[string]http.Handler{"/echo": echo()}, server.Limits{})
	c := dial(t, s.addr)
	replies := bufio.NewReader(c)
	for i := range 5 {
		body := "{\n\t\"a\": 1,\n\t\"b\": 2}"
		if _, err := fmt.Fprintf(c, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body),
			body); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(replies, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("request %d: %d %s, %v", i, resp.StatusCode, text, err)
		}
	}
}
