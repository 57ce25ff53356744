package app

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"cohort/internal/console"
	"cohort/internal/console/pagekit"
	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/signin"
	"cohort/internal/view"
)

func (a *App) hasConsole() bool { return a.settings.Console == "on" }

// secure reports whether browsers reach the server over TLS.
func (a *App) secure() bool {
	return a.settings.TLSCert != "" || strings.HasPrefix(a.settings.PublicURL, "https://")
}

// newPeople returns the sign-in of people.
func (a *App) newPeople(ctx context.Context) (*signin.Service, error) {
	providers, err := a.settings.SignInProviders()
	if err != nil {
		return nil, SettingError{err}
	}
	config := signin.Config{
		SessionLife: a.settings.ConsoleSession, IdleLife: a.settings.ConsoleIdle, Links: a.settings.SignInLinks == "on",
		Log:       a.log,
		Directory: peopleDirectory{a}, Seal: a.sealAside, Unseal: a.unsealAside,
	}
	base := strings.TrimSuffix(a.settings.PublicURL, "/") + pagekit.Root
	for _, p := range providers {
		config.Providers = append(config.Providers, signin.Provider{
			Name: p.Name, Title: p.Title, Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: p.Secret, Scopes: p.Scopes,
			EmailVerified: p.EmailVerified, Domains: p.Domains, Source: p.Source, SourceClaim: p.SourceClaim,
			Create:      p.Creates(),
			GroupsClaim: p.GroupsClaim, GroupsSource: p.GroupsSource, GroupsAdminister: p.GroupsMayAdminister(),
			Logout: p.SignsOut(), MaxAge: p.MaxAge.Duration, StepUp: p.StepUp,
			RedirectURL: base + "/login/" + p.Name + "/callback", SignedOut: base + "/sign-in",
		})
	}
	if err := a.checkProviders(ctx, config.Providers); err != nil {
		return nil, err
	}
	return signin.New(a.store, config), nil
}

// A peopleDirectory is the directory for sign-in, which changes it in its own name.
type peopleDirectory struct{ *App }

// Commit implements signin.Directory.
func (d peopleDirectory) Commit(ctx context.Context, edits ...directory.Edit) (directory.Committed, error) {
	return view.New(d.core).As(directory.System(signin.Dialect)).Commit(ctx, directory.Change{Edits: edits})
}

// Powers implements signin.Directory.
func (d peopleDirectory) Powers(ctx context.Context, user directory.UserID) (directory.Permissions, error) {
	return view.New(d.core).As(directory.System(signin.Dialect)).PowersOf(ctx, user)
}

// GroupPowers implements signin.Directory.
func (d peopleDirectory) GroupPowers(ctx context.Context, group directory.GroupID) (directory.Permissions, error) {
	return view.New(d.core).As(directory.System(signin.Dialect)).GroupPowers(ctx, group)
}

// Provisioned implements signin.Directory.
func (d peopleDirectory) Provisioned(ctx context.Context, source string) (bool, error) {
	list, err := d.clients.List(ctx)
	return slices.ContainsFunc(list, func(c directory.SCIMClient) bool { return c.Name == source }), err
}

// checkProviders refuses a provider whose claims would write to groups of a SCIM client.
func (a *App) checkProviders(ctx context.Context, providers []signin.Provider) error {
	for _, p := range providers {
		if p.GroupsClaim == "" {
			continue
		}
		is, err := peopleDirectory{a}.Provisioned(ctx, p.GroupsSource)
		if err != nil {
			return err
		}
		if is {
			return SettingError{fmt.Errorf("sign-in: [%s] groups-source: %s is a SCIM client, which keeps its groups itself; "+
				"name another source, or leave groups-claim out",
				p.Name, p.GroupsSource)}
		}
	}
	return nil
}

// aside returns the owner of sealed data in rows without a revision that belong to no user.
func aside() directory.Object { return directory.Object{Kind: directory.ObjectDirectory} }

// sealAside seals data for a row without a revision.
func (a *App) sealAside(data []byte) ([]byte, error) {
	keyID, sealed, err := a.ring.Seal(0, aside(), data)
	return append(append([]byte(keyID), '\n'), sealed...), err
}

// unsealAside opens data that sealAside sealed.
func (a *App) unsealAside(data []byte) ([]byte, error) {
	keyID, sealed, _ := bytes.Cut(data, []byte("\n"))
	return a.ring.Open(string(keyID), 0, aside(), sealed)
}

// mountConsole adds the pages for people.
func (a *App) mountConsole(mounts map[string]http.Handler, limit limit) error {
	if !a.hasConsole() {
		return nil
	}
	handler, err := console.New(pagekit.Config{
		Kit:         a.kit(limit),
		People:      a.people,
		Drafts:      drafts{a.store.Ephemera(), a.ring},
		Imports:     a.imports,
		DecodeEdits: record.DecodeEdits, EncodeEdits: record.EncodeEdits,
		Lockouts: a.sessions, Status: a.status, SCIM: a.clients,
		Secure:  a.secure(),
		Version: ThisBuild().Version, PropellerPrefix: a.settings.PropellerPrefix,
	})
	if err != nil {
		return err
	}
	for _, path := range console.Mounts() {
		mounts[path] = handler
	}
	return nil
}

// SignInLink creates a link that signs a person in to the console once, for anybody who has
// the data or started the server. A life of 0 means the default.
func (a *App) SignInLink(ctx context.Context, user directory.UserID,
	life time.Duration) (url string, expires directory.Instant, err error) {
	link, err := a.people.MakeLink(ctx, 0, user, life)
	if err != nil {
		return "", 0, err
	}
	return a.BaseURL() + pagekit.Root + "/link#" + link.Secret, link.ExpiresAt, nil
}
