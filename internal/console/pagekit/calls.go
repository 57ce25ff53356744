package pagekit

import (
	"strings"

	"cohort/internal/console/sentence"
	"cohort/internal/httpkit"
)

// A Call is a request to an API, or a command, that returns what a page shows.
type Call struct {
	Name string
	Text string // ready to paste; $TOKEN is an access token
}

// Calls collects the calls of a page.
type Calls struct {
	q    *Request
	List []Call
}

// Calls begins the list of the calls of a page.
func (q *Request) Calls() *Calls { return &Calls{q: q} }

// CLI adds a line for the command line.
func (c *Calls) CLI(words ...string) *Calls {
	for i, w := range words {
		words[i] = quoted(w)
	}
	c.List = append(c.List, Call{"Command line", "cohort " + strings.Join(words, " ")})
	return c
}

// Get adds a request of a dialect.
func (c *Calls) Get(name, path string) *Calls {
	base := httpkit.BaseURL(c.q.BaseURL, c.q.R)
	c.List = append(c.List, Call{name, `curl -s -H "Authorization: Bearer $TOKEN" ` + quoted(base+path)})
	return c
}

// Native adds a request of our own API.
func (c *Calls) Native(path string) *Calls { return c.Get("Native", "/v1/"+path) }

// Looker adds a request of the Looker API.
func (c *Calls) Looker(path string) *Calls { return c.Get("Looker", "/api/4.0/"+path) }

// Propeller adds a request of the Propeller API.
func (c *Calls) Propeller(path string) *Calls {
	return c.Get("Propeller", c.q.PropellerPrefix+"/"+path)
}

// quoted quotes a word for a shell.
func quoted(word string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:=@,+", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// AsOfParameter returns the parameter of the native API for the revision of the page; empty
// for the present.
func (q *Request) AsOfParameter() string {
	if q.Past == 0 {
		return ""
	}
	return "?revision=" + sentence.Itoa(q.Past)
}

// Preview adds a request that previews edits.
func (c *Calls) Preview(edits string) *Calls {
	base := httpkit.BaseURL(c.q.BaseURL, c.q.R)
	const post = `curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d `
	c.List = append(c.List, Call{"Native", post + quoted(edits) + " " + quoted(base+"/v1/preview")})
	return c
}
