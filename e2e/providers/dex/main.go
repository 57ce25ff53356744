// Dex is the identity provider of that name, which tells its clients when people
// sign out, for the tests in a browser.
//
//	dex REDIRECT-URI SIGNED-OUT-URI BACK-CHANNEL-URI
//
// It prints its issuer, and has the client web with the secret "secret", and the
// person ada@example.com with the password "verysecure", in the groups sales and
// admins.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	gosundheit "github.com/AppsFlyer/go-sundheit"
	"github.com/dexidp/dex/server"
	"github.com/dexidp/dex/server/connectors"
	"github.com/dexidp/dex/server/session"
	"github.com/dexidp/dex/server/signer"
	"github.com/dexidp/dex/storage"
	"github.com/dexidp/dex/storage/memory"
	"github.com/dexidp/dex/web"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/crypto/bcrypt"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(redirect, signedOut, backChannel string) error {
	if err := os.Setenv("DEX_SESSIONS_ENABLED", "true"); err != nil {
		return err
	}
	ctx, log := context.Background(), slog.New(slog.NewTextHandler(os.Stderr, nil))
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	st := memory.New(log)
	if err := fill(ctx, st, redirect, signedOut, backChannel); err != nil {
		return err
	}
	keys, err := (&signer.LocalConfig{KeysRotationPeriod: "6h"}).Open(ctx, st, time.Hour, time.Now, log)
	if err != nil {
		return err
	}
	issuer := "http://" + ln.Addr().String() + "/dex"
	handler, err := server.NewServer(ctx, server.Config{
		Issuer: issuer, Storage: st, Signer: keys, Logger: log, SkipApprovalScreen: true, IDTokensValidFor: time.Hour,
		Web: server.WebConfig{WebFS: web.FS()}, PrometheusRegistry: prometheus.NewRegistry(), HealthChecker: gosundheit.New(),
		SessionConfig: &session.Config{
			CookieName: "dex", AbsoluteLifetime: time.Hour, ValidIfNotUsedFor: time.Hour, RememberMeCheckedByDefault: true,
		},
	})
	if err != nil {
		return err
	}
	fmt.Println(issuer)
	return http.Serve(ln, handler) //nolint:gosec // for tests on the machine itself
}

// fill makes the client and the person.
func fill(ctx context.Context, st storage.Storage, redirect, signedOut, backChannel string) error {
	hash, err := bcrypt.GenerateFromPassword([]byte("verysecure"), 10)
	if err != nil {
		return err
	}
	if err := st.CreateConnector(ctx, storage.Connector{ID: connectors.LocalConnector, Type: connectors.LocalConnector,
		Name: "Password"}); err != nil {
		return err
	}
	if err := st.CreatePassword(ctx, storage.Password{
		Email: "ada@example.com", Hash: hash, Username: "ada", UserID: "u1", Groups: []string{"sales", "admins"},
	}); err != nil {
		return err
	}
	return st.CreateClient(ctx, storage.Client{
		ID: "web", Secret: "secret", Name: "Cohort", RedirectURIs: []string{redirect},
		PostLogoutRedirectURIs: []string{signedOut}, BackchannelLogoutURI: backChannel,
	})
}
