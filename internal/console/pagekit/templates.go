package pagekit

import (
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"time"

	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// pages are the templates of all pages. Files that begin with an underscore
// are parts of every page.
type pages struct {
	byName map[string]*template.Template
}

func loadPages(files fs.FS, static string) (*pages, error) {
	funcs := template.FuncMap{
		"static": func(name string) string { return static + "/" + name },
		"icon":   func(name string) string { return static + "/icons.svg#" + name },
		"num":    func(n any) string { return sentence.Number(fmt.Sprint(n)) },
		"plural": sentence.Plural,
		"list":   func(items ...any) []any { return items },
		"exact":  sentence.ExactTime,
		"stamp":  func(i directory.Instant) string { return i.Time().Format(time.RFC3339) },
		"ago":    func(i directory.Instant) string { return sentence.Ago(time.Now(), i.Time()) },
		"show":   visible,
		"muting": func(may bool, id, text string, muted, asks bool, drafted []sentence.Part) muting {
			return muting{may, id, text, muted, asks, drafted}
		},
		"next": func(i int) int { return i + 1 },
	}
	shared, err := template.New("").Funcs(funcs).ParseFS(files, "templates/_*.html")
	if err != nil {
		return nil, err
	}
	p := &pages{byName: map[string]*template.Template{}}
	names, err := fs.Glob(files, "templates/[a-z]*.html")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		t, err := shared.Clone()
		if err == nil {
			t, err = t.ParseFS(files, name)
		}
		if err != nil {
			return nil, err
		}
		p.byName[strings.TrimSuffix(path.Base(name), ".html")] = t
	}
	return p, nil
}

// visible replaces characters that would reverse the text around them by their code points.
func visible(text string) string {
	turns := func(r rune) bool {
		return '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' || r == '\u200e' || r == '\u200f' ||
			r == '\u061c'
	}
	if !strings.ContainsFunc(text, turns) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if turns(r) {
			fmt.Fprintf(&b, "[U+%04X]", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// A muting is the button that mutes or unmutes a finding or a kind.
type muting struct {
	May      bool
	ID, Text string
	Muted    bool
	Asks     bool // for the reason
	Drafted  []sentence.Part
}
