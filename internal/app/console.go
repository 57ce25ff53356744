package app

import (
	"context"
	"net/http"
	"strings"
	"time"

	"cohort/internal/console"
	"cohort/internal/directory"
	"cohort/internal/record"
)

func (a *App) hasConsole() bool { return a.settings.Console == "on" }

// secure reports whether browsers reach the server through TLS.
func (a *App) secure() bool {
	return a.settings.TLSCert != "" || strings.HasPrefix(a.settings.PublicURL, "https://")
}

// mountConsole adds the pages for people.
func (a *App) mountConsole(mounts map[string]http.Handler, limit limit) error {
	if !a.hasConsole() {
		return nil
	}
	handler, err := console.New(console.Config{
		Directory: func(caller directory.Caller) console.Directory { return a.core.As(caller) },
		People:    a.people,
		Drafts:    drafts{a.store.Ephemera(), a.ring}, DecodeEdits: record.DecodeEdits, EncodeEdits: record.EncodeEdits,
		Log:      a.log,
		Now:      time.Now,
		Gate:     a.gate(limit),
		BaseURL:  a.settings.PublicURL,
		Secure:   a.secure(),
		Language: directory.Language(a.settings.Language),
		Version:  ThisBuild().Version,
		Observe:  a.metrics.Observe,
	})
	if err != nil {
		return err
	}
	for _, path := range console.Mounts() {
		mounts[path] = handler
	}
	return nil
}

// SignInLink makes a link that signs a person in to the console once, for
// whoever has the data or started the server. A life of 0 is the usual one.
func (a *App) SignInLink(ctx context.Context, user directory.UserID, life time.Duration) (url string, expires directory.Instant, err error) {
	link, err := a.people.MakeLink(ctx, 0, user, life)
	if err != nil {
		return "", 0, err
	}
	return a.BaseURL() + console.Root + "/link#" + link.Secret, link.ExpiresAt, nil
}
