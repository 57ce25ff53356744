package propeller

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// A valueInput is the value of an attribute in a request.
type valueInput struct {
	node  *node
	at    string
	value *node // nil removes the value
}

// maxValues is how many values of an object one call sets.
const maxValues = 1000

func valuesShape() *shape {
	return arrayShape(maxValues, &shape{
		types: []wireType{typeObject}, required: []string{fieldType},
		members: map[string]*shape{
			keyID: idShape(0), keyName: textShape(directory.MaxNameLen), "class": classShape(),
			fieldType: enumShape(wireTypes()...), "value": wholeShape(), "inherited": boolShape(),
		},
	})
}

func newValueInput(at, under string, i int, n *node) valueInput {
	in := valueInput{node: n, at: at + under + strconv.Itoa(i)}
	if m, ok := n.members["value"]; ok && !m.isNull() {
		in.value = m
	}
	return in
}

// key returns what finds the attribute: the id if there is one, or else the name.
func (in valueInput) key() (string, jsontext.Value) {
	if m, ok := in.node.members[keyID]; ok {
		return keyID, m.raw
	}
	return keyName, rawOr(in.node, keyName, `""`)
}

// attribute finds the attribute of a value.
func (in valueInput) attribute(w *writing) (directory.Attribute, error) {
	key, value := in.key()
	text := string(value)
	if key == keyName {
		text = in.node.textOr(keyName, "")
	}
	class := ""
	if key == keyName {
		class = in.node.textOr("class", "")
	}
	return findAttribute(w.ctx, w.dir, key, text, class)
}

// loadOwn reads the own values of the object. Setting a value does not depend on them, so
// others may write meanwhile.
func (w *writing) loadOwn(kind directory.ObjectKind) error {
	if w.own != nil {
		return nil
	}
	return w.dir.WithoutExpecting(func() error { return w.readOwn(kind) })
}

// expectOwn makes the change depend on the object's current value.
func (w *writing) expectOwn(kind directory.ObjectKind, id directory.AttributeID) error {
	if kind == directory.ObjectGroup {
		_, err := w.dir.GroupValue(w.ctx, directory.GroupID(w.id), id)
		return err
	}
	_, err := w.dir.User(w.ctx, directory.UserID(w.id))
	return err
}

func (w *writing) readOwn(kind directory.ObjectKind) error {
	w.own = map[directory.AttributeID]directory.Value{}
	switch {
	case w.id == 0:
	case kind == directory.ObjectGroup:
		values, err := w.dir.ValuesOfGroup(w.ctx, directory.GroupID(w.id))
		if err != nil {
			return err
		}
		for _, v := range values {
			w.own[v.Attribute] = v.Value
		}
	default:
		u, err := w.dir.User(w.ctx, directory.UserID(w.id))
		if err != nil {
			return err
		}
		for _, v := range u.Values {
			w.own[v.Attribute] = v.Value
		}
	}
	return nil
}

// putValue sets or removes a value of the object that w writes, and returns the attribute. A
// value that would be shown the same stays.
func (w *writing) putValue(o directory.Object, in valueInput) (attribute int64, removed bool, err error) {
	a, err := in.attribute(w)
	if err != nil {
		return 0, false, err
	}
	wire := wireTypeOf(a.Type)
	if in.node.textOr(fieldType, "") != wire {
		return int64(a.ID), false, wrongType(wire)
	}
	if err := w.loadOwn(o.Kind); err != nil {
		return 0, false, err
	}
	if in.value == nil || !a.Hidden && clears(wire, in.value) {
		if _, there := w.own[a.ID]; there {
			if err := w.expectOwn(o.Kind, a.ID); err != nil {
				return 0, false, err
			}
			w.add(removeValue(o, a.ID))
			delete(w.own, a.ID)
		}
		return int64(a.ID), true, nil
	}
	return int64(a.ID), false, w.putValueOf(&a, o, in)
}

func (w *writing) putValueOf(a *directory.Attribute, o directory.Object, in valueInput) error {
	have, there := w.own[a.ID]
	if a.Hidden && (isBlank(in.value) || in.value.kind() == '"' && in.value.text == hiddenDefault) {
		return nil // a placeholder for a hidden value: it stays
	}
	value, same, err := w.readValue(a, in.value, have, there)
	if err != nil || same {
		return err
	}
	if value.IsZero() && a.Type.Localized() {
		delete(w.own, a.ID)
		w.add(removeValue(o, a.ID))
		return nil
	}
	if err := directory.ParseValue("value", a.Type, value.Text); err != nil && !a.Type.Localized() {
		return err // refused before anything else of the item
	}
	if !a.Constraints.IsZero() {
		if err := directory.NewFit(a).CheckChange("value", have, value); err != nil {
			return err
		}
	}
	w.own[a.ID] = value
	w.add(setValue(o, a.ID, value))
	return nil
}

// hiddenDefault stands for a hidden default in the Looker API.
const hiddenDefault = "DEFAULT_IS_SET"

func setValue(o directory.Object, a directory.AttributeID, v directory.Value) directory.Edit {
	if o.Kind == directory.ObjectGroup {
		return directory.SetGroupValue{Group: directory.GroupID(o.ID), Attribute: a, Value: v, Vendor: true}
	}
	return directory.SetUserValue{User: directory.UserID(o.ID), Attribute: a, Value: v, Vendor: true}
}

func removeValue(o directory.Object, a directory.AttributeID) directory.Edit {
	if o.Kind == directory.ObjectGroup {
		return directory.DeleteGroupValue{Group: directory.GroupID(o.ID), Attribute: a}
	}
	return directory.DeleteUserValue{User: directory.UserID(o.ID), Attribute: a}
}

