package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strconv"

	"cohort/client"
	"cohort/internal/screen"
)

// ListFormat are the flags that choose the output format of a list.
type ListFormat struct {
	Paged
	Output screen.Format `name:"output" short:"o" enum:"table,json,csv,yaml,name" default:"table" placeholder:"FORMAT" help:"table (for people), json, csv, yaml, or name: one selector a line, for other commands"`
	JSON   bool          `name:"json" help:"same as -o json"`
}

// Format is the output format.
func (l ListFormat) Format() screen.Format {
	if l.JSON {
		return screen.JSON
	}
	return l.Output
}

// ListFlags are the flags of commands that list objects.
type ListFlags struct {
	ListFormat
	StoppedFlags
	Limit int `default:"100" placeholder:"N" help:"the largest number of results; 0 means all (default ${default})"`
}

// MaxPage is the largest number of entries in a page.
const MaxPage = 1000

// A Page is a list of the API: its path, its parameters, and the member of the reply that has
// the entries.
type Page struct {
	Path   string
	Query  url.Values
	Member string
}

// ReadList reads a list page by page, up to a limit; 0 is no limit. more reports whether the
// list continues.
func ReadList[T any](v *Invocation, server *client.Client, p Page,
	limit int) (items []screen.Item[T], more bool, err error) {
	query := url.Values{}
	maps.Copy(query, p.Query)
	for {
		size := MaxPage
		if limit > 0 {
			size = min(size, limit-len(items))
		}
		query.Set("limit", strconv.Itoa(size))
		var reply map[string]json.RawMessage
		if err := server.Do(v.Context, "GET", p.Path, query, nil, nil, &reply); err != nil {
			return nil, false, err
		}
		var raw []json.RawMessage
		if err := json.Unmarshal(reply[p.Member], &raw); err != nil {
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

// ShowList reads a list from the server and writes it.
func ShowList[T any](v *Invocation, flags ListFlags, p Page, l *screen.List[T], about ...screen.Member) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	if flags.Limit < 0 {
		return WrongUsage(errors.New("--limit must not be negative"))
	}
	items, more, err := ReadList[T](v, server, p, flags.Limit)
	if err != nil {
		return err
	}
	return v.WriteList(flags, more, func() error {
		if l.Member == "" {
			l.Member = p.Member
		}
		return l.Write(v.Stdout, v.Screen, flags.Format(), items, about...)
	})
}

// WriteList writes a list, and tells people if the list continues.
func (v *Invocation) WriteList(flags ListFlags, more bool, write func() error) error {
	if err := write(); err != nil {
		return err
	}
	if more {
		fmt.Fprintf(v.Stderr, "cohort: these are the first %d; --limit 0 shows all\n", flags.Limit)
	}
	return nil
}

// ItemsOf parses the entries of a list that a server sent.
func ItemsOf[T any](raw []json.RawMessage) ([]screen.Item[T], error) {
	items := make([]screen.Item[T], len(raw))
	for i := range raw {
		items[i].Raw = raw[i]
		if err := json.Unmarshal(raw[i], &items[i].Value); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// ItemOf makes a list entry of a value.
func ItemOf[T any](value T) (screen.Item[T], error) {
	raw, err := json.Marshal(value)
	return screen.Item[T]{Raw: raw, Value: value}, err
}

// ItemsFrom makes list entries of values.
func ItemsFrom[T any](values []T) ([]screen.Item[T], error) {
	items := make([]screen.Item[T], len(values))
	for i, value := range values {
		item, err := ItemOf(value)
		if err != nil {
			return nil, err
		}
		items[i] = item
	}
	return items, nil
}
