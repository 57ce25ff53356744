package pagekit

import (
	"strings"

	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// A Frame is a page with everything around it.
type Frame struct {
	Title       string // of the page: the name of the thing
	Section     string // of the navigation
	Kind        string // the kind of the object, above the title
	Tabs        []Tab
	Facts       []Fact            // under the title
	Description string            // of the thing
	Path        []sentence.Part   // above the title, the path to the object
	Data        any               // of the page
	Calls       []Call            // equivalent API calls
	About       *directory.Object // the object that the page is about; nil if there is not exactly one
	Asks        bool              // whether the page has the question why in its body

	// Show fills in the rest.
	AsOf     bool // whether the page can show the past
	Base     string
	Static   string
	Here     string // the address of this page
	Theme    string // light or dark; empty follows the system
	Me       *person
	Past     *past
	Revision int64
	Live     string // incarnation and revision of the page; empty if the page does not watch for changes
	Search   string
	Version  string
	Notice   *Notice
	May      map[string]bool
	Draft    int // entries of the draft
}

// A Tab is one of the pages about an object.
type Tab struct {
	Name    string
	Href    string
	Current bool
	Count   string
}

// A Fact is a short piece of information under the title.
type Fact struct {
	Label string
	Parts []sentence.Part
	Copy  string // a text to copy
}

// A person is who is signed in.
type person struct {
	Name, Href, Method string
	SignsOut           string // the provider where the person can sign out, too; empty if none
}

// A Notice is the result of the last action.
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

// ObjectOf returns the object with an id.
func ObjectOf(id interface{ Object() directory.Object }) *directory.Object {
	o := id.Object()
	return &o
}

// SourceFacts returns the source ids of an object as facts.
func SourceFacts(refs [][]directory.SourceReference) (facts []Fact) {
	for _, list := range refs {
		for _, r := range list {
			facts = append(facts, Fact{Label: r.Source, Copy: r.SourceID})
		}
	}
	return facts
}

// Tabs sets the addresses of tabs. The first tab has the address of the object.
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
