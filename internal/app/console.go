package app

import (
	"context"
	"net/http"
	"strings"
	"time"

	"cohort/internal/console"
	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/signin"
)

func (a *App) hasConsole() bool { return a.settings.Console == "on" }

// secure reports whether browsers reach the server through TLS.
func (a *App) secure() bool {
	return a.settings.TLSCert != "" || strings.HasPrefix(a.settings.PublicURL, "https://")
}

// newPeople is the sign-in of people.
func (a *App) newPeople() (*signin.Service, error) {
	providers, err := a.settings.SignInProviders()
	if err != nil {
		return nil, SettingError{err}
	}
	config := signin.Config{
		SessionLife: a.settings.ConsoleSession, IdleLife: a.settings.ConsoleIdle, Links: a.settings.SignInLinks == "on", Log: a.log,
		Link: func(ctx context.Context, user directory.UserID, identity string) error {
			edit := directory.SetIdentity{User: user, Kind: directory.CredentialSSO, Identifier: identity}
			_, err := a.core.As(directory.System("sign-in")).Commit(ctx, directory.Change{Edits: []directory.Edit{edit}})
			return err
		},
		Powers: func(ctx context.Context, user directory.UserID) (directory.Permissions, error) {
			return a.core.As(directory.Caller{User: user, Dialect: "sign-in"}).Permissions(ctx)
		},
	}
	for _, p := range providers {
		config.Providers = append(config.Providers, signin.Provider{
			Name: p.Name, Title: p.Title, Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: p.Secret, Scopes: p.Scopes,
			EmailVerified: p.EmailVerified, Domains: p.Domains, Source: p.Source, SourceClaim: p.SourceClaim,
			RedirectURL: strings.TrimSuffix(a.settings.PublicURL, "/") + console.Root + "/login/" + p.Name + "/callback",
		})
	}
	return signin.New(a.store, config), nil
}

// mountConsole adds the pages for people.
func (a *App) mountConsole(mounts map[string]http.Handler, limit limit) error {
	if !a.hasConsole() {
		return nil
	}
	handler, err := console.New(console.Config{
		Kit:         a.kit(limit),
		People:      a.people,
		Drafts:      drafts{a.store.Ephemera(), a.ring},
		DecodeEdits: record.DecodeEdits, EncodeEdits: record.EncodeEdits,
		Secure:  a.secure(),
		Version: ThisBuild().Version,
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
