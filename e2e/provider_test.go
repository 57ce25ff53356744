package e2e

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"cohort/internal/effort"
)

// providers are the identity providers of e2e/providers, each built once.
var providers sync.Map

func buildProvider(t *testing.T, name string) string {
	t.Helper()
	build, _ := providers.LoadOrStore(name, sync.OnceValues(func() (string, error) {
		path := filepath.Join(filepath.Dir(binary), name)
		cmd := exec.Command("go", "build", "-o", path, "./"+name)
		cmd.Dir = "providers"
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
		return path, nil
	}))
	path, err := build.(func() (string, error))()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// startProvider starts an identity provider and returns its issuer.
func startProvider(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(buildProvider(t, name), args...)
	cmd.Stderr = &logBuffer{}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it keeps nothing
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s wrote:\n%s", name, cmd.Stderr)
		}
	})
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("%s did not start:\n%s", name, cmd.Stderr)
	}
	return strings.TrimSpace(lines.Text())
}

// withProviders starts the program anew, at the address that it has, with
// identity providers, of which it gives the name and the keys beside those that
// each needs.
func (s *server) withProviders(tables map[string]string) {
	s.t.Helper()
	var file strings.Builder
	for name, more := range tables {
		fmt.Fprintf(&file, "[%s]\nclient-id = \"web\"\nsecret-file = %q\n%s\n", name,
			filepath.Join(filepath.Dir(s.data), "secret"), more)
	}
	base := s.direct.Load().String()
	path := filepath.Join(filepath.Dir(s.data), "sign-in.toml")
	for name, text := range map[string]string{path: file.String(),
		filepath.Join(filepath.Dir(s.data), "secret"): "secret\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	s.flags = append(s.flags, "--addr", s.direct.Load().Host, "--public-url", base, "--sign-in", path)
	s.restart()
}

// atZitadel types the name and the password of somebody.
func (b *browser) atZitadel(name string) {
	b.t.Helper()
	b.there("#username")
	b.do(chromedp.SendKeys("#username", name), chromedp.SendKeys("#password", "verysecure"), chromedp.Submit("#password"))
}

// TestPeopleSignInAtAProvider signs people in at the example server of
// zitadel/oidc: for the first time by e-mail, at two providers, and again before
// a role is given; and signs out there.
func TestPeopleSignInAtAProvider(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *server) {
		base := s.direct.Load().String()
		tables := map[string]string{}
		for _, name := range []string{"one", "two"} {
			issuer := startProvider(t, "zitadel", base+"/ui/login/"+name+"/callback", base+"/ui/sign-in")
			tables[name] = fmt.Sprintf("issuer = %q\ntitle = \"Provider %s\"", issuer, name)
		}
		s.change(s.login(),
			`{"edit":"set_login_email","user":"102","email":"test-user2@zitadel.ch"}`,
			`{"edit":"set_identity","user":"1","kind":"sso","identifier":"one/id1"}`)
		s.withProviders(tables)

		b := newBrowser(t, 1280, 900, false)
		for _, name := range []string{"one", "two"} {
			b.open(s, "/ui/users/102/groups")
			b.at("/ui/sign-in")
			b.click(`a[href^="/ui/login/` + name + `"]`)
			b.atZitadel("test-user2")
			b.at("/ui/users/102/groups")
			b.says("h1", "Bram de Wit")
			b.click(`form[action="/ui/sign-out"] button:not([name])`)
			b.at("/ui/sign-in")
		}

		// Nobody else has an account there.
		b.click(`a[href^="/ui/login/two"]`)
		b.atZitadel("test-user@127.0.0.1")
		b.says("main", "There is no account here for you")

		b.signIn(s)
		b.open(s, "/ui/users/102/access")
		b.click(`input[name="role"][value="2"]`)
		b.click(`button[name="do"][value="roles"]`)
		b.there(".draft-pill.full")
		b.open(s, "/ui/draft")
		b.click("#commit button")
		b.says("h1", "Sign in again to continue")
		b.click(`a[href^="/ui/login/one"]`)
		b.atZitadel("test-user@127.0.0.1")
		b.at("/ui/draft")
		b.says("h1", "1 edit in the draft")
		b.click("#commit button")
		b.until(`location.pathname.startsWith("/ui/changes/")`)

		b.click(`form[action="/ui/sign-out"] button[name="everywhere"]`)
		b.until(`!location.href.startsWith("` + base + `")`) // the example server knows no address to come back to
		b.open(s, "/ui/")
		b.at("/ui/sign-in")
	}, smallCompany())
}

// TestAProviderEndsSessions signs somebody in twice at dex, which puts it into a
// group, and signs out there: the back channel ends both. Building dex takes a
// minute.
func TestAProviderEndsSessions(t *testing.T) {
	if !effort.All() {
		return
	}
	s := newServer(t, smallCompany())
	base := s.direct.Load().String()
	issuer := startProvider(t, "dex", base+"/ui/login/dex/callback", base+"/ui/sign-in", base+"/ui/login/dex/backchannel")
	s.change(s.login(),
		`{"edit":"set_login_email","user":"102","email":"ada@example.com"}`,
		`{"edit":"set_source","object":"group:15","source":"dex","source_id":"sales"}`)
	s.withProviders(map[string]string{
		"dex": fmt.Sprintf("issuer = %q\ntitle = \"Dex\"\nscopes = [\"groups\"]\ngroups-claim = \"groups\"\ngroups-source "+
			"= \"dex\"", issuer),
	})
	b := newBrowser(t, 1280, 900, false)
	for i := range 2 {
		b.open(s, "/ui/users/102/groups")
		b.at("/ui/sign-in")
		b.click(`a[href^="/ui/login/dex"]`)
		b.until(`document.querySelector("#login") || location.pathname === "/ui/users/102/groups"`)
		if i == 0 {
			b.do(chromedp.SendKeys("#login", "ada@example.com", chromedp.ByQuery),
				chromedp.SendKeys("#password", "verysecure", chromedp.ByQuery))
			b.click("#submit-login")
		}
		b.at("/ui/users/102/groups")
		b.says("main", "Finance")
		if i == 0 { // the session stays, and this browser forgets it
			b.do(network.DeleteCookies("cohort-dev").WithURL(base))
		}
	}
	s.sessions(2)
	b.click(`form[action="/ui/sign-out"] button[name="everywhere"]`)
	b.at("/ui/sign-in")
	s.sessions(0)
	s.login() // tokens of the APIs go on
}

// sessions waits until there are so many in the console.
func (s *server) sessions(want int) {
	s.t.Helper()
	token := s.login()
	for range 100 {
		reply := s.mustAsk(http.MethodGet, "/v1/sessions", token, "")
		if strings.Count(reply, `"method"`) == want {
			return
		}
	}
	s.t.Errorf("there are not %d sessions: %s", want, s.mustAsk(http.MethodGet, "/v1/sessions", token, ""))
}
