package declared

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// Write writes a state as one file. types are the types of attributes that the state does not
// define: a list is written as a list.
func Write(w io.Writer, s *desired.State, types map[string]directory.Type) error {
	out := writer{types: maps.Clone(types)}
	if out.types == nil {
		out.types = map[string]directory.Type{}
	}
	for i := range s.Attributes {
		if a := &s.Attributes[i]; a.Type != nil {
			out.types[a.Key] = directory.Type(*a.Type)
		}
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(out.state(s)); err != nil {
		return err
	}
	return enc.Close()
}

type writer struct{ types map[string]directory.Type }

// A mapping is built key by key.
type mapping struct{ node yaml.Node }

func (m *mapping) add(key string, value *yaml.Node) {
	if value != nil {
		m.node.Kind = yaml.MappingNode
		m.node.Content = append(m.node.Content, scalar(key), value)
	}
}

// value returns the mapping. A mapping without keys is written as {}.
func (m *mapping) value() *yaml.Node {
	m.node.Kind = yaml.MappingNode
	if len(m.node.Content) == 0 {
		m.node.Style = yaml.FlowStyle
	}
	return &m.node
}

// scalar returns a node that reads back as the same text, whatever it looks like.
func scalar(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	for _, r := range text {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff {
			n.Style = yaml.DoubleQuotedStyle
		}
	}
	return n
}

func optional(s *string) *yaml.Node {
	if s == nil {
		return nil
	}
	return scalar(*s)
}

func null() *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"} }

func flag(b *bool) *yaml.Node {
	if b == nil {
		return nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(*b)}
}

func list(texts *[]string) *yaml.Node {
	if texts == nil {
		return nil
	}
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, text := range *texts {
		n.Content = append(n.Content, scalar(text))
	}
	return n
}

func number(n *int) *yaml.Node {
	if n == nil {
		return nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(*n)}
}

// allowedNode lists allowed values, with their labels if any has one.
func allowedNode(list *[]directory.AllowedValue) *yaml.Node {
	if list == nil {
		return nil
	}
	n := &yaml.Node{Kind: yaml.SequenceNode}
	labelled := slices.ContainsFunc(*list, func(a directory.AllowedValue) bool { return a.Label != "" })
	if !labelled {
		n.Style = yaml.FlowStyle
	}
	for _, a := range *list {
		if a.Label == "" {
			n.Content = append(n.Content, scalar(a.Value))
			continue
		}
		m := mapping{}
		m.add("value", scalar(a.Value))
		m.add("label", scalar(a.Label))
		node := m.value()
		node.Style = yaml.FlowStyle
		n.Content = append(n.Content, node)
	}
	return n
}

func instant(i *directory.Instant) *yaml.Node {
	switch {
	case i == nil:
		return nil
	case *i == 0:
		return null()
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!timestamp", Value: i.Time().Format(time.RFC3339Nano)}
}

func entry(m *mapping, e *desired.Entry) {
	m.add("name", optional(e.Name))
	if len(e.Sources) == 0 {
		return
	}
	sources := mapping{}
	for _, source := range slices.Sorted(maps.Keys(e.Sources)) {
		sources.add(source, scalar(e.Sources[source]))
	}
	m.add("sources", sources.value())
}

func (w *writer) state(s *desired.State) *yaml.Node {
	root := mapping{}
	root.add("cohort", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: version})
	switch {
	case s.Unmanaged:
		root.add("set", null())
	case s.Set != "":
		root.add("set", scalar(s.Set))
	}
	section := func(key string, n int, one func(m *mapping, i int)) {
		m := mapping{}
		for i := range n {
			one(&m, i)
		}
		if n > 0 || key == "users" && s.HasUsers {
			root.add(key, m.value())
		}
	}
	section("attributes", len(s.Attributes),
		func(m *mapping, i int) { m.add(s.Attributes[i].Key, w.attribute(&s.Attributes[i])) })
	section("roles", len(s.Roles), func(m *mapping, i int) { m.add(s.Roles[i].Key, w.role(&s.Roles[i])) })
	section("groups", len(s.Groups), func(m *mapping, i int) { m.add(s.Groups[i].Key, w.group(&s.Groups[i])) })
	section("users", len(s.Users), func(m *mapping, i int) { m.add(s.Users[i].Key, w.user(&s.Users[i])) })
	return root.value()
}

func (w *writer) attribute(a *desired.Attribute) *yaml.Node {
	m := mapping{}
	entry(&m, &a.Entry)
	m.add("type", optional(a.Type))
	m.add("label", optional(a.Label))
	m.add("rule", optional(a.Rule))
	m.add("user_value_mode", optional(a.UserValueMode))
	if a.Default != nil {
		m.add("default", w.value(a.Key, a.Default))
	}
	m.add("hidden", flag(a.Hidden))
	m.add("user_can_view", flag(a.UserCanView))
	m.add("user_can_edit", flag(a.UserCanEdit))
	m.add("description", optional(a.Description))
	m.add("allowed", allowedNode(a.Allowed))
	m.add("pattern", optional(a.Pattern))
	m.add("least", optional(a.Least))
	m.add("greatest", optional(a.Greatest))
	m.add("max_length", number(a.MaxLength))
	m.add("order", list(a.Order))
	return m.value()
}

func (w *writer) role(r *desired.Role) *yaml.Node {
	m := mapping{}
	entry(&m, &r.Entry)
	m.add("permissions", list(r.Permissions))
	m.add("permission_set", optional(r.PermissionSet))
	m.add("models", list(r.Models))
	m.add("model_set", optional(r.ModelSet))
	return m.value()
}

func (w *writer) group(g *desired.Group) *yaml.Node {
	m := mapping{}
	entry(&m, &g.Entry)
	m.add("language", optional(g.Language))
	m.add("description", optional(g.Description))
	m.add("parents", list(g.Parents))
	m.add("roles", list(g.Roles))
	m.add("values", w.values(g.Values))
	return m.value()
}

func (w *writer) user(u *desired.User) *yaml.Node {
	m := mapping{}
	entry(&m, &u.Entry)
	m.add("kind", optional(u.Kind))
	m.add("first_name", optional(u.FirstName))
	m.add("last_name", optional(u.LastName))
	if u.Email != nil && *u.Email == "" {
		m.add("email", null())
	} else {
		m.add("email", optional(u.Email))
	}
	m.add("contact_email", optional(u.ContactEmail))
	m.add("timezone", optional(u.Timezone))
	m.add("language", optional(u.Language))
	m.add("disabled", flag(u.Disabled))
	if u.Groups != nil {
		m.add("groups", members(*u.Groups))
	}
	m.add("roles", list(u.Roles))
	m.add("values", w.values(u.Values))
	return m.value()
}

func members(groups []desired.Member) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for i := range groups {
		g := &groups[i]
		if !g.Managed() {
			n.Content = append(n.Content, scalar(g.Group))
			continue
		}
		m := mapping{}
		m.add("group", scalar(g.Group))
		m.add("from", instant(g.From))
		m.add("until", instant(g.Until))
		n.Content = append(n.Content, m.value())
	}
	return n
}

