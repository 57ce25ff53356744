// Zitadel is the example server of zitadel/oidc: a whole identity provider with
// a page to sign in at, for the tests in a browser.
//
//	zitadel REDIRECT-URI SIGNED-OUT-URI
//
// It prints its issuer, and has the client web with the secret "secret", and the
// person test-user@127.0.0.1 with the password "verysecure".
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(redirect, signedOut string) error {
	ln, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	issuer := "http://" + ln.Addr().String() + "/"
	storage.RegisterClients(storage.WebClient("web", "secret", redirect, signedOut))
	st := storage.NewStorage(storage.NewUserStore(issuer))
	handler := exampleop.SetupServer(issuer, st, slog.New(slog.DiscardHandler), false)
	fmt.Println(issuer)
	return http.Serve(ln, handler) //nolint:gosec // for tests on the machine itself
}
