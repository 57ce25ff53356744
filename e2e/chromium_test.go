package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium finds the browser, and installs it if it may.
var chromium = sync.OnceValues(func() (string, error) {
	find := func() string {
		for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
			if path, err := exec.LookPath(name); err == nil {
				return path
			}
		}
		return ""
	}
	if path := find(); path != "" {
		return path, nil
	}
	apt, err := exec.LookPath("apt-get")
	if err != nil || os.Getuid() != 0 {
		return "", errors.New("the tests of the console need Chromium: install it (apt-get install chromium)")
	}
	cmd := exec.CommandContext(context.Background(), apt, "install", "-y", "--no-install-recommends", "chromium")
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("apt-get install chromium: %w\n%s", err, out)
	}
	return find(), nil
})

// A browser is a Chromium with one page. What its console says, and requests to
// other hosts, fail the test.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func newBrowser(t *testing.T, width, height int, dark bool) *browser {
	t.Helper()
	path, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(width, height),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true), chromedp.WSURLReadTimeout(time.Minute))
	if dark {
		options = append(options, chromedp.Flag("blink-settings", "preferredColorScheme=0"))
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocator)
	ctx, late := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(func() {
		late()
		end()
		stop()
	})
	b := &browser{t, ctx}
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("a script failed: %v", e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError {
				t.Errorf("the console says %s", e.Args[0].Value)
			}
		case *network.EventRequestWillBeSent:
			url := e.Request.URL
			if !strings.HasPrefix(url, "http://127.0.0.1:") && !strings.HasPrefix(url, "about:") &&
				!strings.HasPrefix(url, "data:") {
				t.Errorf("the page asks for %s", url)
			}
		}
	})
	b.do(network.Enable(), runtime.Enable(), emulation.SetFocusEmulationEnabled(true))
	return b
}

// do runs actions, one after the other.
func (b *browser) do(actions ...chromedp.Action) {
	b.t.Helper()
	soon, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Run(soon, actions...); err != nil {
		var page string
		ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), 5*time.Second)
		defer cancel()
		_ = chromedp.Run(ctx, chromedp.Text("body", &page))
		b.t.Fatalf("%v; the page says:\n%s", err, page)
	}
}

// until waits until an expression is true, also across pages.
func (b *browser) until(expression string) {
	b.t.Helper()
	var is bool
	for end := time.Now().Add(patience); !is; {
		if err := chromedp.Run(b.ctx, chromedp.Evaluate("Boolean("+expression+")", &is)); err != nil && b.ctx.Err() != nil {
			b.t.Fatal(err)
		}
		if !is && time.Now().After(end) {
			var page string
			_ = chromedp.Run(b.ctx, chromedp.Evaluate("location.href + ' ' + document.body.innerText", &page))
			b.t.Fatalf("%s is not so after %v; the page is %s", expression, patience, page)
		}
	}
}

// says waits until an element says something.
func (b *browser) says(selector, want string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`(document.querySelector(%q)?.textContent || "").replace(/\s+/g, " ").includes(%q)`, selector,
		want))
}

// there waits until there is an element.
func (b *browser) there(selector string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.readyState === "complete" && document.querySelector(%q)`, selector))
}

func (b *browser) focus(selector string) {
	b.t.Helper()
	b.there(selector)
	b.do(chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q).focus()`, selector), nil))
}

func (b *browser) click(selector string) {
	b.t.Helper()
	b.there(selector)
	b.do(chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q).click()`, selector), nil))
}

// press presses keys on what has the focus.
func (b *browser) press(keys ...string) {
	b.t.Helper()
	for _, k := range keys {
		b.do(chromedp.KeyEvent(k))
	}
}

// awaited waits for a promise.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// mustRun runs a program that must succeed.
func mustRun(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
}

// down presses a key that a script takes: press would also type it.
func (b *browser) down(key string) {
	b.t.Helper()
	b.do(input.DispatchKeyEvent(input.KeyRawDown).WithKey(key))
}

// at waits until the browser is at a path.
func (b *browser) at(path string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`location.pathname === %q && document.readyState === "complete"`, path))
}
