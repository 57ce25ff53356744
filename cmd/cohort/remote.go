package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"strconv"
	"time"

	"cohort/client"
	"cohort/internal/screen"
)

// maxChangeFile is the most bytes of a file of edits.
const maxChangeFile = 16 << 20

// A remote is what commands have in common that ask a server about one thing.
type remote struct {
	Output screen.Format `name:"output" short:"o" enum:"table,json,yaml" default:"table" placeholder:"FORMAT" help:"table (for people), json or yaml"`
	JSON   bool          `name:"json" help:"same as -o json"`
}

// An asking is a remote that can ask a stopped directory as well.
type asking struct {
	remote
	stopped
}

// A paged command is one whose answer may be long: it goes through a pager.
type paged struct{}

func (paged) asked() {}

// format is the form of the output.
func (r remote) format() screen.Format {
	if r.JSON {
		return screen.JSON
	}
	return r.Output
}

// forPrograms reports whether a program reads the output.
func (r remote) forPrograms() bool { return r.format() != screen.Table }

// object writes an answer for programs.
func (v *invocation) object(f screen.Format, x any) error { return screen.WriteObject(v.out, f, x) }

// A listFormat is what commands have in common that answer with a list.
type listFormat struct {
	paged
	Output screen.Format `name:"output" short:"o" enum:"table,json,csv,yaml,name" default:"table" placeholder:"FORMAT" help:"table (for people), json, csv, yaml, or name: one selector a line, for other commands"`
	JSON   bool          `name:"json" help:"same as -o json"`
}

func (l listFormat) format() screen.Format {
	if l.JSON {
		return screen.JSON
	}
	return l.Output
}

// A listing is what commands have in common that list what there may be many of.
type listing struct {
	listFormat
	stopped
	Limit int `default:"100" placeholder:"N" help:"the largest number of results; 0 means all (default ${default})"`
}

// maxPage is the most entries of a page.
const maxPage = 1000

// A page is where a list is at the server: its path and parameters, and what it
// is called in the reply.
type page struct {
	path   string
	query  url.Values
	member string
}

// readList reads a list, page by page, up to a limit; 0 is no limit. more says that
// the list goes on.
func readList[T any](v *invocation, server *client.Client, p page,
	limit int) (items []screen.Item[T], more bool, err error) {
	query := url.Values{}
	maps.Copy(query, p.query)
	for {
		size := maxPage
		if limit > 0 {
			size = min(size, limit-len(items))
		}
		query.Set("limit", strconv.Itoa(size))
		var reply map[string]json.RawMessage
		if err := server.Do(v.ctx, "GET", p.path, query, nil, nil, &reply); err != nil {
			return nil, false, err
		}
		var raw []json.RawMessage
		if err := json.Unmarshal(reply[p.member], &raw); err != nil {
			return nil, false, fmt.Errorf("read the reply: %w", err)
		}
		for _, r := range raw {
			item := screen.Item[T]{Raw: r}
			if err := json.Unmarshal(r, &item.Value); err != nil {
				return nil, false, fmt.Errorf("read the reply: %w", err)
			}
			items = append(items, item)
		}
		var next string
		if reply["next"] != nil {
			if err := json.Unmarshal(reply["next"], &next); err != nil {
				return nil, false, fmt.Errorf("read the reply: %w", err)
			}
		}
		if next == "" || limit > 0 && len(items) >= limit {
			return items, next != "", nil
		}
		query.Set("cursor", next)
	}
}

// list reads a list from the server and writes it.
func list[T any](v *invocation, flags listing, p page, l *screen.List[T], about ...screen.Member) error {
	server, err := v.client()
	if err != nil {
		return err
	}
	if flags.Limit < 0 {
		return usageError{errors.New("--limit must not be negative")}
	}
	items, more, err := readList[T](v, server, p, flags.Limit)
	if err != nil {
		return err
	}
	return v.write(flags, more, func() error {
		if l.Member == "" {
			l.Member = p.member
		}
		return l.Write(v.out, v.screen, flags.format(), items, about...)
	})
}

// write writes a list and then says, to people, if there is more of it.
func (v *invocation) write(flags listing, more bool, write func() error) error {
	if err := write(); err != nil {
		return err
	}
	if more {
		fmt.Fprintf(v.err, "cohort: these are the first %d; --limit 0 shows all\n", flags.Limit)
	}
	return nil
}

// A moment is a point in the past that a question can be about.
type moment struct {
	Revision int64     `help:"as of a revision" placeholder:"N"`
	At       time.Time `help:"as of a time, such as 2026-01-31T12:00:00Z" placeholder:"TIME"`
}

// readChange reads edits from a file, or from standard input if it is named -:
// {"edits":[…],"comment":"…"}, or the list alone. A seed is the same format.
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
		var in struct {
			client.Change
			Version json.RawMessage `json:"version"` // of seeds, which are changes, too
		}
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err = d.Decode(&in); err == nil && in.Version != nil && string(in.Version) != "1" {
			err = errors.New("version must be 1, or left out")
		}
		change = in.Change
	}
	if err != nil {
		return client.Change{}, usageError{fmt.Errorf("%s: %w", file, err)}
	}
	return change, nil
}
