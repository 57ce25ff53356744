package propeller

import (
	"bytes"
	"maps"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// A node is a JSON value as it was sent. This format echoes what it gets, tells
// an absent member from null and "12" from 12, and names the place of whatever
// is wrong, so bodies are read into trees and not into structs.
type node struct {
	raw     jsontext.Value // compact
	text    string         // of a string its value, of a number its digits
	names   []string       // of an object, in their order
	members map[string]*node
	items   []*node // of an array
}

// parseNode reads a tree. Members that come twice are an error.
func parseNode(raw jsontext.Value) (*node, error) {
	v := raw.Clone()
	if err := v.Compact(); err != nil {
		return nil, err
	}
	p := nodeParser{whole: v, dec: jsontext.NewDecoder(bytes.NewReader(v))}
	return p.value()
}

type nodeParser struct {
	whole []byte
	dec   *jsontext.Decoder
}

func (p *nodeParser) value() (*node, error) {
	start := p.dec.InputOffset()
	if start < int64(len(p.whole)) && (p.whole[start] == ',' || p.whole[start] == ':') {
		start++
	}
	t, err := p.dec.ReadToken()
	if err != nil {
		return nil, err
	}
	n := &node{}
	switch t.Kind() {
	case '{':
		err = p.object(n)
	case '[':
		err = p.array(n)
	case '"', '0':
		n.text = t.String()
	}
	n.raw = p.whole[start:p.dec.InputOffset()]
	return n, err
}

func (p *nodeParser) object(n *node) error {
	n.members = map[string]*node{}
	for p.dec.PeekKind() != '}' {
		name, err := p.dec.ReadToken()
		if err != nil {
			return err
		}
		text := name.String()
		if n.members[text], err = p.value(); err != nil {
			return err
		}
		n.names = append(n.names, text)
	}
	_, err := p.dec.ReadToken()
	return err
}

func (p *nodeParser) array(n *node) error {
	for p.dec.PeekKind() != ']' {
		item, err := p.value()
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	_, err := p.dec.ReadToken()
	return err
}

// kind is the JSON kind: { [ " 0 t f or n. Numbers are 0.
func (n *node) kind() jsontext.Kind { return n.raw.Kind() }

func (n *node) isNull() bool { return n.kind() == 'n' }

// str is the text of a member, or nil if it is not there or null. Of a number
// it is the digits.
func (n *node) str(name string) *string {
	m, ok := n.members[name]
	if !ok || m.isNull() {
		return nil
	}
	return &m.text
}

// textOr is the text of a member, or what is given if it is not there.
func (n *node) textOr(name, otherwise string) string {
	if s := n.str(name); s != nil {
		return *s
	}
	return otherwise
}

// echo is an object as it was sent, with an id, and with the extra members.
func (n *node) echo(id int64, extra map[string]string) map[string]jsontext.Value {
	out := make(map[string]jsontext.Value, len(n.names)+1)
	for name, m := range n.members {
		out[name] = m.raw
	}
	for name, text := range maps.All(extra) {
		if quoted, err := jsontext.AppendQuote(nil, text); err == nil {
			out[name] = quoted
		}
	}
	out["id"] = jsontext.Value(strconv.FormatInt(id, 10))
	return out
}
