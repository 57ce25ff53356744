package bulk

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/propeller/fault"
	"cohort/internal/propeller/schema"
)

// Items are the items of a bulk call. They are read one by one and dropped after their turn,
// because a parsed item takes many times the memory of its text.
type Items struct {
	at   string        // the place of the list in the body
	form *schema.Shape // of an item
	raw  []jsontext.Value
}

// Len returns the length of an item in the body, in bytes.
func (b *Items) Len(i int) int { return len(b.raw[i]) }

// Place returns the place of an item in the body.
func (b *Items) Place(i int) string { return b.at + "/" + strconv.Itoa(i) }

// Item reads an item.
func (b *Items) Item(i int) (*schema.Node, error) { return schema.Read(b.raw[i], b.form) }

// ReadItems reads the items of a body of a shape. They are in the list called name, or are the whole body if name is
// empty. see is called with each item of the right shape. An error of see, or of any shape, refuses the whole call.
func ReadItems(n *schema.Node, form *schema.Shape, name, key string,
	see func(i int, at string, n *schema.Node) error) (*Items, error) {
	b := &Items{at: "#", form: form.Items, raw: n.Lazy}
	if name != "" {
		b.at, b.form, b.raw = "#/"+name, form.Members[name].Items, n.Members[name].Lazy
	}
	c := schema.Checker{}
	for i := range b.raw {
		item, err := b.Item(i)
		if err != nil {
			return nil, err
		}
		before := c.Count
		if c.Check(b.Place(i), b.form, item); c.Count > before {
			continue
		}
		err = see(i, b.Place(i), item)
		if f, ok := errors.AsType[*fault.Fault](err); ok && f.Code == fault.SchemaViolation {
			c.Add(f.Messages...)
		} else if err != nil {
			return nil, err
		}
	}
	return b, faultOf(c.All(), b.at+"/", key)
}

// faultOf returns the error of a call with violations. The vendor has a special one if only
// keys are missing.
func faultOf(violations []string, at, key string) error {
	switch {
	case len(violations) == 0:
		return nil
	case slices.ContainsFunc(violations, func(m string) bool { return !isMissingKey(m, at, key) }):
		return fault.Schema(violations...)
	}
	f := fault.New(fault.LookupKeyMissing, "")
	f.Messages = violations
	return f
}

// isMissingKey reports whether a message says that an item lacks its key.
func isMissingKey(message, at, key string) bool {
	rest, ok := strings.CutPrefix(message, at)
	_, said, found := strings.Cut(rest, ": ")
	return ok && found && said == "required key ["+key+"] not found"
}

// Shape is the shape of a bulk call: items under a name, and directives.
func Shape(name string, item *schema.Shape, fields []string) *schema.Shape {
	s := &schema.Shape{
		Types: []schema.Type{schema.Object}, Required: []string{name},
		Members: map[string]*schema.Shape{name: ItemsShape(item)},
	}
	if fields != nil {
		s.Members["directives"] = DirectivesShape(fields)
	}
	return s
}

// ItemsShape is the shape of the items of a bulk call, which are read one by one.
func ItemsShape(item *schema.Shape) *schema.Shape {
	s := schema.List(maxItems, item)
	s.Lazy = true
	return s
}

// maxItems is the largest number of items in a bulk call.
const maxItems = 10_000
