package pagekit

import (
	"strings"

	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// A Frame is what stands around every page, and the page itself.
type Frame struct {
	Title       string // of the page: the name of the thing
	Section     string // of the rail
	Kind        string // what the thing is, above the title
	Tabs        []Tab
	Facts       []Fact            // under the title
	Description string            // of the thing
	Path        []sentence.Part   // above the title: where it is
	Data        any               // of the page
	Calls       []Call            // the same by the APIs
	About       *directory.Object // that the page is about; nil if several
	Asks        bool              // the page itself asks why

	// The rest is filled in by show.
	AsOf     bool // whether the page can be turned back in time
	Base     string
	Static   string
	Here     string // the address of this page
	Theme    string // light, dark, or as the system has it
	Me       *person
	Past     *past
	Revision int64
	Live     string // incarnation and revision of what is shown; empty without a live bar
	Search   string
	Version  string
	Notice   *Notice
	May      map[string]bool
	Draft    int // entries of the draft
}

// A Tab is one of the pages about a thing.
type Tab struct {
	Name    string
	Href    string
	Current bool
	Count   string
}

// A Fact is a short thing to know, beside the title.
type Fact struct {
	Label string
	Parts []sentence.Part
	Copy  string // a text to copy
}

// A person is who is signed in.
type person struct {
	Name, Href, Method string
	SignsOut           string // the provider to sign out at, too; empty if none
}

// A Notice tells what came of the last action.
type Notice struct {
	Tone string // positive, warning or danger
	Text string
	Href string
	Link string
}

func (q *Request) fill(f *Frame) error {
	f.Base, f.Static, f.Here, f.AsOf = q.Base(), q.assets.url, q.R.URL.RequestURI(), q.Route.Past
	f.Theme = themeOf(q.R)
	f.Version = q.Version
	if f.Search == "" {
		f.Search = q.Query.Get("q")
	}
	life, rev := q.Live.Revision()
	f.Revision = int64(rev)
	f.May = map[string]bool{}
	for _, name := range q.Powers.Names() {
		f.May[name] = true
	}
	id := q.Caller.User
	me, err := q.Live.WholeUser(q.Context(), id)
	if err != nil {
		return err
	}
	f.Me = &person{Name: sentence.UserName(&me.UserRows), Href: Link(Root, "users", directory.FormatID(id)),
		Method: q.Session.Method}
	f.Live = sentence.Itoa(life) + "-" + sentence.Itoa(rev)
	f.Me.SignsOut, _ = q.People.SignsOut(q.Session.Method)
	if q.Past != 0 {
		f.Live = ""
		if f.Past, err = q.pastOf(f.About); err != nil {
			return err
		}
	}
	d, err := q.Draft()
	if err != nil {
		return err
	}
	f.Draft = len(d.Entries)
	return nil
}

// ObjectOf is the object of an id.
func ObjectOf(id interface{ Object() directory.Object }) *directory.Object {
	o := id.Object()
	return &o
}

// SourceFacts returns the ids that an object has elsewhere.
func SourceFacts(refs [][]directory.SourceReference) (facts []Fact) {
	for _, list := range refs {
		for _, r := range list {
			facts = append(facts, Fact{Label: r.Source, Copy: r.SourceID})
		}
	}
	return facts
}

// Tabs gives the tabs of a thing their addresses. The first is the thing's own.
func (q *Request) Tabs(current, section, id string, list []Tab) []Tab {
	for i := range list {
		name := strings.ToLower(list[i].Name)
		list[i].Current = name == current
		list[i].Href = q.To(section, id)
		if i > 0 {
			list[i].Href = q.To(section, id, name)
		}
	}
	return list
}
