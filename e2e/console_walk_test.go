package e2e

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// secondLink is a link for the administrator, made through the API.
func (s *server) secondLink(token string) string {
	s.t.Helper()
	var link struct{ URL string }
	body := s.mustAsk(http.MethodPost, "/v1/users/1/sign-in-link", token, "{}")
	if err := json.Unmarshal([]byte(body), &link); err != nil || !strings.Contains(link.URL, "#") {
		s.t.Fatalf("no link in %s", body)
	}
	return s.direct.Load().String() + "/ui/link#" + link.URL[strings.Index(link.URL, "#")+1:]
}

// editInPlace sets an own value of a user in its row.
func (b *browser) editInPlace(s *server, user int, attribute, value string) {
	b.t.Helper()
	b.open(s, fmt.Sprintf("/ui/users/%d", user))
	b.click("#row-" + attribute + " a[data-edit]")
	b.there("#row-" + attribute + " form [name=value]:focus")
	b.do(chromedp.Evaluate(`document.activeElement.value = ""`, nil), chromedp.KeyEvent(value),
		chromedp.KeyEvent(kb.Enter))
	b.says("#row-"+attribute+" .drafted", value)
}

// TestTenEditsAConflictACommitAndARevert goes through the draft on both engines,
// while a page in another browser learns of the commit, and looks at the past.
func TestTenEditsAConflictACommitAndARevert(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *server) {
		b := newBrowser(t, 1280, 900, false)
		b.signIn(s)
		token := s.login()
		other := newBrowser(t, 1280, 900, true)
		other.do(chromedp.Navigate(s.secondLink(token)))
		other.there("form[data-link] button:focus")
		other.press(kb.Enter)
		other.at("/ui/")
		other.open(s, "/ui/users/102/why/region")

		for user := 101; user <= 108; user++ {
			b.editInPlace(s, user, "region", fmt.Sprintf("r%d", user))
		}
		b.editInPlace(s, 102, "discount_limit", "7")
		b.open(s, "/ui/users/103/groups")
		b.focus("#add-group")
		b.press("Finance", kb.Enter)
		b.says("main", "Groups")
		s.mustAsk(http.MethodPut, "/v1/users/104/values/region", token, `{"value":"theirs"}`)
		other.says("[data-live]", "1 change since you loaded this page")
		other.there("[data-live]:not([hidden])")

		b.isReadOnly(s, 2)
		b.open(s, "/ui/draft")
		b.says("h1", "10 edits in the draft")
		b.says(".entries", "Changed meanwhile: was no value, now theirs by Admin Cohort")
		b.there("#commit button[disabled]")
		b.click(`.in-conflict button[value=mine]`)
		b.there("#commit button:not([disabled])")
		b.says(".impact", "8 of 9 users")
		b.focus("#commit input[name=comment]")
		b.press("ten", kb.Enter)
		b.at("/ui/changes/3")
		other.says("[data-live]", "2 changes")
		other.click("[data-live] a")
		other.says(".answer", "Bram de Wit has r102 for region")
		other.there("[data-live][hidden]")

		b.open(s, "/ui/at/2/users/104")
		b.says(".strip.past", "As it was after change 2")
		b.says("#row-region", "theirs")
		b.there("main:not(:has(a[data-edit]))")
		b.click(".strip.past a:last-of-type")
		b.at("/ui/users/104")
		b.says("#row-region", "r104")

		b.open(s, "/ui/changes/3")
		b.click(".danger-zone button")
		b.at("/ui/draft")
		b.says(".impact", "8 of 9 users")
		b.click("#commit button")
		b.at("/ui/changes/4")
		b.open(s, "/ui/users/104")
		b.says("#row-region", "theirs")
	}, smallCompany())
}

