package pagekit

import (
	"strings"

	"cohort/internal/console/sentence"
	"cohort/internal/httpkit"
)

// A Call is what a page shows, asked of one of the APIs or on the command line.
type Call struct {
	Name string
	Text string // ready to paste: $TOKEN is a token of any of the dialects
}

// Calls collects those of a page.
type Calls struct {
	q    *Request
	List []Call
}

// Calls begins the list of calls that answer what a page shows.
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

// quoted is a word as a shell takes it.
func quoted(word string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:=@,+", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// AsOfParameter is the parameter of the native API that turns a question back in time.
func (q *Request) AsOfParameter() string {
	if q.Past == 0 {
		return ""
	}
	return "?revision=" + sentence.Itoa(q.Past)
}

// Preview asks what edits would do.
func (c *Calls) Preview(edits string) *Calls {
	base := httpkit.BaseURL(c.q.BaseURL, c.q.R)
	const post = `curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d `
	c.List = append(c.List, Call{"Native", post + quoted(edits) + " " + quoted(base+"/v1/preview")})
	return c
}
