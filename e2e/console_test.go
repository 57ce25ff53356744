package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// smallCompany begins a directory with the company of the demo.
func smallCompany() option { return with("--seed", "../cmd/cohort/internal/serve/demo.json") }

// firstLink is the link that the first start prints, to the program itself.
func (s *server) firstLink() string {
	s.t.Helper()
	for line := range strings.Lines(s.out.String()) {
		if _, link, ok := strings.Cut(line, "console"); ok {
			return strings.TrimSpace(link)
		}
	}
	s.t.Fatalf("no link into the console in:\n%s", s.out)
	return ""
}

// signIn uses the first link, by keyboard.
func (b *browser) signIn(s *server) {
	b.t.Helper()
	b.do(chromedp.Navigate(s.firstLink()))
	b.there("form[data-link] button:focus")
	b.press(kb.Enter)
	b.at("/ui/")
}

// go to a page of the console.
func (b *browser) open(s *server, path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(s.direct.Load().String() + path))
	b.there("main")
}

// TestAPersonChangesARankByKeyboard signs in, asks why, moves a rank, looks at
// the preview, commits and reverts, without a mouse.
func TestAPersonChangesARankByKeyboard(t *testing.T) {
	onSQLite(t, func(t *testing.T, s *server) {
		b := newBrowser(t, 1280, 900, false)
		b.signIn(s)

		b.down("/")
		b.press("B", "r", "a")
		b.says(".top .hits [role=option]", "Bram de Wit")
		b.press(kb.ArrowDown)
		b.down("Enter")
		b.at("/ui/users/102")
		b.open(s, "/ui/users/102/why/discount_limit")
		b.says(".answer", "Bram de Wit has 15 for discount_limit from Netherlands")

		b.open(s, "/ui/attributes/discount_limit")
		b.focus(`tr[data-name="Sales"] .grip`)
		b.press(" ", kb.ArrowUp)
		b.says("#live", "Sales, 2 of 3")
		b.press(kb.ArrowUp, " ")
		b.says("[data-effect]", "users would get different values")

		b.focus(".draft-pill")
		b.press(kb.Enter)
		b.at("/ui/draft")
		b.says(".impact", "4 of 9 users")
		b.focus("#commit input[name=comment]")
		b.press("a", "s", " ", "a", "g", "r", "e", "e", "d", kb.Enter)
		b.at("/ui/changes/2")
		b.says("main", "as agreed")
		b.open(s, "/ui/users/102/why/discount_limit")
		b.says(".answer", "Bram de Wit has 5 for discount_limit from Sales")

		b.open(s, "/ui/changes/2")
		b.focus(".danger-zone button")
		b.press(kb.Enter)
		b.at("/ui/draft")
		b.says(".impact", "4 of 9 users")
		b.focus("#commit button")
		b.press(kb.Enter)
		b.at("/ui/changes/3")
		b.open(s, "/ui/users/102/why/discount_limit")
		b.says(".answer", "Bram de Wit has 15")
		b.editsByKeyboard()
		b.at("/ui/changes/4")
	}, smallCompany())
}

// TestARankIsDraggedAndAValueEditedInPlace uses the mouse, and finds its draft
// after a restart.
func TestARankIsDraggedAndAValueEditedInPlace(t *testing.T) {
	onSQLite(t, func(t *testing.T, s *server) {
		b := newBrowser(t, 1280, 900, false)
		b.signIn(s)
		b.open(s, "/ui/attributes/discount_limit")
		b.drag(`tr[data-name="Sales"] .grip`, `tr[data-name="Netherlands"]`)
		b.says("[data-effect]", "users would get different values")

		b.open(s, "/ui/users/103")
		b.click("#row-region a[data-edit]")
		b.there("#row-region form")
		b.press("a", "p", "a", "c", kb.Enter)
		b.says("#row-region .drafted", "apac")
		b.click("#row-currency a[data-edit]")
		b.there("#row-currency form")
		b.press(kb.Escape)
		b.there("#row-currency a[data-edit]:focus")

		port := s.direct.Load().Port()
		s.flags = append(s.flags, "--addr", "127.0.0.1:"+port)
		s.restart()
		b.open(s, "/ui/draft")
		b.says("h1", "2 edits in the draft")
		b.says(".entries", "Set region of Carla Nunes to apac")
	}, smallCompany())
}

// drag moves the mouse from the middle of an element to the upper edge of
// another, with the button held.
func (b *browser) drag(from, to string) {
	b.t.Helper()
	var box struct{ X, Y, ToX, ToY float64 }
	b.do(chromedp.Evaluate(fmt.Sprintf(`(() => {
		const a = document.querySelector(%q).getBoundingClientRect(), b = document.querySelector(%q).getBoundingClientRect();
		return { X: a.x + a.width / 2, Y: a.y + a.height / 2, ToX: a.x + a.width / 2, ToY: b.y + 4 };
	})()`, from, to), &box))
	mouse := func(kind input.MouseType, x, y float64) {
		b.do(input.DispatchMouseEvent(kind, x, y).WithButton(input.Left).WithClickCount(1))
	}
	mouse(input.MousePressed, box.X, box.Y)
	for i := range 5 {
		mouse(input.MouseMoved, box.X, box.Y+(box.ToY-box.Y)*float64(i+1)/5)
	}
	mouse(input.MouseReleased, box.ToX, box.ToY)
}

