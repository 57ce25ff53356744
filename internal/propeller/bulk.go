package propeller

import (
	"errors"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// A bulkResult is the outcome of one item of a bulk call.
type bulkResult struct {
	Action    string         `json:"action"`
	Changed   *bool          `json:"changed,omitzero"` // ours: whether anything is different now
	Error     string         `json:"error,omitzero"`
	ID        *int64         `json:"id,omitzero"`
	Key       jsontext.Value `json:"key"`
	LookupKey string         `json:"lookupKey"`
	Message   string         `json:"message,omitzero"`
	Success   bool           `json:"success"`
}

const (
	actionCreate = "create"
	actionUpdate = "update"
	actionPut    = "put"
	actionDelete = "delete"
)

// note records what an item does while its change is planned. id is the id of its object, or 0
// if it is not known yet.
func (r *bulkResult) note(id int64, made bool) {
	r.Action = actionUpdate
	if made {
		r.Action = actionCreate
	}
	if r.ID = nil; id != 0 {
		r.ID = &id
	}
}

// fail records why an item was refused.
func (r *bulkResult) fail(err error) { r.refuse(faultOf(err).Error()) }

// refuse records why an item was not done.
func (r *bulkResult) refuse(why string) {
	r.reset()
	r.Error = why
	if r.Action == "" {
		r.Action = actionUpdate
	}
}

// reset clears the outcome of an item.
func (r *bulkResult) reset() {
	r.Error, r.Message, r.ID, r.Changed, r.Success = "", "", nil, nil, false
}

// rawOr returns a member as it was sent, or otherwise if it is absent.
func rawOr(n *node, name, otherwise string) jsontext.Value {
	if m, ok := n.members[name]; ok {
		return m.raw
	}
	return jsontext.Value(otherwise)
}

// bulkShape is the shape of a bulk call: items under a name, and directives.
func bulkShape(name string, item *shape, fields []string) *shape {
	s := &shape{
		types: []wireType{typeObject}, required: []string{name},
		members: map[string]*shape{name: itemsShape(item)},
	}
	if fields != nil {
		s.members["directives"] = directivesShape(fields)
	}
	return s
}

// itemsShape is the shape of the items of a bulk call, which are read one by one.
func itemsShape(item *shape) *shape {
	s := arrayShape(maxItems, item)
	s.lazy = true
	return s
}

// maxItems is the largest number of items in a bulk call.
const maxItems = 10_000

// The operations of directives.
const (
	opSkipIfNotEmpty = "skipIfNotEmpty"
	opSkipMove       = "skipMoveOnUpdate"
	opSkipCreate     = "skipCreate"
	opMergeTexts     = "mergeTranslationsOnUpdate" // which is always done here
)

// directivesShape accepts both forms: a list of operations, and an object with a member for
// each.
func directivesShape(fields []string) *shape {
	listed := arrayShape(directory.MaxFields, textShape(lineLen))
	s := &shape{
		types: []wireType{typeArray, typeObject}, maxItems: directory.MaxFields,
		items: &shape{types: []wireType{typeObject}, required: []string{"operation"}},
		members: map[string]*shape{
			opSkipIfNotEmpty: arrayShape(directory.MaxFields, enumShape(fields...)), opSkipMove: listed, opSkipCreate: listed,
			opMergeTexts: listed,
		},
	}
	s.items.members = map[string]*shape{"operation": enumShape(namesOf(s.members)...), "fields": listed}
	s.items.also = func(c *checker, at string, n *node) {
		operation := n.textOr("operation", "")
		if list, form := n.members["fields"], s.members[operation]; operation == opSkipIfNotEmpty && list != nil {
			c.check(at+"/fields", form, list)
		}
	}
	return s
}

// readDirectives reads directives in either form.
func readDirectives(n *node) directives {
	var d directives
	if n == nil {
		return d
	}
	note := func(operation string, fields *node) {
		switch operation {
		case opSkipIfNotEmpty:
			if fields != nil {
				for _, f := range fields.items {
					d.skipIfNotEmpty = append(d.skipIfNotEmpty, f.text)
				}
			}
		case opSkipMove:
			d.skipMove = true
		case opSkipCreate:
			d.skipCreate = true
		}
	}
	for _, item := range n.items {
		note(item.textOr("operation", ""), item.members["fields"])
	}
	for _, name := range n.names {
		note(name, n.members[name])
	}
	return d
}

func namesOf(members map[string]*shape) []string { return slices.Sorted(maps.Keys(members)) }

// refusesCall reports whether an error of an item refuses the whole call. An error of form
// does; other errors refuse the item only.
func refusesCall(err error) bool {
	f, ok := errors.AsType[*fault](err)
	return !ok || f.code != codePayload
}
