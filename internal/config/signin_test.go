package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cohort/internal/config"
)

func TestIdentityProvidersAreReadAndChecked(t *testing.T) {
	const good = "[okta]\nissuer = \"https://example.okta.com\"\nclient-id = \"c\"\n"
	const everything = "create = \"on\"\ngroups-claim = \"groups\"\n" +
		"groups-source = \"okta\"\ngroups-administer = \"on\"\n" +
		"logout = \"off\"\nmax-age = \"8h\"\nstep-up = \"always\"\n"
	for name, c := range map[string]struct{ file, secrets, want string }{
		"good":                    {good, "okta=s", ""},
		"two":                     {good + strings.ReplaceAll(good, "okta]", "entra]"), "okta=s,entra=t", ""},
		"no secret":               {good, "", "has no secret"},
		"an unknown key":          {good + "colour = 1\n", "okta=s", "okta.colour is not known"},
		"no issuer":               {"[okta]\nclient-id = \"c\"\n", "okta=s", "issuer"},
		"an issuer without TLS":   {strings.ReplaceAll(good, "https", "http"), "okta=s", "must be https"},
		"on the machine itself":   {strings.ReplaceAll(good, "https://example.okta.com", "http://127.0.0.1:9"), "okta=s", ""},
		"no client":               {"[okta]\nissuer = \"https://x.example\"\n", "okta=s", "client-id"},
		"a bad name":              {strings.ReplaceAll(good, "[okta]", "[Okta]"), "Okta=s", "is no name"},
		"the name of links":       {strings.ReplaceAll(good, "[okta]", "[link]"), "link=s", "is no name"},
		"a word about e-mails":    {good + "email-verified = \"maybe\"\n", "okta=s", "claim, always or never"},
		"a source without claim":  {good + "source = \"okta\"\n", "okta=s", "set both or neither"},
		"a secret without a name": {good, "s", "NAME=SECRET"},
		"no TOML":                 {"[okta", "okta=s", "sign-in"},
		"everything":              {good + everything, "okta=s", ""},
		"a groups claim alone":    {good + "groups-claim = \"groups\"\n", "okta=s", "groups-claim and groups-source"},
		"a word about creating":   {good + "create = \"yes\"\n", "okta=s", "create: must be on or off"},
		"a word about logout":     {good + "logout = \"no\"\n", "okta=s", "logout: must be on or off"},
		"a word about step-up":    {good + "step-up = \"never\"\n", "okta=s", "step-up: must be claim or always"},
		"a short age":             {good + "max-age = \"10s\"\n", "okta=s", "max-age: must be at least 1m"},
		"an age without a unit":   {good + "max-age = \"10\"\n", "okta=s", "duration"},
		"an audience that is not set (OpenFGA CVE-2026-55689)": {strings.ReplaceAll(good, "\"c\"", "\"\""), "okta=s",
			"client-id: is required"},
	} {
		path := filepath.Join(t.TempDir(), "sign-in.toml")
		if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		settings := config.Config{People: config.People{SignIn: path}, Secrets: config.Secrets{SignInSecrets: c.secrets}}
		list, err := settings.SignInProviders()
		if c.want == "" {
			if err != nil || len(list) == 0 || list[len(list)-1].Secret != "s" || list[0].Title == "" ||
				list[0].EmailVerified != "claim" {
				t.Errorf("%s: %+v, %v", name, list, err)
			}
			if p := list[0]; name == "everything" &&
				(!p.Creates() || !p.GroupsMayAdminister() || p.SignsOut() || p.MaxAge.Hours() != 8 || p.StepUp != "always" ||
					p.GroupsClaim != "groups") {
				t.Errorf("%s: %+v", name, p)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
