package schema

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/propeller/fault"
)

// A Node is a JSON value as it was sent. This format echoes requests, tells an absent member
// from null and "12" from 12, and names the place of every error, so bodies are parsed into
// trees and not into structs.
type Node struct {
	Raw     jsontext.Value // compact
	Text    string         // the value of a string, the digits of a number
	Names   []string       // of an object, in order
	Members map[string]*Node
	Items   []*Node          // of an array
	Lazy    []jsontext.Value // of an array whose items are read one by one
	more    int              // items beyond the limit, which are not read
}

// errTooFull is the error of a value with more elements than maxNodes.
var errTooFull = errors.New("too many elements")

// maxNodes limits the elements of a value that its shape does not limit.
const maxNodes = 200_000

// Parse parses the parts of a value that its shape uses, so that memory depends on the shape and
// not on what was sent. A nil shape uses everything. A duplicate member is an error. The node
// refers to parts of the value, which Parse compacts. The error is a fault.
func Parse(raw jsontext.Value, form *Shape) (*Node, error) {
	if err := raw.Compact(); err != nil {
		return nil, fault.New(fault.InvalidJSON)
	}
	return Read(raw, form)
}

// Read is Parse for a value that is compact.
func Read(v jsontext.Value, form *Shape) (*Node, error) {
	p := nodeParser{whole: v, dec: jsontext.NewDecoder(bytes.NewReader(v))}
	n, err := p.value(form)
	switch {
	case errors.Is(err, errTooFull):
		return nil, fault.New(fault.TooLarge,
			"a value has more than "+strconv.Itoa(maxNodes)+" elements, the most that are possible")
	case err != nil:
		return nil, fault.New(fault.InvalidJSON)
	}
	return n, nil
}

// size returns the number of items of an array.
func (n *Node) size() int { return len(n.Items) + len(n.Lazy) + n.more }

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

func (p *nodeParser) value(form *Shape) (*Node, error) {
	start := p.dec.InputOffset()
	if form != nil && form.whole {
		form = nil
	}
	if p.nodes++; form == nil && p.nodes > maxNodes {
		return nil, errTooFull
	}
	n := &Node{}
	var err error
	switch kind := p.dec.PeekKind(); {
	case kind == '{' && form.reads(Object):
		err = p.object(n, form)
	case kind == '[' && form.reads(Array):
		err = p.array(n, form)
	case kind == '{' || kind == '[':
		err = p.dec.SkipValue()
	default:
		var t jsontext.Token
		if t, err = p.dec.ReadToken(); err == nil && (kind == '"' || kind == '0') {
			n.Text = t.String()
		}
	}
	n.Raw = p.raw(start)
	return n, err
}

func (p *nodeParser) object(n *Node, form *Shape) error {
	if _, err := p.dec.ReadToken(); err != nil {
		return err
	}
	n.Members = map[string]*Node{}
	for p.dec.PeekKind() != '}' {
		name, err := p.dec.ReadToken()
		if err != nil {
			return err
		}
		text := name.String()
		if n.Members[text], err = p.value(form.member(text)); err != nil {
			return err
		}
		n.Names = append(n.Names, text)
	}
	_, err := p.dec.ReadToken()
	return err
}

func (p *nodeParser) array(n *Node, form *Shape) error {
	if _, err := p.dec.ReadToken(); err != nil {
		return err
	}
	for p.dec.PeekKind() != ']' {
		start := p.dec.InputOffset()
		switch {
		case form != nil && form.MaxItems > 0 && len(n.Items)+len(n.Lazy) >= form.MaxItems:
			n.more++
			if err := p.dec.SkipValue(); err != nil {
				return err
			}
		case form != nil && form.Lazy:
			if err := p.dec.SkipValue(); err != nil {
				return err
			}
			n.Lazy = append(n.Lazy, p.raw(start))
		default:
			item, err := p.value(form.item())
			if err != nil {
				return err
			}
			n.Items = append(n.Items, item)
		}
	}
	_, err := p.dec.ReadToken()
	return err
}

// unread is the shape of values that are skipped.
func unread() *Shape { return &Shape{} }

// reads reports whether the inside of a value of a type is used.
func (s *Shape) reads(t Type) bool {
	return s == nil || slices.Contains(s.Types, t)
}

// member returns the shape of a member. Unknown members are skipped.
func (s *Shape) member(name string) *Shape {
	if s == nil || s.Members == nil {
		return nil
	}
	if m, ok := s.Members[name]; ok {
		return m
	}
	return unread()
}

func (s *Shape) item() *Shape {
	if s == nil {
		return nil
	}
	return s.Items
}

// Kind returns the JSON kind: { [ " 0 t f or n. Numbers are 0.
func (n *Node) Kind() jsontext.Kind { return n.Raw.Kind() }

// IsNull reports whether a value is null.
func (n *Node) IsNull() bool { return n.Kind() == 'n' }

// Str returns the text of a member, the digits of a number, or nil if the member is absent or
// null.
func (n *Node) Str(name string) *string {
	m, ok := n.Members[name]
	if !ok || m.IsNull() {
		return nil
	}
	return &m.Text
}

// TextOr returns the text of a member, or otherwise if it is absent.
func (n *Node) TextOr(name, otherwise string) string {
	if s := n.Str(name); s != nil {
		return *s
	}
	return otherwise
}

// RawOr returns a member as it was sent, or otherwise if it is absent.
func (n *Node) RawOr(name, otherwise string) jsontext.Value {
	if m, ok := n.Members[name]; ok {
		return m.Raw
	}
	return jsontext.Value(otherwise)
}

// Echo returns an object as it was sent, with an id and extra members.
func (n *Node) Echo(id int64, extra map[string]string) map[string]jsontext.Value {
	out := make(map[string]jsontext.Value, len(n.Names)+1)
	for name, m := range n.Members {
		out[name] = m.Raw
	}
	for name, text := range maps.All(extra) {
		if quoted, err := jsontext.AppendQuote(nil, text); err == nil {
			out[name] = quoted
		}
	}
	out["id"] = jsontext.Value(strconv.FormatInt(id, 10))
	return out
}