// TestATableIsBroughtInByKeyboard pastes one of which a row is refused.
func TestATableIsBroughtInByKeyboard(t *testing.T) {
	onSQLite(t, func(t *testing.T, s *server) {
		b := newBrowser(t, 1280, 900, false)
		b.signIn(s)
		b.open(s, "/ui/import")
		b.focus(".importing summary")
		b.press(kb.Enter)
		b.there(".importing details[open]")
		b.do(chromedp.Evaluate(`document.querySelector("#pasted").value = "email,first_name,groups\nnina@example.com,Nina,EMEA\nomar@example.com,Omar,Nowhere\n"`, nil))
		b.focus(".importing button.primary")
		b.press(kb.Enter)
		b.says("h1", "2 rows of users")
		b.says("main", "1 row refused")
		b.says("main", "Nowhere")
		b.focus("main button.primary")
		b.press(kb.Enter)
		b.says(".notice.positive", "Imported")
		b.open(s, "/ui/users?q=Nina")
		b.says("main", "nina@example.com")
		b.open(s, "/ui/users?q=Omar")
		b.says("main", "Nobody is called")
	}, smallCompany())
}

// TestAGroupIsMovedInTheTree by mouse and by keyboard; what it would do is shown.
func TestAGroupIsMovedInTheTree(t *testing.T) {
	onSQLite(t, func(t *testing.T, s *server) {
		b := newBrowser(t, 1280, 900, false)
		b.signIn(s)
		b.open(s, "/ui/groups")
		b.click(`li[data-name="Sales"] > details > summary`)
		b.there(`li[data-name="Americas"] [data-grip]:not([hidden])`)
		b.drag(`li[data-name="Finance"] [data-grip]`, `li[data-name="Americas"] > .line`)
		b.says("[data-effect]", "of 9 users would get different values")
		b.open(s, "/ui/draft")
		b.says(".entries", "Put Finance into Americas")
		b.open(s, "/ui/groups")
		b.focus(`li[data-name="Sales"] > .line [data-grip]`)
		b.press(" ", kb.ArrowUp)
		b.says("#live", "Into Finance")
		b.press(" ")
		b.says("[data-effect]", "In the draft")
		b.open(s, "/ui/draft")
		b.says(".entries", "Put Sales into Finance")
	}, smallCompany())
}

// session signs in without a browser and returns the cookie.
func (s *server) session() *http.Cookie {
	s.t.Helper()
	_, secret, _ := strings.Cut(s.firstLink(), "#")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(s.direct.Load().String()+"/ui/link", url.Values{"secret": {secret}})
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	for _, c := range resp.Cookies() {
		return c
	}
	s.t.Fatalf("no session: status %d", resp.StatusCode)
	return nil
}

// TestTheSameByAPICanBePasted runs what pages offer to copy: each line for the
// command line succeeds, and each request finds something.
func TestTheSameByAPICanBePasted(t *testing.T) {
	s := newServer(t, smallCompany())
	cookie, token := s.session(), s.login()
	tried := map[string]bool{}
	for _, path := range consolePages() {
		req, err := http.NewRequest(http.MethodGet, s.direct.Load().String()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(cookie)
		page, err := send(req)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`<dt>([^<]*)</dt><dd><code class="copy" data-copy>([^<]*)</code>`).FindAllStringSubmatch(page.body, -1) {
			if line := html.UnescapeString(m[2]); !tried[line] {
				tried[line] = true
				s.paste(path, m[1], line, token)
			}
		}
	}
	const few = 40
	if len(tried) < few {
		t.Errorf("pages offer only %d lines", len(tried))
	}
}

// paste runs a line in a shell.
func (s *server) paste(path, name, line, token string) {
	s.t.Helper()
	line = strings.Replace(line, "curl -s ", "curl -sf ", 1)
	line = strings.Replace(line, "cohort ", binary+" ", 1)
	cmd := exec.CommandContext(s.t.Context(), "sh", "-c", line)
	cmd.Env = append(s.cmd.Env, "TOKEN="+token, "COHORT_URL="+s.direct.Load().String())
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Errorf("%s offers for %s:\n%s\n%v: %s", path, name, line, err, out)
	}
}

