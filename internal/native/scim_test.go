package native_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"cohort/internal/dialect"
	"cohort/internal/directory"
)

// oktaAlone knows one identity provider.
type oktaAlone struct{}

func (oktaAlone) List(context.Context) ([]directory.SCIMClient, error) {
	at := directory.InstantOf(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	return []directory.SCIMClient{{
		Name: "okta", User: 7, Profile: "okta",
		Tokens: []directory.SCIMToken{{ID: 9, ClientID: "fq3xw7k2m9p4r8t6v5y2", CreatedAt: at}},
	}}, nil
}

func (oktaAlone) Findings(context.Context) ([]directory.Finding, error) {
	return []directory.Finding{{Code: directory.LintHeld, User: 7, Msg: "The SCIM client okta was held."}}, nil
}

func (oktaAlone) Create(_ context.Context, _ dialect.Committer,
	in directory.NewSCIMClient) (directory.MadeSCIMToken, error) {
	return directory.MadeSCIMToken{Name: in.Name, User: 7, Token: "cohort_scim_(token)",
		ClientID: "fq3xw7k2m9p4r8t6v5y2", Secret: "(secret)"}, nil
}

func (oktaAlone) Rotate(_ context.Context, _ dialect.Committer, name string, _,
	_ time.Duration) (directory.MadeSCIMToken, error) {
	made, err := oktaAlone{}.Create(context.Background(), nil, directory.NewSCIMClient{Name: name})
	made.OldUntil = directory.InstantOf(time.Date(2026, 1, 3, 3, 4, 5, 0, time.UTC))
	return made, err
}

func (oktaAlone) Release(_ context.Context, name string, _ int64) (directory.Instant, error) {
	if name != "okta" {
		return 0, directory.NotFound("SCIM client", name)
	}
	return directory.InstantOf(time.Date(2026, 1, 3, 3, 4, 5, 0, time.UTC)), nil
}

// TestOnlyAdministratorsManageSCIMClients: a client holds wide permissions, and its
// release lets it remove more.
func TestOnlyAdministratorsManageSCIMClients(t *testing.T) {
	w := newWorld(t)
	for _, call := range []struct{ method, target, body string }{
		{"GET", "/v1/scim/clients", ""},
		{"POST", "/v1/scim/clients", `{"name":"okta"}`},
		{"POST", "/v1/scim/clients/okta/rotate", `{}`},
		{"POST", "/v1/scim/clients/okta/release", `{"removals":1}`},
	} {
		for as, want := range map[string]int{"ordinary": 403, "support": 403, "none": 401} {
			if got := w.send(as, call.method, call.target, call.body, http.Header{}); got.status != want {
				t.Errorf("%s %s as %s: %d %s", call.method, call.target, as, got.status, got.body)
			}
		}
		if got := w.send("admin", call.method, call.target, call.body, http.Header{}); got.status/100 != 2 ||
			!strings.Contains(got.body, "okta") {
			t.Errorf("%s %s: %d %s", call.method, call.target, got.status, got.body)
		}
	}
}
