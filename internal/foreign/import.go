package foreign

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// An Import is the content of a file as the state that a directory should have.
type Import struct {
	State  *desired.State
	Missed []Missed

	options Options
	names   map[string]string // names of objects for people, by kind and key
	values  map[string]*observed
	counts  map[Missed]int
}

// Options say how to read a file.
type Options struct {
	Source string // the source of the objects' ids
	// Values are the attributes of an LDIF file that become attributes here. In a realm all of
	// them do.
	Values []string
	// TypeOf returns the type of an existing attribute. ok is false if it must be created.
	TypeOf func(name string) (t directory.Type, ok bool)
}

// A Missed is something without a counterpart in a directory.
type Missed struct{ Kind, Name, Why string }

// observed describes how a file uses an attribute.
type observed struct {
	label string
	multi bool
	uses  []use
}

// A use is a value of a user or group in the file.
type use struct {
	group, user int // index in the state; the other is -1
	texts       []string
}

func newImport(opt Options) *Import {
	return &Import{
		State: &desired.State{HasUsers: true}, options: opt, names: map[string]string{}, values: map[string]*observed{},
		counts: map[Missed]int{},
	}
}

// NameOf returns the name of an object of the state for people.
func (m *Import) NameOf(kind, key string) string {
	if name, ok := m.names[kind+" "+key]; ok {
		return name
	}
	return key
}

func (m *Import) miss(kind, name, why string) { m.Missed = append(m.Missed, Missed{kind, name, why}) }

// count records something without a counterpart that occurs often.
func (m *Import) count(kind, why string) { m.counts[Missed{Kind: kind, Why: why}]++ }

// entry returns the entry of an object by its id in the source.
func (m *Import) entry(kind, id, name string) desired.Entry {
	key := "source:" + m.options.Source + "/" + id
	m.names[kind+" "+key] = name
	return desired.Entry{Key: key, Unnamed: true, Sources: map[string]string{m.options.Source: id}, Adds: true}
}

// use records the values of an attribute.
func (m *Import) use(name string, u use) {
	key := attributeName(name)
	if key == "" {
		m.count("attribute "+name, "its name has no letter")
		return
	}
	o := m.values[key]
	if o == nil {
		o = &observed{label: name}
		m.values[key] = o
	}
	o.multi = o.multi || len(u.texts) > 1
	o.uses = append(o.uses, u)
}

// attributeName converts a name to that of an attribute: lower-case letters, digits and _.
func attributeName(name string) string {
	out := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '_':
			return r
		}
		return '_'
	}, strings.ToLower(name))
	if strings.Trim(out, "_0123456789") == "" {
		return ""
	}
	if '0' <= out[0] && out[0] <= '9' {
		out = "_" + out
	}
	return out
}

// finish creates the attributes and assigns the values. An attribute with several values
// anywhere is a list.
func (m *Import) finish() *Import {
	for _, name := range slices.Sorted(maps.Keys(m.values)) {
		o := m.values[name]
		t, there := m.options.TypeOf(name)
		a := desired.Attribute{Entry: desired.Entry{Key: name, Adds: true}}
		if !there {
			t = directory.TypeString
			if o.multi {
				t = directory.TypeList
			}
			a.Type, a.Label, a.Rule = new(string(t)), &o.label, new(string(directory.RuleNearest))
		}
		m.State.Attributes = append(m.State.Attributes, a)
		list := t == directory.TypeList || t == directory.TypeEnumList
		for _, u := range o.uses {
			text := u.texts[0]
			switch {
			case list:
				text = directory.JoinList(u.texts)
			case len(u.texts) > 1:
				m.count("attribute "+name, "is no list here, and has several values: the first is taken")
			}
			v := desired.Assigned{Attribute: name, Value: desired.Value{Value: directory.Value{Text: text}}}
			if u.user >= 0 {
				m.State.Users[u.user].Values = append(m.State.Users[u.user].Values, v)
			} else {
				m.State.Groups[u.group].Values = append(m.State.Groups[u.group].Values, v)
			}
		}
	}
	for _, c := range slices.SortedFunc(maps.Keys(m.counts),
		func(a, b Missed) int { return strings.Compare(a.Kind+a.Why, b.Kind+b.Why) }) {
		m.miss(c.Kind, fmt.Sprintf("%d times", m.counts[c]), c.Why)
	}
	return m
}
