package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"cohort/internal/effort"
)

// tabTo presses Tab until an element has the focus.
func (b *browser) tabTo(selector string) {
	b.t.Helper()
	b.there(selector)
	const most = 200
	for range most {
		var is bool
		b.do(chromedp.Evaluate(fmt.Sprintf(`document.activeElement.matches(%q)`, selector), &is))
		if is {
			return
		}
		b.press(kb.Tab)
	}
	b.t.Fatalf("%s is not reached by Tab", selector)
}

// follow tabs to a link and follows it. The key goes down only: the rest of it could reach a
// form that the link has opened meanwhile, and send it.
func (b *browser) follow(selector string) {
	b.t.Helper()
	b.tabTo(selector)
	b.down("Enter")
}

// find goes to the page of what the search finds first.
func (b *browser) find(text, path string) {
	b.t.Helper()
	b.there(".top .search [role=combobox]") // the scripts are there
	b.down("/")
	b.there(".top .search input:focus")
	b.do(chromedp.Evaluate(`document.activeElement.value = ""`, nil))
	b.press(text)
	b.there(fmt.Sprintf(`.top .hits [role=option]:first-child[data-href=%q]`, path))
	b.press(kb.ArrowDown)
	b.down("Enter")
	b.at(path)
}

// editsByKeyboard changes a user's value, a group's value and description, and an
// attribute's label, and commits: every control is reached by Tab.
func (b *browser) editsByKeyboard() {
	b.t.Helper()
	b.find("Bram", "/ui/users/102")
	b.follow("#row-region a[data-edit]")
	b.there("#row-region form [name=value]:focus")
	b.press("apac", kb.Enter)
	b.says("#row-region .drafted", "apac")

	b.find("Netherl", "/ui/groups/12")
	b.follow("#row-currency a[data-edit]")
	b.there("#row-currency form [name=value]:focus")
	b.press("GBP", kb.Enter)
	b.says("#row-currency .drafted", "GBP")
	b.follow(`.tabs a[href$="/nesting"]`)
	b.at("/ui/groups/12/nesting")
	b.tabTo("main [name=description]")
	b.press("The Dutch offices")
	b.tabTo("main button[value=rename]")
	b.press(kb.Enter)
	b.says(".draft-pill", "3")

	b.find("region", "/ui/attributes/region")
	b.follow(`.tabs a[href$="/definition"]`)
	b.at("/ui/attributes/region/definition")
	b.follow("main .card-head a.button")
	b.there("main form [name=label]:focus")
	b.press(" of sales", kb.Enter)
	b.says(".draft-pill", "4")

	b.follow(".draft-pill")
	b.at("/ui/draft")
	b.says("h1", "4 edits in the draft")
	b.tabTo("#commit input[name=comment]")
	b.press("by keyboard", kb.Enter)
}

// isReadOnly looks at pages as they were after a change: each says so, and nothing on it
// can be changed, whatever scripts add. All pages are looked at in the long tests.
func (b *browser) isReadOnly(s *server, revision int) {
	b.t.Helper()
	pages := []string{"/users/104", "/attributes/discount_limit", "/groups"}
	if effort.All() {
		pages = append(pages, "/", "/users", "/users/104/groups", "/users/104/access", "/users/104/history",
			"/users/104/why/region", "/groups/12", "/groups/12/members", "/groups/12/nesting", "/groups/12/access",
			"/groups/12/history", "/groups/12/why/region", "/attributes", "/attributes/region/holders",
			"/attributes/region/definition", "/attributes/region/history", "/changes", "/changes/1", "/findings",
			"/search?q=e", "/compare?a=104&b=102")
	}
	for _, page := range pages {
		b.open(s, fmt.Sprintf("/ui/at/%d%s", revision, page))
		b.says(".strip.past", fmt.Sprintf("As it was after change %d", revision))
		b.there("main:not(:has(form[method=post], a[data-edit], [draggable=true], [data-grip]:not([hidden]), .grip))")
	}
}

// TestEveryControlIsReachedByKeyboard tabs through pages and finds that no focus is
// hidden and none is a trap.
func TestEveryControlIsReachedByKeyboard(t *testing.T) {
	s := newServer(t, smallCompany())
	b := newBrowser(t, 1280, 900, false)
	b.signIn(s)
	pages := []string{"/ui/attributes/discount_limit"}
	if effort.All() {
		pages = consolePages()
	}
	for _, page := range pages {
		b.open(s, page)
		var left []string
		b.do(chromedp.Evaluate(`window.met = new Set(); document.activeElement.blur(); document.addEventListener("focusin",
			(e) => window.met.add(e.target)); 0`, nil))
		const most = 400
		for rounds, i := 0, 0; rounds < 2 && i < most; i++ { // the first may begin in the middle
			var end bool
			b.press(kb.Tab)
			b.do(chromedp.Evaluate(`document.activeElement === document.body`, &end))
			if end {
				rounds++
			}
		}
		b.do(chromedp.Evaluate(`[...document.querySelector("main").querySelectorAll("a[href], button, input, select, textarea, summary")]
			.filter((e) => !e.disabled && e.type !== "hidden" && e.tabIndex >= 0 && e.checkVisibility() && !window.met.has(e))
			.filter((e) => e.type !== "radio").map((e) => e.outerHTML.slice(0, 100))`, &left))
		for _, what := range left {
			t.Errorf("%s: Tab does not reach %s", page, what)
		}
	}
}
