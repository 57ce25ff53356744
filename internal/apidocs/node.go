package apidocs

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A node is a part of a document; the zero node is one that is not there. The order
// of what is in it is that of the document.
type node struct{ n *yaml.Node }

// parse reads a document.
func parse(text string) (node, error) {
	var top yaml.Node
	if err := yaml.Unmarshal([]byte(text), &top); err != nil {
		return node{}, err
	}
	if len(top.Content) == 0 {
		return node{}, nil
	}
	return node{top.Content[0]}, nil
}

func (n node) has() bool { return n.n != nil }

// text is a scalar as it is written.
func (n node) text() string {
	if n.n == nil || n.n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.n.Value
}

// get is a member; several names lead into members of members.
func (n node) get(names ...string) node {
	for _, name := range names {
		next := node{}
		for key, member := range n.members() {
			if key == name {
				next = member
			}
		}
		n = next
	}
	return n
}

// members are those of a mapping, in their order.
func (n node) members() func(yield func(string, node) bool) {
	return func(yield func(string, node) bool) {
		if n.n == nil || n.n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.n.Content); i += 2 {
			if !yield(n.n.Content[i].Value, node{n.n.Content[i+1]}) {
				return
			}
		}
	}
}

// elements are those of a list.
func (n node) elements() (list []node) {
	if n.n == nil || n.n.Kind != yaml.SequenceNode {
		return nil
	}
	for _, e := range n.n.Content {
		list = append(list, node{e})
	}
	return list
}

// texts are the scalars of a list, or the scalar itself.
func (n node) texts() (list []string) {
	if text := n.text(); text != "" {
		return []string{text}
	}
	for _, e := range n.elements() {
		list = append(list, e.text())
	}
	return list
}

// json spells a node as JSON for people.
func (n node) json() string {
	if n.n == nil {
		return ""
	}
	var b strings.Builder
	n.appendJSON(&b, "\n")
	return b.String()
}

func (n node) appendJSON(b *strings.Builder, line string) {
	switch n.n.Kind {
	case yaml.MappingNode:
		b.WriteByte('{')
		first := true
		for name, member := range n.members() {
			if !first {
				b.WriteByte(',')
			}
			first = false
			b.WriteString(line + "  " + strconv.Quote(name) + ": ")
			member.appendJSON(b, line+"  ")
		}
		if !first {
			b.WriteString(line)
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, e := range n.elements() {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(line + "  ")
			e.appendJSON(b, line+"  ")
		}
		if len(n.n.Content) > 0 {
			b.WriteString(line)
		}
		b.WriteByte(']')
	default:
		if n.n.Tag == "!!str" {
			b.WriteString(strconv.Quote(n.n.Value))
			return
		}
		b.WriteString(n.n.Value)
	}
}
