package declared

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"cohort/internal/desired"
)

// A File is a file of a set, or a candidate.
type File struct {
	Name string
	Data []byte
}

// version is the version of the format.
const version = "1"

// maxMistakes is how many mistakes are reported at once.
const maxMistakes = 20

// A Format is the kind of a file.
type Format int

// The formats that YAML and JSON files can have.
const (
	FormatUnknown  Format = iota
	FormatDeclared        // begins with "cohort: 1"
	FormatEdits           // a list of edits, or an object with one
)

// FormatOf detects the format of a file by its keys. The error says why it is neither YAML nor
// JSON.
func FormatOf(data []byte) (Format, error) {
	root, err := parse(data)
	if err != nil {
		return FormatUnknown, err
	}
	switch root.Kind {
	case yaml.SequenceNode:
		return FormatEdits, nil
	case yaml.MappingNode:
		for i := 0; i+1 < len(root.Content); i += 2 {
			switch root.Content[i].Value {
			case "cohort":
				return FormatDeclared, nil
			case "edits":
				return FormatEdits, nil
			}
		}
	default:
	}
	return FormatUnknown, nil
}

// parse returns the root node of the only document.
func parse(data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("is empty; it must begin with cohort: 1")
		}
		return nil, err
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("has more than one document; write one file for each")
	}
	return doc.Content[0], nil
}

// Read reads the files of a set. set is its name if no file gives one or says null, which is
// none. The error lists what is wrong, with file and line.
func Read(files []File, set string) (*desired.State, error) {
	r := &reader{state: &desired.State{}, seen: map[string]string{}}
	for _, f := range files {
		r.file = f.Name
		root, err := parse(f.Data)
		if err != nil {
			r.errs = append(r.errs, fmt.Errorf("%s: %w", f.Name, err))
			continue
		}
		if r.check(root) {
			r.root(root)
		}
	}
	if r.state.Set == "" && !r.state.Unmanaged {
		r.state.Set = set
	}
	if n := len(r.errs); n > maxMistakes {
		r.errs = append(r.errs[:maxMistakes], fmt.Errorf("and %d more", n-maxMistakes))
	}
	return r.state, errors.Join(r.errs...)
}

// A reader converts nodes to a state, and collects what is wrong.
type reader struct {
	file  string
	state *desired.State
	seen  map[string]string // places by kind and key
	setAt string
	errs  []error
}

func (r *reader) place(n *yaml.Node) string { return fmt.Sprintf("%s:%d", r.file, n.Line) }

func (r *reader) wrong(n *yaml.Node, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s: %s", r.place(n), fmt.Sprintf(format, args...)))
}

// check refuses features of YAML that this format does not have.
func (r *reader) check(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.wrong(n, "anchors and aliases are not taken; write the text out")
		return false
	case n.Style&yaml.TaggedStyle != 0:
		r.wrong(n, "the tag %s is not taken; put the text in quotes", n.Tag)
		return false
	}
	ok := true
	keys := map[string]int{}
	for i, child := range n.Content {
		ok = r.check(child) && ok
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			continue
		}
		if child.Kind != yaml.ScalarNode {
			r.wrong(child, "a key must be a text")
			ok = false
		} else if line, twice := keys[child.Value]; twice {
			r.wrong(child, "the key %q is there twice, also in line %d", child.Value, line)
			ok = false
		}
		keys[child.Value] = child.Line
	}
	return ok
}

// A take reads the value of a key.
type take func(n *yaml.Node)

// fields reads a mapping with known keys.
func (r *reader) fields(n *yaml.Node, what string, known map[string]take) {
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "%s must be a mapping of keys to values", what)
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		if !ok {
			r.wrong(key, "%s has no key %q; it has %s", what, key.Value, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			continue
		}
		read(value)
	}
}

// entries reads a mapping from keys to objects. Null means an object without further fields.
func (r *reader) entries(n *yaml.Node, kind string, add func(e desired.Entry, n *yaml.Node)) {
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "%ss must be a mapping of keys to %ss", kind, kind)
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Value == "" {
			r.wrong(key, "a %s needs a key", kind)
			continue
		}
		name := key.Value
		if kind == "attribute" {
			name = strings.ToLower(name)
		}
		id := kind + " " + name
		if at, twice := r.seen[id]; twice {
			r.wrong(key, "the %s %q is there twice, also at %s", kind, key.Value, at)
			continue
		}
		r.seen[id] = r.place(key)
		if isNull(value) {
			value = &yaml.Node{Kind: yaml.MappingNode, Line: value.Line}
		}
		add(desired.Entry{Key: name, Place: r.place(key)}, value)
	}
}

