package propeller

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// A node is a JSON value as it was sent. This format echoes requests, tells an absent member
// from null and "12" from 12, and names the place of every error, so bodies are parsed into
// trees and not into structs.
type node struct {
	raw     jsontext.Value // compact
	text    string         // the value of a string, the digits of a number
	names   []string       // of an object, in order
	members map[string]*node
	items   []*node          // of an array
	lazy    []jsontext.Value // of an array whose items are read one by one
	more    int              // items beyond the limit, which are not read
}

// errTooFull is the error of a value with more elements than maxNodes.
var errTooFull = errors.New("too many elements")

// maxNodes limits the elements of a value that its shape does not limit.
const maxNodes = 200_000

// parseNode parses a whole value of any shape. A duplicate member is an error.
func parseNode(raw jsontext.Value) (*node, error) { return readNode(raw, nil) }

// readNode parses the parts of a value that its shape uses, so that memory depends on the
// shape and not on what was sent. A nil shape uses everything.
func readNode(raw jsontext.Value, form *shape) (*node, error) {
	v := raw.Clone()
	if err := v.Compact(); err != nil {
		return nil, err
	}
	return readCompact(v, form)
}

// size returns the number of items of an array.
func (n *node) size() int { return len(n.items) + len(n.lazy) + n.more }

// readCompact is readNode for a compact value. The node refers to parts of it.
func readCompact(v jsontext.Value, form *shape) (*node, error) {
	p := nodeParser{whole: v, dec: jsontext.NewDecoder(bytes.NewReader(v))}
	return p.value(form)
}

type nodeParser struct {
	whole []byte
	dec   *jsontext.Decoder
	nodes int
}

// raw returns the text read since start, without separators before it.
func (p *nodeParser) raw(start int64) jsontext.Value {
	if start < int64(len(p.whole)) && (p.whole[start] == ',' || p.whole[start] == ':') {
		start++
	}
	return p.whole[start:p.dec.InputOffset()]
}

func (p *nodeParser) value(form *shape) (*node, error) {
	start := p.dec.InputOffset()
	if form != nil && form.whole {
		form = nil
	}
	if p.nodes++; form == nil && p.nodes > maxNodes {
		return nil, errTooFull
	}
	n := &node{}
	var err error
	switch kind := p.dec.PeekKind(); {
	case kind == '{' && form.reads(typeObject):
		err = p.object(n, form)
	case kind == '[' && form.reads(typeArray):
		err = p.array(n, form)
	case kind == '{' || kind == '[':
		err = p.dec.SkipValue()
	default:
		var t jsontext.Token
		if t, err = p.dec.ReadToken(); err == nil && (kind == '"' || kind == '0') {
			n.text = t.String()
		}
	}
	n.raw = p.raw(start)
	return n, err
}

func (p *nodeParser) object(n *node, form *shape) error {
	if _, err := p.dec.ReadToken(); err != nil {
		return err
	}
	n.members = map[string]*node{}
	for p.dec.PeekKind() != '}' {
		name, err := p.dec.ReadToken()
		if err != nil {
			return err
		}
		text := name.String()
		if n.members[text], err = p.value(form.member(text)); err != nil {
			return err
		}
		n.names = append(n.names, text)
	}
	_, err := p.dec.ReadToken()
	return err
}

func (p *nodeParser) array(n *node, form *shape) error {
	if _, err := p.dec.ReadToken(); err != nil {
		return err
	}
	for p.dec.PeekKind() != ']' {
		start := p.dec.InputOffset()
		switch {
		case form != nil && form.maxItems > 0 && len(n.items)+len(n.lazy) >= form.maxItems:
			n.more++
			if err := p.dec.SkipValue(); err != nil {
				return err
			}
		case form != nil && form.lazy:
			if err := p.dec.SkipValue(); err != nil {
				return err
			}
			n.lazy = append(n.lazy, p.raw(start))
		default:
			item, err := p.value(form.item())
			if err != nil {
				return err
			}
			n.items = append(n.items, item)
		}
	}
	_, err := p.dec.ReadToken()
	return err
}

// unread is the shape of values that are skipped.
func unread() *shape { return &shape{} }

// reads reports whether the inside of a value of a type is used.
func (s *shape) reads(t wireType) bool {
	return s == nil || slices.Contains(s.types, t)
}

// member returns the shape of a member. Unknown members are skipped.
func (s *shape) member(name string) *shape {
	if s == nil || s.members == nil {
		return nil
	}
	if m, ok := s.members[name]; ok {
		return m
	}
	return unread()
}

func (s *shape) item() *shape {
	if s == nil {
		return nil
	}
	return s.items
}

// kind returns the JSON kind: { [ " 0 t f or n. Numbers are 0.
func (n *node) kind() jsontext.Kind { return n.raw.Kind() }

func (n *node) isNull() bool { return n.kind() == 'n' }

// str returns the text of a member, the digits of a number, or nil if the member is absent or
// null.
func (n *node) str(name string) *string {
	m, ok := n.members[name]
	if !ok || m.isNull() {
		return nil
	}
	return &m.text
}

// textOr returns the text of a member, or otherwise if it is absent.
func (n *node) textOr(name, otherwise string) string {
	if s := n.str(name); s != nil {
		return *s
	}
	return otherwise
}

// echo returns an object as it was sent, with an id and extra members.
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
