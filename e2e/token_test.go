package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"cohort/internal/store/postgres/pgtest"
)

// TestATokenCostsNoStatementAndEndsOnEveryNode: while others write, and log out, a
// token is not looked up; what ends it on one node ends it on the other within a
// second.
func TestATokenCostsNoStatementAndEndsOnEveryNode(t *testing.T) {
	t.Parallel()
	pg := pgtest.Start(t, pgtest.Options{Settings: map[string]string{"log_statement": "all"}})
	c := newCluster(t, 2, pg)
	here, there := c.nodes[0], c.nodes[1]
	admin := here.login()
	c.awaitLevel(admin)
	use := func(token string) int {
		t.Helper()
		r, err := there.ask(http.MethodGet, "/v1/me", token, "")
		if err != nil {
			t.Fatal(err)
		}
		return r.status
	}
	made := 0
	reader := func() (user, token string) {
		t.Helper()
		made++
		user, token = here.account(admin, fmt.Sprintf("reader-%d-of-tokens", made))
		c.awaitLevel(admin)
		for range 2 {
			if status := use(token); status != http.StatusOK {
				t.Fatalf("a token of the other node: %d", status)
			}
		}
		return user, token
	}

	_, token := reader()
	_, bystander := reader()
	lookups := func() int { return strings.Count(pg.Log(), "FROM tokens WHERE sha256") }
	const requests = 400
	before := lookups()
	for n := range requests {
		if n%10 == 0 {
			here.createGroup(admin, fmt.Sprint("G", n))
		}
		if status := use(bystander); status != http.StatusOK {
			t.Fatalf("while others write: %d", status)
		}
	}
	// A node that was stopped for a second by a machine that is busy looks again.
	if n := lookups() - before; n > requests/20 {
		t.Errorf("%d requests with a known token, and %d looked for it", requests, n)
	}

	user, second := reader()
	for name, end := range map[string]struct {
		token string
		end   func()
	}{
		"a logout": {token, func() { here.mustAsk(http.MethodDelete, "/api/4.0/logout", token, "") }},
		"its user was disabled": {second, func() {
			here.mustAsk(http.MethodPatch, "/api/4.0/users/"+user, admin, `{"is_disabled":true}`)
		}},
	} {
		if status := use(end.token); status != http.StatusOK {
			t.Fatalf("before %s: %d", name, status)
		}
		end.end()
		began := time.Now()
		until(t, "the token ends on the other node after "+name, func() error {
			if status := use(end.token); status != http.StatusUnauthorized {
				return fmt.Errorf("%d", status)
			}
			return nil
		})
		// A second, and what a machine that is busy takes to ask; a look only now and then takes longer.
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s was seen after %v", name, took)
		}
	}
	if status := use(bystander); status != http.StatusOK {
		t.Errorf("the token of somebody else: %d", status)
	}
}
