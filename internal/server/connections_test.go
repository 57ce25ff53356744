package server_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
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

func TestTheLongestIdleConnectionGivesWayToANewOne(t *testing.T) {
	s := start(t, nil, server.Limits{MaxConnections: 3})
	var open []net.Conn
	for range 3 {
		c := dial(t, s.addr)
		if status := ask(t, c, "/healthz"); status != "200 OK" {
			t.Fatalf("within the limit: %q", status)
		}
		open = append(open, c)
	}
	if status := ask(t, open[0], "/healthz"); status != "200 OK" { // so the second is idle longest
		t.Fatalf("asked again: %q", status)
	}
	if status := ask(t, dial(t, s.addr), "/healthz"); status != "200 OK" {
		t.Errorf("one above the limit: %q", status)
	}
	if !isClosed(t, open[1]) {
		t.Error("the connection that was idle longest is still open")
	}
	for _, i := range []int{0, 2} {
		if status := ask(t, open[i], "/healthz"); status != "200 OK" {
			t.Errorf("connection %d, which was used later: %q", i, status)
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

func TestOneAddressHasALimitOfItsOwnUnlessItIsAProxy(t *testing.T) {
	for name, isProxy := range map[string]func(netip.Addr) bool{
		"a client": nil,
		"a proxy":  func(a netip.Addr) bool { return a == netip.MustParseAddr("127.0.0.1") },
	} {
		t.Run(name, func(t *testing.T) {
			addr := startWith(t, server.Config{IsProxy: isProxy, Limits: server.Limits{AddressConnections: 2, MaxConnections: 8}})
			var first net.Conn
			for i := range 3 {
				c := dial(t, addr)
				if status := ask(t, c, "/healthz"); status != "200 OK" {
					t.Fatalf("connection %d: %q", i, status)
				}
				if i == 0 {
					first = c
				}
			}
			want := map[bool]string{true: "", false: "200 OK"}[isProxy == nil]
			if status := ask(t, first, "/healthz"); status != want {
				t.Errorf("the first of three connections: %q, want %q", status, want)
			}
		})
	}
}

func TestOverTLSClientsGetHTTP2AndSilentOnesHoldNoPlace(t *testing.T) {
	cert, pool := certificate(t)
	addr := startWith(t, server.Config{
		TLS:    &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}},
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
			TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true, ForceAttemptHTTP2: strings.HasPrefix(want, "HTTP/2"),
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
