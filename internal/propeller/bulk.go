package propeller

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// A bulkResult is what became of one item of a bulk call.
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

// settle notes what an item does while its change is worked out. id is that of
// an object that is there or whose id is known; 0 is none.
func (r *bulkResult) settle(id int64, made bool) {
	r.Action = actionUpdate
	if made {
		r.Action = actionCreate
	}
	if r.ID = nil; id != 0 {
		r.ID = &id
	}
}

// fail notes that an item was refused.
func (r *bulkResult) fail(err error) {
	f := faultOf(err)
	r.Error, r.Message, r.ID, r.Changed, r.Success = f.Error(), "", nil, nil, false
	if r.Action == "" {
		r.Action = actionUpdate
	}
}

// runBulk commits one change for each item and notes what became of them. spell
// says in an item's words why it was refused; nil leaves the error as it is.
func (q *request) runBulk(plans []plan, results []bulkResult, spell func(i int, err error) error) error {
	attempts, err := q.commitEach(plans)
	if err != nil {
		return err
	}
	for i, a := range attempts {
		if a.Err == nil {
			results[i].Success, results[i].Changed = true, &a.Committed.Changed
			first := a.Committed.Results
			if a.Committed.Repeated && results[i].Action == actionUpdate && len(first) > 0 && first[0].Made {
				results[i].settle(first[0].ID, true) // now it is there, and would be updated
			}
			if results[i].ID == nil && results[i].Action == actionCreate && len(a.Committed.Results) > 0 && a.Committed.Results[0].Made {
				results[i].ID = &a.Committed.Results[0].ID
			}
			continue
		}
		if err := q.ctx().Err(); err != nil {
			return err
		}
		if spell != nil {
			a.Err = spell(i, a.Err)
		}
		if faultOf(a.Err).status >= http.StatusInternalServerError {
			q.Log.Error("item of a bulk call failed", "item", i, "error", a.Err.Error())
		}
		results[i].fail(a.Err)
	}
	return nil
}

// rawOr is a member as it was sent, or what is given if it is not there.
func rawOr(n *node, name, otherwise string) jsontext.Value {
	if m, ok := n.members[name]; ok {
		return m.raw
	}
	return jsontext.Value(otherwise)
}

// bulkShape is the form of a bulk call: items under a name, and directives.
func bulkShape(name string, item *shape, fields []string) *shape {
	s := &shape{
		types: []wireType{typeObject}, required: []string{name},
		members: map[string]*shape{name: arrayShape(directory.MaxEdits, item)},
	}
	if fields != nil {
		s.members["directives"] = directivesShape(fields)
	}
	return s
}

// The operations of directives.
const (
	opSkipIfNotEmpty = "skipIfNotEmpty"
	opSkipMove       = "skipMoveOnUpdate"
	opSkipCreate     = "skipCreate"
	opMergeTexts     = "mergeTranslationsOnUpdate" // which is always done here
)