// clears reports whether a value removes the stored one: an empty list does, and the empty
// text if the type has no empty text.
func clears(wire string, n *node) bool {
	switch wire {
	case wireText, wireList, wireEnumList:
		return n.kind() == '[' && len(n.items) == 0
	default:
		return n.kind() == '"' && n.text == ""
	}
}

func wrongType(wire string) error {
	return newFault(codePayload, "Invalid value provided. Attribute type is ["+wire+"].")
}

// isBlank reports whether a value is the empty text, in any form.
func isBlank(n *node) bool {
	if n.kind() == '[' {
		for _, item := range n.items {
			if item.textOr("value", "?") != "" {
				return false
			}
		}
		return true
	}
	return n.kind() == '"' && n.text == ""
}

// readValue reads a value of an attribute over the stored one. same reports that both are
// shown alike. Languages that were not sent stay; an entry without a value removes its
// language.
func (w *writing) readValue(a *directory.Attribute, n *node, have directory.Value,
	there bool) (v directory.Value, same bool, err error) {
	wire := wireTypeOf(a.Type)
	if !byLanguage(wire) {
		text, ok := readText(wire, n)
		if !ok {
			return v, false, wrongType(wire)
		}
		return directory.Value{Text: text}, there && have.Sealed == 0 && sameText(wire, have.Text, text), nil
	}
	entries, ok := languageEntries(wire, n)
	if !ok {
		return v, false, wrongType(wire)
	}
	if l, twice := languageTwice(n); twice {
		return v, false, newFault(codePayload, "Invalid value provided. The language ["+string(l)+"] comes twice.")
	}
	if !a.Type.Localized() {
		if len(entries) != 1 || entries[0].gone || entries[0].Language != w.standard {
			return v, false, newFault(codePayload,
				"Invalid value provided. Attribute ["+showName(a.Name)+"] has one text for all languages, "+
					"as ["+string(w.standard)+"].")
		}
		text := entries[0].Text
		return directory.Value{Text: text}, there && have.Sealed == 0 && have.Text == text, nil
	}
	same, v = there, directory.Value{Texts: have.Texts}
	for _, e := range entries {
		now, has := textIn(v, e.Language)
		switch {
		case e.gone && has:
			v, same = without(v, e.Language), false
		case !e.gone && !(has && sameText(wire, now, e.Text)):
			v, same = v.With(e.Language, e.Text), false
		}
	}
	return v, same, nil
}

func textIn(v directory.Value, l directory.Language) (string, bool) {
	for _, t := range v.Texts {
		if t.Language == l {
			return t.Text, true
		}
	}
	return "", false
}

func without(v directory.Value, l directory.Language) directory.Value {
	var texts []directory.LocalText
	for _, t := range v.Texts {
		if t.Language != l {
			texts = append(texts, t)
		}
	}
	return directory.Value{Texts: texts}
}

// A languageEntry is a text in a language, or the removal of one.
type languageEntry struct {
	directory.LocalText
	gone bool
}

// languageEntries reads texts by language: a list of {language, value}.
func languageEntries(wire string, n *node) ([]languageEntry, bool) {
	if n.kind() != '[' || len(n.items) == 0 {
		return nil, false
	}
	list := make([]languageEntry, len(n.items))
	for i, item := range n.items {
		language := item.textOr("language", "")
		if item.kind() != '{' || !isLanguage(language) {
			return nil, false
		}
		list[i].Language = directory.Language(strings.ToUpper(language))
		m, ok := item.members["value"]
		if !ok || m.isNull() || wire == wireList && clears(wire, m) {
			list[i].gone = true
			continue
		}
		if list[i].Text, ok = readText(wire, m); !ok {
			return nil, false
		}
	}
	return list, true
}

// edits adds the edits for everything below an object in a request.
func (in subInput) edits(w *writing, o directory.Object) error {
	for _, value := range in.values {
		if _, _, err := w.putValue(o, value); err != nil {
			return err
		}
	}
	for _, a := range in.addresses {
		if _, _, err := w.upsertAddress(o, a, directives{}); err != nil {
			return err
		}
	}
	for _, p := range in.prices {
		if _, err := w.putPrice(o, p.price); err != nil {
			return err
		}
	}
	return nil
}

// isCaller reports whether the path names the caller, by id.
func (q *request) isCaller(l lookup) bool {
	return l.kind == directory.ObjectUser && l.key == keyID && l.value == directory.FormatID(q.call.Caller.User)
}

// setValues sets and removes values of one object.
func (q *request) setValues(res resource) error {
	l, err := q.lookup(res, true)
	if err != nil {
		return err
	}
	if !q.isCaller(l) { // users may edit some of their own values
		if err := q.require(directory.SetValues); err != nil {
			return err
		}
	}
	n, err := q.body(valuesShape())
	if err != nil {
		return err
	}
	if _, err := l.find(q.ctx(), q.dir, q.Language); err != nil {
		return err
	}
	inputs, results := make([]valueInput, len(n.items)), make([]bulkResult, len(n.items))
	for i, item := range n.items {
		inputs[i] = newValueInput("#", "/", i, item)
		results[i].LookupKey, results[i].Key = inputs[i].key()
	}
	return q.replyParts(results, maxPart, "Completed", func(now Directory, from, to int) ([]directory.Edit, []int, error) {
		id, err := l.find(q.ctx(), now, q.Language)
		if err != nil {
			return nil, nil, err
		}
		w := q.writing(now, id)
		return w.gather(from, to, results, func(i int) error {
			r, in := &results[i], inputs[i]
			r.Action = actionPut
			if in.value == nil {
				r.Action = actionDelete
			}
			attribute, removed, err := w.putValue(w.object(l.kind), in)
			if removed {
				r.Action = actionDelete
			}
			r.ID = &attribute
			return err
		})
	})
}
