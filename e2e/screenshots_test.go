package e2e

import (
	"context"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

var screenshots = flag.String("screenshots", "", "folder that gets pictures of the main pages of the console")

// TestPicturesOfTheConsole takes pictures of the main pages, wide and narrow,
// light and dark, into the folder of the flag; without it, of one page.
func TestPicturesOfTheConsole(t *testing.T) {
	dir, pages, widths := *screenshots, mainPages(), []int{1280, 390}
	if dir == "" {
		dir, widths = t.TempDir(), widths[:1]
		pages = map[string]string{"why": pages["why"]}
	}
	s := newServer(t, smallCompany())
	b := newBrowser(t, 1280, 800, false)
	b.signIn(s)
	token := s.login()
	for _, group := range []string{"Nordics", "nordics", "Launch team"} {
		s.mustAsk(http.MethodPost, "/v1/groups", token, `{"name":"`+group+`"}`)
	}
	s.mustAsk(http.MethodPut, "/v1/groups/11/values/region", token, `{"value":"europe"}`)
	b.open(s, "/ui/attributes/discount_limit")
	b.click(`tr[data-name="Sales"] button[aria-label="Move Sales up"]`)
	b.there(".draft-pill.full")
	for name, path := range pages {
		for _, width := range widths {
			for _, theme := range []string{"light", "dark"} {
				b.do(emulation.SetDeviceMetricsOverride(int64(width), 800, 1, false),
					emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}))
				b.open(s, path)
				b.picture(filepath.Join(dir, name+"-"+strconv.Itoa(width)+"-"+theme+".png"))
			}
		}
	}
}

// mainPages are those that people see most, by the name of their picture.
func mainPages() map[string]string {
	return map[string]string{
		"home": "/ui/", "users": "/ui/users", "user": "/ui/users/102", "why": "/ui/users/102/why/discount_limit",
		"groups": "/ui/groups",
		"group":  "/ui/groups/11", "attribute": "/ui/attributes/discount_limit", "holders": "/ui/attributes/region/holders",
		"draft": "/ui/draft?preview=1", "draft-yaml": "/ui/draft?as=yaml",
		"changes": "/ui/changes", "definition": "/ui/attributes/region/definition?edit=1",
		"what-if": "/ui/users/102/why/discount_limit/what-if?if=leave:12&if=join:15&if=value:15:40",
		"compare": "/ui/compare?a=102&b=106",
		"past":    "/ui/at/1/groups/12/members", "nesting": "/ui/groups/11/nesting", "access": "/ui/users/102/access",
		"import": "/ui/import", "timeline": "/ui/users/102/why/region/timeline", "system": "/ui/system",
		"scim":         "/ui/access/scim?new=1",
		"group-access": "/ui/groups/12/access", "findings": "/ui/findings", "finding": "/ui/findings?code=empty_group",
		"change": "/ui/changes/5?effects=1", "application": "/ui/access/applications/1",
	}
}

func (b *browser) picture(path string) {
	b.t.Helper()
	var png []byte
	b.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		png, err = page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng).Do(ctx)
		return err
	}))
	const blank = 5000 // bytes that a page with nothing on it takes
	if len(png) < blank {
		b.t.Errorf("the picture %s has %d bytes: nothing is on it", path, len(png))
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