// directivesShape takes both forms: a list of operations, and an object with a
// member for each.
func directivesShape(fields []string) *shape {
	listed := arrayShape(directory.MaxFields, textShape(lineLen))
	s := &shape{
		types: []wireType{typeArray, typeObject}, maxItems: directory.MaxFields,
		items: &shape{types: []wireType{typeObject}, required: []string{"operation"}},
		members: map[string]*shape{
			opSkipIfNotEmpty: arrayShape(directory.MaxFields, enumShape(fields...)), opSkipMove: listed, opSkipCreate: listed, opMergeTexts: listed,
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

// bulkBody reads the items of a bulk call that finds them by key, all of which
// must have it.
func (q *request) bulkBody(form *shape, name, key string) (*node, []*node, error) {
	n, err := q.body(form)
	missing := []string{}
	if f, ok := errors.AsType[*fault](err); ok && f.code == codeSchema {
		for _, m := range f.messages {
			if isMissingKey(m, strings.TrimSuffix("#/"+name, "/")+"/", key) {
				missing = append(missing, m)
			}
		}
		if len(missing) == len(f.messages) {
			f := newFault(codeLookupKeyMissing, "")
			f.messages = missing
			return nil, nil, f
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if name == "" {
		return n, n.items, nil
	}
	return n, n.members[name].items, nil
}

// isMissingKey reports whether a message says that an item lacks the key.
func isMissingKey(message, at, key string) bool {
	rest, ok := strings.CutPrefix(message, at)
	_, said, found := strings.Cut(rest, ": ")
	return ok && found && said == "required key ["+key+"] not found"
}

func namesOf(members map[string]*shape) []string { return slices.Sorted(maps.Keys(members)) }

// bulkUsergroups makes or changes many usergroups, found by id.
func (q *request) bulkUsergroupsByID() error { return q.bulkUsergroups(keyID) }

// bulkUsergroupsBySource does it by source and source id.
func (q *request) bulkUsergroupsBySource() error { return q.bulkUsergroups(keySourceID) }

func (q *request) bulkUsergroups(key string) error {
	item := subShapes(groupShape())
	if key == keyID {
		item.members[keyID] = idShape(0)
		item.required = []string{keyID}
	} else {
		item.required = []string{keySourceID, "source"}
	}
	n, items, err := q.bulkBody(bulkShape("usergroups", item, groupSkippable()), "usergroups", key)
	if err != nil {
		return err
	}
	d := readDirectives(n.members["directives"])
	plans, results := make([]plan, len(items)), make([]bulkResult, len(items))
	for i, item := range items {
		results[i] = bulkResult{LookupKey: key, Key: item.members[key].raw}
		in, err := newGroupInput("#/usergroups/"+strconv.Itoa(i), item)
		if plans[i] = refused(err); plans[i] == nil && err != nil {
			return err
		}
		if err == nil {
			plans[i] = q.upsertGroup(in, key, d, &results[i])
		}
	}
	err = q.runBulk(plans, results, func(i int, err error) error {
		return usergroups().refusal(err, items[i].textOr(keyID, ""), items[i].textOr(keySourceID, ""))
	})
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, results, len(results), "Completed")
}

// refused is the plan of an item whose meaning is refused: only that item is.
// It is nil for what refuses the whole call.
func refused(err error) plan {
	if f, ok := errors.AsType[*fault](err); !ok || f.code != codePayload {
		return nil
	}
	return func(Directory) ([]directory.Edit, error) { return nil, err }
}

// upsertGroup changes the usergroup that has the key of an item, or makes it.
func (q *request) upsertGroup(in *groupInput, key string, d directives, result *bulkResult) plan {
	return func(now Directory) ([]directory.Edit, error) {
		id, newID, err := q.upsertID(now, usergroups(), in.node, key)
		if err != nil {
			return nil, err
		}
		if result.settle(id, id == 0); id == 0 && d.skipCreate {
			result.Message = "Usergroup skipped. It does not exist and is not created."
			return nil, nil
		}
		return in.edits(q.ctx(), now, id, newID, d, q.Language)
	}
}

// upsertID finds the object of an item; if there is none id is 0, and newID the
// one that it gets, or 0 if the directory is to choose.
func (q *request) upsertID(now Directory, res resource, n *node, key string) (id, newID int64, err error) {
	l := lookup{resource: res, key: key, value: n.textOr(key, ""), missing: res.notFound}
	if key == keySourceID {
		l.source = n.textOr("source", "")
	}
	if l.value == "0" && key == keyID {
		return 0, 0, nil
	}
	id, err = l.find(q.ctx(), now, q.Language)
	if f, ok := errors.AsType[*fault](err); ok && f.code == res.notFound {
		id, err = 0, nil
		if key == keyID {
			if newID, err = strconv.ParseInt(l.value, 10, 64); err != nil || newID > directory.MaxID {
				return 0, 0, newFault(codePayload, "#/id: must be at most "+strconv.Itoa(directory.MaxID))
			}
		}
	}
	return id, newID, err
}