// consolePages are pages of every kind, with the company.
func consolePages() []string {
	return []string{
		"/ui/", "/ui/users", "/ui/users/102", "/ui/users/102?edit=region", "/ui/users/102/groups", "/ui/users/102/access",
		"/ui/users/102/history", "/ui/users/102/why/discount_limit", "/ui/groups", "/ui/groups/12", "/ui/groups/12/members",
		"/ui/groups/11/nesting", "/ui/attributes", "/ui/attributes/discount_limit", "/ui/attributes/region/holders",
		"/ui/attributes/region/definition", "/ui/attributes?new=1", "/ui/changes", "/ui/changes/1", "/ui/search?q=e",
		"/ui/why?user=x&attribute=y", "/ui/draft?preview=1", "/ui/draft?as=yaml", "/ui/nowhere",
		"/ui/users/102/why/discount_limit/what-if?if=join:15&if=own:3",
		"/ui/compare?a=102&b=106", "/ui/groups/11/members?reach=all", "/ui/groups/12/why/currency",
		"/ui/attributes/region/definition?edit=1",
		"/ui/findings", "/ui/import", "/ui/users/102/why/region/timeline", "/ui/at/1/users/102", "/ui/at/1/groups",
		"/ui/attributes/region/history", "/ui/groups/12/history",
		"/ui/access", "/ui/access?new=1", "/ui/access/roles/2", "/ui/access/applications", "/ui/access/applications?new=1",
		"/ui/access/applications/1",
		"/ui/access/scim?new=1", "/ui/groups/12/access", "/ui/access/sessions", "/ui/access/sign-in",
		"/ui/access/lockouts", "/ui/access/scim", "/ui/access/reveals",
		"/ui/system?all=1",
	}
}

// TestNoPageKeepsPeopleOut asks axe-core about every page: light, with all of its rules,
// and dark, where colours are all that differs, with the one about contrast.
func TestNoPageKeepsPeopleOut(t *testing.T) {
	installIn(t, "browser")
	axe, err := os.ReadFile(filepath.Join("browser", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, smallCompany())
	s.mustAsk(http.MethodPost, "/v1/scim/clients", s.login(), `{"name":"okta"}`)
	b := newBrowser(t, 1280, 900, false)
	b.open(s, "/ui/sign-in")
	b.accessible("/ui/sign-in", string(axe))
	b.signIn(s)
	b.open(s, "/ui/attributes/discount_limit")
	b.click(`tr[data-name="Sales"] button[aria-label="Move Sales up"]`)
	b.there(".draft-pill.full")
	for _, path := range append(consolePages(), "/ui/access/scim/okta") {
		b.open(s, path)
		b.accessible(path, string(axe))
	}
}

// accessible asks axe-core about the page that is open, in both themes.
func (b *browser) accessible(path, axe string) {
	b.t.Helper()
	const only = `resultTypes: ["violations"], iframes: false, preload: false`
	b.do(chromedp.Evaluate(axe+"; 0", nil))
	b.asked(path+", light", "axe.run({"+only+"})")
	b.theme("dark")
	b.asked(path+", dark", `axe.run({runOnly: ["color-contrast"], `+only+"})")
	b.theme("light")
}

// theme shows the page in a theme, at once: without the transition of colours.
func (b *browser) theme(name string) {
	b.t.Helper()
	b.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}))
}

// asked reports what axe-core finds.
func (b *browser) asked(path, asked string) {
	b.t.Helper()
	var found []struct {
		ID    string
		Help  string
		Nodes []struct{ HTML, FailureSummary string }
	}
	var text string
	b.do(chromedp.Evaluate(asked+`.then(r => JSON.stringify(r.violations.map(v => ({
		ID: v.id, Help: v.help, Nodes: v.nodes.slice(0, 3).map(n => ({HTML: n.html,
			FailureSummary: n.failureSummary}))}))))`, &text,
		chromedp.EvalAsValue, awaited))
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		b.t.Fatal(err)
	}
	for _, f := range found {
		b.t.Errorf("%s: %s (%s)", path, f.Help, f.ID)
		for _, n := range f.Nodes {
			b.t.Logf("  %s\n  %s", n.HTML, n.FailureSummary)
		}
	}
}

// TestTheScriptsFitTheirTypes checks what the scripts say of their types.
func TestTheScriptsFitTheirTypes(t *testing.T) {
	installIn(t, "browser")
	files, err := filepath.Glob("../internal/console/static/*.js")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	lines := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		lines += strings.Count(string(b), "\n")
	}
	const most = 1000
	if lines > most {
		t.Errorf("the scripts have %d lines; the most is %d", lines, most)
	}
	mustRun(t, "node", append([]string{
		"browser/node_modules/typescript/bin/tsc", "--allowJs", "--checkJs", "--noEmit", "--strict", "--target", "es2022",
		"--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable",
	}, files...)...)
}