func (w *writer) values(values []desired.Assigned) *yaml.Node {
	if len(values) == 0 {
		return nil
	}
	m := mapping{}
	for i := range values {
		m.add(values[i].Attribute, w.value(values[i].Attribute, &values[i].Value))
	}
	return m.value()
}

func (w *writer) value(attribute string, v *desired.Value) *yaml.Node {
	m := mapping{}
	key := "value"
	var inner *yaml.Node
	switch {
	case v.Clear:
		inner = null()
	case v.Keep:
		key, inner = "hidden", scalar("set")
	case v.Env != "":
		key, inner = "from_env", scalar(v.Env)
	case v.File != "":
		key, inner = "from_file", scalar(v.File)
	case len(v.Texts) > 0:
		texts := mapping{}
		for _, t := range v.Texts {
			texts.add(string(t.Language), w.text(attribute, t.Text))
		}
		key, inner = "texts", texts.value()
	default:
		inner = w.text(attribute, v.Text)
	}
	if key == "value" && !v.Managed() {
		return inner
	}
	m.add(key, inner)
	m.add("from", instant(v.From))
	m.add("until", instant(v.Until))
	return m.value()
}

// text returns the node of a stored text. A list is written as a list if it reads back as the
// same text.
func (w *writer) text(attribute, text string) *yaml.Node {
	switch w.types[attribute] {
	case directory.TypeList, directory.TypeEnumList:
		elements := directory.SplitList(text)
		if directory.JoinList(elements) == text {
			return list(&elements)
		}
	default:
	}
	return scalar(text)
}
