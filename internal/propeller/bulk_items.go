package propeller

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// bulkItems are the items of a bulk call. They are read one by one and dropped after their turn,
// because a parsed item takes many times the memory of its text.
type bulkItems struct {
	at   string // the place of the list in the body
	form *shape // of an item
	raw  []jsontext.Value
}

// place returns the place of an item in the body.
func (b *bulkItems) place(i int) string { return b.at + "/" + strconv.Itoa(i) }

// item reads an item.
func (b *bulkItems) item(i int) (*node, error) { return readCompact(b.raw[i], b.form) }

// bulkItems reads the body of a bulk call. Its items are in the list called name, or are the
// whole body if name is empty. see is called with each item of the right shape. An error of
// see, or of any shape, refuses the whole call.
func (q *request) bulkItems(form *shape, name, key string,
	see func(i int, at string, n *node) error) (*node, *bulkItems, error) {
	n, err := q.body(form)
	if err != nil {
		return nil, nil, err
	}
	b := &bulkItems{at: "#", form: form.items, raw: n.lazy}
	if name != "" {
		b.at, b.form, b.raw = "#/"+name, form.members[name].items, n.members[name].lazy
	}
	c := checker{}
	for i := range b.raw {
		item, err := b.item(i)
		if errors.Is(err, errTooFull) {
			return nil, nil, tooFull()
		}
		if err != nil {
			return nil, nil, newFault(codeInvalidJSON)
		}
		before := c.count
		if c.check(b.place(i), b.form, item); c.count > before {
			continue
		}
		err = see(i, b.place(i), item)
		if f, ok := errors.AsType[*fault](err); ok && f.code == codeSchema {
			c.add(f.messages...)
		} else if err != nil {
			return nil, nil, err
		}
	}
	return n, b, bulkFault(c.all(), b.at+"/", key)
}

func tooFull() error {
	return newFault(codeTooLarge, "a value has more than "+strconv.Itoa(maxNodes)+" elements, the most that are possible")
}

// bulkFault returns the error of a call with violations. The vendor has a special one if only
// keys are missing.
func bulkFault(violations []string, at, key string) error {
	switch {
	case len(violations) == 0:
		return nil
	case slices.ContainsFunc(violations, func(m string) bool { return !isMissingKey(m, at, key) }):
		return schemaFault(violations...)
	}
	f := newFault(codeLookupKeyMissing, "")
	f.messages = violations
	return f
}

// isMissingKey reports whether a message says that an item lacks its key.
func isMissingKey(message, at, key string) bool {
	rest, ok := strings.CutPrefix(message, at)
	_, said, found := strings.Cut(rest, ": ")
	return ok && found && said == "required key ["+key+"] not found"
}
