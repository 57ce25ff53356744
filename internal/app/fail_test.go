package app

import (
	"errors"
	"log/slog"
	"testing"

	"cohort/internal/config"
)

// A fatal error ends Serve, which returns the cause.
func TestAFatalErrorEndsServe(t *testing.T) {
	c, _, err := config.Load(config.Flags{"addr": "127.0.0.1:0"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), c, Options{InMemory: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- a.Serve(t.Context()) }()
	cause := errors.New("the commit's outcome is unknown")
	a.fail(cause)
	if err := <-served; !errors.Is(err, cause) {
		t.Errorf("Serve ended with %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}
