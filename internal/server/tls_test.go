package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"cohort/internal/server"
)

// certificate is one for 127.0.0.1, and the pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "cohort"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// startWith serves with a config until the test ends and returns the address.
func startWith(t *testing.T, cfg server.Config) string {
	t.Helper()
	cfg.Addr, cfg.Log, cfg.Now = "127.0.0.1:0", slog.New(slog.DiscardHandler), time.Now
	s, err := server.Listen(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s.Addr()
}

func TestTheListenerSpeaksTLSAndHandlersSeeIt(t *testing.T) {
	cert, pool := certificate(t)
	addr := startWith(t, server.Config{
		TLS: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12,
			NextProtos: []string{"http/1.1"}},
		Mounts: map[string]http.Handler{"/tls": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.TLS != nil && r.TLS.HandshakeComplete, " ", r.Proto)
		})},
	})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool},
		DisableKeepAlives: true}}
	resp, err := client.Get("https://" + addr + "/tls")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || string(body) != "true HTTP/1.1" {
		t.Errorf("%q, %v", body, err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}

	// A length that is sent twice inside TLS is seen too.
	conn, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: pool})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn,
		"POST /tls HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") {
		t.Errorf("an ambiguous request: %q, %v", answer, err)
	}

	plain, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + addr + "/tls")
	if err == nil {
		_ = plain.Body.Close()
		if plain.StatusCode == 200 {
			t.Error("it answers without TLS too")
		}
	}
}

func TestScriptsOfConfiguredOriginsAreLetIn(t *testing.T) {
	addr := startWith(t, server.Config{
		Origins: []string{"https://app.example.com"},
		Mounts:  map[string]http.Handler{"/api/": echo()},
	})
	for _, test := range []struct {
		name, method, origin, asks string
		status                     int
		allowed                    string
	}{
		{"a preflight", "OPTIONS", "https://app.example.com", "PATCH", 204, "https://app.example.com"},
		{"a request", "GET", "https://app.example.com", "", 200, "https://app.example.com"},
		{"a preflight from elsewhere", "OPTIONS", "https://evil.example.com", "PATCH", 200, ""},
		{"a request from elsewhere", "GET", "https://evil.example.com", "", 200, ""},
		{"an origin that begins so", "GET", "https://app.example.com.evil.com", "", 200, ""},
		{"no origin", "GET", "", "", 200, ""},
		{"OPTIONS that is no preflight", "OPTIONS", "https://app.example.com", "", 200, "https://app.example.com"},
	} {
		t.Run(test.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), test.method, "http://"+addr+"/api/4.0/user", nil)
			if err != nil {
				t.Fatal(err)
			}
			if test.origin != "" {
				req.Header.Set("Origin", test.origin)
			}
			if test.asks != "" {
				req.Header.Set("Access-Control-Request-Method", test.asks)
			}
			resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			if got := resp.Header.Get("Access-Control-Allow-Origin"); resp.StatusCode != test.status || got != test.allowed {
				t.Errorf("%d, allowed %q; want %d, %q", resp.StatusCode, got, test.status, test.allowed)
			}
			if resp.Header.Get("Vary") != "Origin" || resp.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("headers are %v", resp.Header)
			}
			if methods := resp.Header.Get("Access-Control-Allow-Methods"); (methods != "") != (test.status == 204) {
				t.Errorf("methods are %q", methods)
			}
		})
	}
}