func (r *reader) root(n *yaml.Node) {
	versioned := false
	r.fields(n, "the file", map[string]take{
		"cohort": func(n *yaml.Node) {
			versioned = true
			if n.Kind != yaml.ScalarNode || n.Value != version {
				r.wrong(n, "cohort must be %s, the version of the format", version)
			}
		},
		"set": func(n *yaml.Node) {
			set, ok := r.text(n, "set")
			none := isNull(n)
			switch {
			case !ok:
			case r.setAt != "" && (none || r.state.Unmanaged) && none != r.state.Unmanaged:
				r.wrong(n, "set is null in one file and a name in another, at %s; one run is about one set", r.setAt)
			case none:
				r.state.Unmanaged, r.setAt = true, r.place(n)
			case set == "" || strings.ContainsAny(set, "/\x00"):
				r.wrong(n, "set must be a name without slashes")
			case r.state.Set != "" && r.state.Set != set:
				r.wrong(n, "set is %q here and %q at %s; one run is about one set", set, r.state.Set, r.setAt)
			default:
				r.state.Set, r.setAt = set, r.place(n)
			}
		},
		"attributes": func(n *yaml.Node) { r.entries(n, "attribute", r.attribute) },
		"groups":     func(n *yaml.Node) { r.entries(n, "group", r.group) },
		"roles":      func(n *yaml.Node) { r.entries(n, "role", r.role) },
		"users": func(n *yaml.Node) {
			r.state.HasUsers = true
			r.entries(n, "user", r.user)
		},
	})
	if !versioned {
		r.wrong(n, "the key cohort is missing; declared state begins with cohort: %s", version)
	}
}

func (r *reader) attribute(e desired.Entry, n *yaml.Node) {
	a := desired.Attribute{Entry: e}
	r.fields(n, "an attribute", map[string]take{
		"name":            r.textInto(&a.Name, "name"),
		"sources":         r.sourcesInto(&a.Sources),
		"type":            r.textInto(&a.Type, "type"),
		"label":           r.textInto(&a.Label, "label"),
		"rule":            r.textInto(&a.Rule, "rule"),
		"user_value_mode": r.textInto(&a.UserValueMode, "user_value_mode"),
		"hidden":          r.flagInto(&a.Hidden, "hidden"),
		"user_can_view":   r.flagInto(&a.UserCanView, "user_can_view"),
		"user_can_edit":   r.flagInto(&a.UserCanEdit, "user_can_edit"),
		"order":           r.listInto(&a.Order, "order"),
		"description":     r.textInto(&a.Description, "description"),
		"allowed":         r.allowedInto(&a.Allowed),
		"pattern":         r.textInto(&a.Pattern, "pattern"),
		"least":           r.textInto(&a.Least, "least"),
		"greatest":        r.textInto(&a.Greatest, "greatest"),
		"max_length":      r.numberInto(&a.MaxLength, "max_length"),
		"default": func(n *yaml.Node) {
			v := r.value(n, "default", false)
			a.Default = &v
		},
	})
	r.state.Attributes = append(r.state.Attributes, a)
}

func (r *reader) group(e desired.Entry, n *yaml.Node) {
	g := desired.Group{Entry: e}
	r.fields(n, "a group", map[string]take{
		"name":        r.textInto(&g.Name, "name"),
		"sources":     r.sourcesInto(&g.Sources),
		"language":    r.textInto(&g.Language, "language"),
		"description": r.textInto(&g.Description, "description"),
		"parents":     r.listInto(&g.Parents, "parents"),
		"roles":       r.listInto(&g.Roles, "roles"),
		"values":      r.valuesInto(&g.Values),
	})
	r.state.Groups = append(r.state.Groups, g)
}

func (r *reader) role(e desired.Entry, n *yaml.Node) {
	role := desired.Role{Entry: e}
	r.fields(n, "a role", map[string]take{
		"name":           r.textInto(&role.Name, "name"),
		"sources":        r.sourcesInto(&role.Sources),
		"permissions":    r.listInto(&role.Permissions, "permissions"),
		"permission_set": r.textInto(&role.PermissionSet, "permission_set"),
		"models":         r.listInto(&role.Models, "models"),
		"model_set":      r.textInto(&role.ModelSet, "model_set"),
	})
	r.state.Roles = append(r.state.Roles, role)
}

func (r *reader) user(e desired.Entry, n *yaml.Node) {
	u := desired.User{Entry: e}
	r.fields(n, "a user", map[string]take{
		"sources":       r.sourcesInto(&u.Sources),
		"kind":          r.textInto(&u.Kind, "kind"),
		"first_name":    r.textInto(&u.FirstName, "first_name"),
		"last_name":     r.textInto(&u.LastName, "last_name"),
		"email":         r.textInto(&u.Email, "email"),
		"contact_email": r.textInto(&u.ContactEmail, "contact_email"),
		"timezone":      r.textInto(&u.Timezone, "timezone"),
		"language":      r.textInto(&u.Language, "language"),
		"disabled":      r.flagInto(&u.Disabled, "disabled"),
		"groups":        r.membersInto(&u.Groups),
		"roles":         r.listInto(&u.Roles, "roles"),
		"values":        r.valuesInto(&u.Values),
	})
	r.state.Users = append(r.state.Users, u)
}
