package requests

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// Limits of a page of the console.
const (
	maxPageCPU   = 20e-3 // seconds of processor time
	maxPageBytes = 60 << 10
)

// ConsolePages measures the pages of the console for a signed-in administrator.
func ConsolePages(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	path, d, err := l.Million(ctx)
	if err != nil {
		return r, err
	}
	if path, err = l.Copied(path); err != nil { // signing in writes
		return r, err
	}
	p, c, err := l.ServeAndLogin(ctx, "--data", path)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	head, err := signIn(ctx, c)
	if err != nil {
		return r, err
	}
	table := measure.Table{Title: fmt.Sprintf("Pages of the console, %d users", d.Shape().Users),
		Head: []string{"Page", "Processor time", "Bytes"}}
	var slowest, longest measure.Samples
	for _, page := range pagesOfConsole(d) {
		next := func(*rand.Rand) (string, []byte) { return "GET " + page + " HTTP/1.1\r\n" + head, nil }
		line, _ := next(nil)
		reply, err := c.Ask(ctx, line, nil)
		if err != nil {
			return r, err
		}
		if !bytes.Contains(reply, []byte("</html>")) {
			return r, fmt.Errorf("%s is no page: %.200s", page, reply)
		}
		asked := &lab.Competitor{Name: page, Process: p, Next: next}
		if err := l.Compete(ctx, asked); err != nil {
			return r, err
		}
		slowest, longest = append(slowest, asked.CPU.Median()), append(longest, float64(len(reply))/1024)
		table.Rows = append(table.Rows, []string{page, measure.Seconds.Format(asked.CPU.Median()),
			strconv.Itoa(len(reply))})
	}
	r.AtMost("processor time of the slowest page of the console", maxPageCPU, measure.Seconds,
		measure.Samples{slowest.Quantile(1)})
	r.AtMost("the longest page, in KiB", maxPageBytes/1024, measure.Count, measure.Samples{longest.Quantile(1)})
	r.Tables = append(r.Tables, table)
	r.Note("%d pages, %d connections.", len(table.Rows), lab.Connections)
	return r, nil
}

// signIn signs the caller in to the console with a link, and returns the header lines of a
// browser.
func signIn(ctx context.Context, c *lab.Caller) (head string, err error) {
	reply, err := c.Get(ctx, "/v1/me")
	if err != nil {
		return "", err
	}
	id, err := lab.FirstID(reply)
	if err != nil {
		return "", err
	}
	if reply, err = c.Send(ctx, "POST /v1/users/"+id+"/sign-in-link", "{}"); err != nil {
		return "", err
	}
	var link struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(reply, &link); err != nil {
		return "", err
	}
	_, secret, _ := strings.Cut(link.URL, "#")
	form := url.Values{"secret": {secret}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.Addr+"/ui/link",
		strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	cookies := resp.Cookies()
	if len(cookies) != 1 {
		return "", fmt.Errorf("the sign-in was answered %s with %d cookies", resp.Status, len(cookies))
	}
	return "Host: " + c.Addr + "\r\nCookie: " + cookies[0].Name + "=" + cookies[0].Value + "\r\n", nil
}

func pagesOfConsole(d *sample.Directory) []string {
	user, group, attribute := directory.FormatID(d.UserID(7)), directory.FormatID(d.Group(0)), d.Name(0)
	return []string{
		"/ui/", "/ui/users", "/ui/users/" + user, "/ui/users/" + user + "/access", "/ui/users/" + user + "/history",
		"/ui/users/" + user + "/why/" + attribute, "/ui/groups", "/ui/groups/" + group, "/ui/groups/" + group + "/members",
		"/ui/attributes", "/ui/attributes/" + attribute, "/ui/attributes/" + attribute + "/holders", "/ui/changes",
		"/ui/search?q=ada", "/ui/access", "/ui/access/sessions", "/ui/system", "/ui/draft", "/ui/import",
	}
}
