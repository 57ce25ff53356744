package app_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cohort/internal/app"
	"cohort/internal/config"
)

func TestTheSecondAddressAnswersAboutHealthAlone(t *testing.T) {
	a := open(t, settings(t, config.Flags{"addr": "127.0.0.1:0", "admin-addr": "127.0.0.1:0",
		"public-url": "https://cohort.example"}), app.Options{InMemory: true})
	if err := a.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for address, want := range map[string]map[string]int{
		a.Addr(): {"/healthz": 200, "/readyz": 200, "/metrics": 404, "/v1/openapi.yaml": 200},
		a.AdminAddr(): {"/healthz": 200, "/readyz?for=writes": 200, "/metrics": 200, "/v1/openapi.yaml": 404,
			"/api/4.0/groups": 404},
	} {
		for path, status := range want {
			resp, err := client.Get("http://" + address + path)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			strict := resp.Header.Get("Strict-Transport-Security") != ""
			if resp.StatusCode != status || strict != (address == a.Addr()) {
				t.Errorf("%s at %s: %d, want %d; told to use TLS: %v", path, address, resp.StatusCode, status, strict)
			}
		}
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestAProxyThatIsNotTrustedIsToldOnce(t *testing.T) {
	for trusted, lines := range map[string]int{"": 1, "192.0.2.0/24": 0} {
		var out bytes.Buffer
		a, err := app.Open(t.Context(), settings(t, config.Flags{"trusted-proxies": trusted}),
			app.Options{InMemory: true, Log: slog.New(slog.NewTextHandler(&out, nil))})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			r := httptest.NewRequestWithContext(t.Context(), "GET", "/v1/me", nil)
			r.Header.Set("X-Forwarded-For", "198.51.100.7")
			a.Handler().ServeHTTP(httptest.NewRecorder(), r)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "event=untrusted_proxy"); n != lines {
			t.Errorf("trusted %q: said %d times, want %d", trusted, n, lines)
		}
	}
}
