package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"cohort/client"
)

// defaultURL is where `cohort serve` listens unless it is told otherwise.
const defaultURL = "http://127.0.0.1:19999"

// maxChangeFile is the most bytes of a file of edits.
const maxChangeFile = 16 << 20

// A remote is what commands have in common that ask a server.
type remote struct {
	JSON bool `name:"json" help:"write JSON"`
}

// client is one for the server and the caller that the environment names.
func (v *invocation) client() (*client.Client, error) {
	env := map[string]string{}
	for _, entry := range v.environ {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	id, secret := env["COHORT_CLIENT_ID"], env["COHORT_CLIENT_SECRET"]
	if id == "" || secret == "" {
		return nil, usageError{errors.New("set COHORT_CLIENT_ID and COHORT_CLIENT_SECRET, and COHORT_URL if the server is not at " + defaultURL)}
	}
	return client.New(cmp.Or(env["COHORT_URL"], defaultURL), id, secret, nil), nil
}

// A moment is a point in the past that a question can be about.
type moment struct {
	Revision int64     `help:"as of a revision" placeholder:"N"`
	At       time.Time `help:"as of a time, such as 2026-01-31T12:00:00Z" placeholder:"TIME"`
}

func (m moment) point() client.Point { return client.Point{Revision: m.Revision, At: m.At} }

// readChange reads edits from a file, or from standard input if it is named -:
// {"edits":[…],"comment":"…"}, or the list alone.
func (v *invocation) readChange(file string) (client.Change, error) {
	in := v.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return client.Change{}, err
		}
		defer func() { _ = f.Close() }() // it was only read
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxChangeFile+1))
	if err != nil {
		return client.Change{}, err
	}
	if len(b) > maxChangeFile {
		return client.Change{}, fmt.Errorf("%s is longer than %d bytes", file, maxChangeFile)
	}
	var change client.Change
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("[")) {
		err = json.Unmarshal(b, &change.Edits)
	} else {
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		err = d.Decode(&change)
	}
	if err != nil {
		return client.Change{}, usageError{fmt.Errorf("%s: %w", file, err)}
	}
	return change, nil
}

// Colours of a terminal.
const (
	green  = "32"
	yellow = "33"
	grey   = "90"
)

// colour returns s in a colour, if there is somebody to see it.
func (t terminal) colour(code, s string) string {
	if !isTerminal(t.out) {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// plain keeps what was stored from steering the terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '·'
		}
		return r
	}, s)
}

// shown is a typed value for people: JSON in one line, hidden values named.
func shown(value json.RawMessage) string {
	var hidden struct {
		Hidden bool `json:"hidden"`
	}
	switch {
	case len(value) == 0 || string(value) == "null":
		return "-"
	case json.Unmarshal(value, &hidden) == nil && hidden.Hidden:
		return "(hidden)"
	}
	return plain(string(value))
}

func groupNames(groups []client.Group, separator string) string {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = plain(cmp.Or(g.Name, "group "+g.ID))
	}
	return strings.Join(names, separator)
}
