package app

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// Local answers requests to the native API in this process, as the program itself, because
// whoever can open the data needs no permission. It is for commands that work on a stopped
// directory, and accepts any token.
func (a *App) Local() http.RoundTripper {
	routes := http.NewServeMux()
	kit := a.kit(nil)
	kit.Gate = httpkit.Gate{}
	handler := a.nativeHandler(kit, nil, localSessions{})
	routes.Handle("/v1/", handler)
	routes.HandleFunc("POST /oauth2/token", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"local","expires_in":86400}`) // writes to memory
	})
	return handlerTransport{routes}
}

// localSessions authenticates everybody as the program itself.
type localSessions struct{}

// Authenticate returns the program, whatever the token.
func (localSessions) Authenticate(context.Context, string) (directory.Caller, error) {
	return directory.System("command"), nil
}

// LastUses returns none, because only a server knows uses.
func (localSessions) LastUses(context.Context, ...directory.CredentialID) (directory.CredentialUses, error) {
	return nil, nil //nolint:nilnil // no uses are an empty map
}

// A handlerTransport passes requests to a handler, without a network.
type handlerTransport struct{ handler http.Handler }

// RoundTrip returns the handler's reply.
func (t handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:0"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &reply{header: http.Header{}, status: http.StatusOK}
	t.handler.ServeHTTP(w, in)
	return &http.Response{
		StatusCode: w.status, Status: http.StatusText(w.status), Header: w.header, Body: io.NopCloser(&w.body),
		ContentLength: int64(w.body.Len()), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
	}, nil
}

// A reply is a reply in memory.
type reply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *reply) Header() http.Header { return w.header }

// WriteHeader records the status.
func (w *reply) WriteHeader(status int) { w.status = status }

// Write appends to the body.
func (w *reply) Write(p []byte) (int, error) { return w.body.Write(p) }
