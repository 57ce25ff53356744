package declared

import (
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// isNull reports whether a node is null or empty, and not a quoted text.
func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

// text reads a scalar as it was written. Null is the empty text.
func (r *reader) text(n *yaml.Node, name string) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		r.wrong(n, "%s must be a text", name)
		return "", false
	}
	if isNull(n) {
		return "", true
	}
	return n.Value, true
}

func (r *reader) textInto(to **string, name string) take {
	return func(n *yaml.Node) {
		if text, ok := r.text(n, name); ok {
			*to = &text
		}
	}
}

func (r *reader) flagInto(to **bool, name string) take {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
			r.wrong(n, "%s must be true or false", name)
			return
		}
		flag := n.Value == "true"
		*to = &flag
	}
}

// numberInto reads a whole number. Null is 0.
func (r *reader) numberInto(to **int, name string) take {
	return func(n *yaml.Node) {
		if isNull(n) {
			*to = new(0)
			return
		}
		number, err := strconv.Atoi(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || number < 0 {
			r.wrong(n, "%s must be a whole number", name)
			return
		}
		*to = &number
	}
}

// allowedInto reads allowed values: a list of texts, or of mappings with a value and a label.
// Null is the empty list.
func (r *reader) allowedInto(to **[]directory.AllowedValue) take {
	return func(n *yaml.Node) {
		list := []directory.AllowedValue{}
		if !isNull(n) && n.Kind != yaml.SequenceNode {
			r.wrong(n, "allowed must be a list")
			return
		}
		for _, child := range n.Content {
			var a directory.AllowedValue
			if child.Kind == yaml.MappingNode {
				var value, label *string
				r.fields(child, "an allowed value", map[string]take{
					"value": r.textInto(&value, "value"), "label": r.textInto(&label, "label"),
				})
				if value == nil {
					r.wrong(child, "an allowed value needs a value")
					return
				}
				if a.Value = *value; label != nil {
					a.Label = *label
				}
			} else {
				a.Value, _ = r.text(child, "an allowed value")
			}
			list = append(list, a)
		}
		*to = &list
	}
}

// list reads a list of texts. Null is the empty list.
func (r *reader) list(n *yaml.Node, name string) ([]string, bool) {
	if isNull(n) {
		return []string{}, true
	}
	if n.Kind != yaml.SequenceNode {
		r.wrong(n, "%s must be a list", name)
		return nil, false
	}
	list := make([]string, 0, len(n.Content))
	for _, child := range n.Content {
		text, ok := r.text(child, name)
		if !ok {
			return nil, false
		}
		list = append(list, text)
	}
	return list, true
}

func (r *reader) listInto(to **[]string, name string) take {
	return func(n *yaml.Node) {
		list, ok := r.list(n, name)
		if !ok {
			return
		}
		seen := map[string]bool{}
		for i, text := range list {
			if seen[text] {
				r.wrong(n.Content[i], "%s has %q twice", name, text)
			}
			seen[text] = true
		}
		*to = &list
	}
}

// sourcesInto reads source ids by source. Null removes one.
func (r *reader) sourcesInto(to *map[string]string) take {
	return func(n *yaml.Node) {
		if n.Kind != yaml.MappingNode {
			r.wrong(n, "sources must be a mapping of sources to ids")
			return
		}
		sources := map[string]string{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			source := n.Content[i].Value
			if desired.IsMark(source) {
				r.wrong(n.Content[i], "the source %q says who manages an object, and is not written so", source)
				continue
			}
			if id, ok := r.text(n.Content[i+1], "the id in "+source); ok {
				sources[source] = id
			}
		}
		*to = sources
	}
}

func (r *reader) membersInto(to **[]desired.Member) take {
	return func(n *yaml.Node) {
		list := []desired.Member{}
		if !isNull(n) && n.Kind != yaml.SequenceNode {
			r.wrong(n, "groups must be a list")
			return
		}
		seen := map[string]bool{}
		for _, child := range n.Content {
			var m desired.Member
			if child.Kind == yaml.MappingNode {
				r.fields(child, "a membership", map[string]take{
					"group": func(n *yaml.Node) { m.Group, _ = r.text(n, "group") },
					"from":  r.timeInto(&m.From, "from"),
					"until": r.timeInto(&m.Until, "until"),
				})
			} else {
				m.Group, _ = r.text(child, "a group")
			}
			if seen[m.Group] {
				r.wrong(child, "groups has %q twice", m.Group)
			}
			seen[m.Group] = true
			list = append(list, m)
		}
		*to = &list
	}
}

// timeInto reads RFC 3339. Null is no bound.
func (r *reader) timeInto(to **directory.Instant, name string) take {
	return func(n *yaml.Node) {
		text, ok := r.text(n, name)
		if !ok {
			return
		}
		var at directory.Instant
		if text != "" {
			t, err := time.Parse(time.RFC3339Nano, text)
			if err != nil || t.UnixMilli() <= 0 {
				r.wrong(n, "%s must be a time, such as 2026-01-31T12:00:00Z", name)
				return
			}
			at = directory.InstantOf(t)
		}
		*to = &at
	}
}

func (r *reader) valuesInto(to *[]desired.Assigned) take {
	return func(n *yaml.Node) {
		if isNull(n) {
			return
		}
		if n.Kind != yaml.MappingNode {
			r.wrong(n, "values must be a mapping of attributes to values")
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i].Value
			*to = append(*to, desired.Assigned{Attribute: name, Place: r.place(n.Content[i]),
				Value: r.value(n.Content[i+1], name, true)})
		}
	}
}

// value reads a value: a text, a list, null for none, or a mapping.
func (r *reader) value(n *yaml.Node, name string, windowed bool) desired.Value {
	switch {
	case isNull(n):
		return desired.Value{Clear: true}
	case n.Kind != yaml.MappingNode:
		return desired.Value{Value: directory.Value{Text: r.valueText(n, name)}}
	}
	v := desired.Value{}
	given := 0
	known := map[string]take{
		"value": func(n *yaml.Node) {
			given++
			if v.Clear = isNull(n); !v.Clear {
				v.Text = r.valueText(n, name)
			}
		},
		"texts": func(n *yaml.Node) {
			given++
			r.texts(n, name, &v.Value)
		},
		"hidden": func(n *yaml.Node) {
			given++
			if v.Keep = true; n.Value != "set" {
				r.wrong(n, "hidden must be set: a hidden value that stays as it is")
			}
		},
		"from_env": func(n *yaml.Node) {
			given++
			v.Env, _ = r.text(n, "from_env")
		},
		"from_file": func(n *yaml.Node) {
			given++
			v.File, _ = r.text(n, "from_file")
		},
	}
	if windowed {
		known["from"], known["until"] = r.timeInto(&v.From, "from"), r.timeInto(&v.Until, "until")
	}
	r.fields(n, name, known)
	if given != 1 {
		r.wrong(n, "%s must have exactly one of value, texts, from_env, from_file, hidden", name)
	}
	return v
}

// valueText reads a text, or a list as the text that is stored.
func (r *reader) valueText(n *yaml.Node, name string) string {
	if n.Kind != yaml.SequenceNode {
		text, _ := r.text(n, name)
		return text
	}
	list, _ := r.list(n, name)
	return directory.JoinList(list)
}

func (r *reader) texts(n *yaml.Node, name string, to *directory.Value) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		r.wrong(n, "texts of %s must be a mapping of languages to texts", name)
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		*to = to.With(directory.Language(strings.ToUpper(n.Content[i].Value)), r.valueText(n.Content[i+1], name))
	}
}
