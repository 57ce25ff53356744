package app

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cohort/internal/config"
	"cohort/internal/directory"
)

// TestClaimsAreNotMappedToGroupsThatAClientKeeps starts with such a mapping.
func TestClaimsAreNotMappedToGroupsThatAClientKeeps(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "sign-in.toml")
	flags := config.Flags{"data": filepath.Join(dir, "data"), "public-url": "https://cohort.example", "sign-in": file}
	start := func(source string) error {
		text := "[idp]\nissuer = \"https://idp.example\"\nclient-id = \"c\"\ngroups-claim = \"groups\"\ngroups-source = \"" +
			source + "\"\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		settings, _, err := config.Load(flags, []string{"COHORT_SIGN_IN_SECRETS=idp=s"})
		if err != nil {
			t.Fatal(err)
		}
		a, err := Open(t.Context(), settings, Options{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		_, err = a.clients.Create(t.Context(), a.views.As(directory.System("test")), directory.NewSCIMClient{Name: "okta"})
		if err != nil && directory.KindOf(err) != directory.KindConflict {
			t.Fatal(err)
		}
		return a.Close()
	}
	if err := start("okta"); err != nil {
		t.Fatalf("before there is the client: %v", err)
	}
	err := start("okta")
	if _, ok := errors.AsType[SettingError](err); !ok ||
		!strings.Contains(err.Error(), "[idp] groups-source: okta is a SCIM client") {
		t.Errorf("%v, want a refusal of the setting", err)
	}
	if err := start("ldap"); err != nil {
		t.Errorf("another source: %v", err)
	}
}
