package foreign

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// An Import is what a file says, as the state that a directory should have.
type Import struct {
	State  *desired.State
	Missed []Missed

	options Options
	names   map[string]string // what people call an object, by kind and key
	values  map[string]*observed
	counts  map[Missed]int
}

// Options say how a file is read.
type Options struct {
	Source string // under which objects keep their ids
	// Values are the attributes of an LDIF file that become attributes here; in a
	// realm all of them do.
	Values []string
	// TypeOf is the type of an attribute of the directory; ok is false if there is
	// none: then it is made.
	TypeOf func(name string) (t directory.Type, ok bool)
}

// A Missed is something that has no place in a directory.
type Missed struct{ Kind, Name, Why string }

// observed is an attribute as the file uses it.
type observed struct {
	label string
	multi bool
	uses  []use
}

// A use is a value that somebody has in the file.
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

// NameOf is what people call an object of the state.
func (m *Import) NameOf(kind, key string) string {
	if name, ok := m.names[kind+" "+key]; ok {
		return name
	}
	return key
}

func (m *Import) miss(kind, name, why string) { m.Missed = append(m.Missed, Missed{kind, name, why}) }

// count notes something that has no place and is there many times.
func (m *Import) count(kind, why string) { m.counts[Missed{Kind: kind, Why: why}]++ }

// entry is that of an object that the source knows under an id.
func (m *Import) entry(kind, id, name string) desired.Entry {
	key := "source:" + m.options.Source + "/" + id
	m.names[kind+" "+key] = name
	return desired.Entry{Key: key, Unnamed: true, Sources: map[string]string{m.options.Source: id}, Adds: true}
}

// use notes the values of an attribute.
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

// attributeName is a name as attributes have: lower-case letters, digits and _.
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

// finish makes the attributes, and gives everybody their values: an attribute
// that has several values somewhere is a list.
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