// TestTheConsoleWorksWithoutScripts signs in, edits a value, moves a rank, looks at
// the preview and commits in a browser that runs no script. What is sent after the
// session has ended comes back.
func TestTheConsoleWorksWithoutScripts(t *testing.T) {
	s := newServer(t, smallCompany())
	token := s.login()
	b := newBrowser(t, 390, 800, true)
	b.do(emulation.SetScriptExecutionDisabled(true))
	b.pasteLink(s.firstLink())
	b.at("/ui/")
	b.open(s, "/ui/users/102")
	b.click("#row-region a[data-edit]")
	b.there("#row-region form [name=value]")
	b.fill("#row-region form [name=value]", "apac")
	b.click("#row-region form button.primary")
	b.says("#row-region .drafted", "apac")
	b.open(s, "/ui/attributes/discount_limit")
	b.click(`tr[data-name="Sales"] button[aria-label="Move Sales up"]`)
	b.says(".draft-pill b", "2")
	b.open(s, "/ui/draft")
	b.click("[data-preview] a.button")
	b.says(".impact", "of 9 users would get different values")
	b.click("#commit button")
	b.says("h1", "Change 2")
	b.walkOnWithoutScripts(s)

	b.open(s, "/ui/users/103?edit=region")
	b.fill("#row-region form [name=value]", "typed before")
	s.endSession(token)
	b.click("#row-region form button.primary")
	b.says("main", "Your session has ended")
	b.there(`main form input[name="value"][value="typed before"]`)
}

// walkOnWithoutScripts undoes change 2, looks at the past, asks why, brings a table in
// and mutes a finding.
func (b *browser) walkOnWithoutScripts(s *server) {
	b.t.Helper()
	b.says("main", "got different values")
	b.click("main form.danger-zone button")
	b.says("h1", "1 edit in the draft")
	b.says("main", "Revert")
	b.click("#commit button")
	b.says("h1", "Change 3")

	b.open(s, "/ui/at/2/users/102")
	b.says("main", "apac")
	b.says("body", "As it was after change 2")
	b.open(s, "/ui/users/102/why/region?since=1")
	b.says("main", "by change 1")
	b.open(s, "/ui/why?user=Bram&attribute=discount_limit")
	b.says("h1", "Discount limit")

	b.open(s, "/ui/import")
	b.click(".importing summary")
	b.fill("#pasted", "email,first_name\nnina@example.com,Nina\n")
	b.click(".importing button.primary")
	b.says("h1", "1 row of users")
	b.click("main button.primary")
	b.says(".notice.positive", "Imported")

	b.open(s, "/ui/groups?new=1")
	b.fill("main form [name=name]", "Launch team")
	b.click("main form button.primary")
	b.there(".draft-pill.full")
	b.open(s, "/ui/draft")
	b.click("#commit button")
	b.says("h1", "Change 5")
	b.open(s, "/ui/findings?code=empty_group")
	b.says("main", "The group Launch team is empty.")
	b.click("main li form.mute button")
	b.says("main li", "muted")
	b.open(s, "/ui/draft")
	b.click("#commit button")
	b.says("h1", "Change 6")
	b.open(s, "/ui/findings")
	b.says("main", "Nothing stands out")
}

// endSession ends the administrator's only session in the console.
func (s *server) endSession(token string) {
	s.t.Helper()
	var list struct{ Sessions []struct{ ID string } }
	if err := json.Unmarshal([]byte(s.mustAsk(http.MethodGet, "/v1/sessions", token, "")), &list); err != nil ||
		len(list.Sessions) != 1 {
		s.t.Fatalf("the sessions are %v: %v", list, err)
	}
	s.mustAsk(http.MethodDelete, "/v1/users/1/sessions/"+list.Sessions[0].ID, token, "")
}

// pasteLink signs in as people do without scripts: the secret of a link is typed.
func (b *browser) pasteLink(link string) {
	b.t.Helper()
	page, secret, _ := strings.Cut(link, "#")
	b.do(chromedp.Navigate(page))
	b.fill("form[data-link] [name=secret]", secret)
	b.click("form[data-link] button")
}

// fill types into a field without a key.
func (b *browser) fill(selector, text string) {
	b.t.Helper()
	b.there(selector)
	b.do(chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q).value = %q`, selector, text), nil))
}
