package propeller

import (
	"errors"
	"maps"
	"net/http"
	"strings"

	"cohort/internal/directory"
)

func attributeShape() *shape {
	texts := arrayShape(maxTexts, &shape{
		types: []wireType{typeObject}, required: []string{"language", "value"},
		members: map[string]*shape{"language": languageShape(), "value": textShape(directory.MaxNameLen)},
	})
	return &shape{types: []wireType{typeObject}, members: map[string]*shape{
		keyName: {types: []wireType{typeString}, maxLen: directory.MaxNameLen,
			pattern: "^[A-Za-z0-9_]*[A-Za-z_][A-Za-z0-9_]*$", fits: isName},
		"class": classShape(), fieldType: enumShape(wireTypes()...), "typeParam": textShape(lineLen),
		"group":    textShape(lineLen),
		"isPublic": boolShape(), "isSearchable": boolShape(), "isSystem": boolShape(), "isHidden": boolShape(),
		"descriptions": texts, "units": texts,
		"value":           {types: []wireType{typeString, typeNumber}},
		"defaultLanguage": languageShape(),
	}}
}

func newAttributeShape() *shape {
	s := attributeShape()
	s.required = []string{keyName, "class", fieldType}
	return s
}

// An attributeInput is a definition in a request.
type attributeInput struct {
	node *node
	at   string
	base int // the index of its first edit in the change
}

// bool sets a flag if it was sent.
func (in attributeInput) bool(name string, to *bool, inverted bool) {
	if m, ok := in.node.members[name]; ok {
		*to = (m.kind() == 't') != inverted
	}
}

// apply sets the members that were sent. label is the description in the directory's language,
// or nil if it was not sent.
func (in attributeInput) apply(d *definition, standard directory.Language) (label *string) {
	in.bool("isPublic", &d.Private, true)
	in.bool("isSearchable", &d.Searchable, false)
	in.bool("isSystem", &d.System, false)
	in.bool("isHidden", &d.Hidden, false)
	d.Group = in.node.textOr("group", d.Group)
	d.TypeParam = in.node.textOr("typeParam", d.TypeParam)
	d.Descriptions, d.Units = in.texts("descriptions", d.Descriptions), in.texts("units", d.Units)
	if text, ok := d.Descriptions[string(standard)]; ok {
		label = &text
		delete(d.Descriptions, string(standard))
	}
	return label
}

// texts merges texts by language into existing ones. An empty text removes its language.
func (in attributeInput) texts(name string, have map[string]string) map[string]string {
	out := maps.Clone(have)
	m, ok := in.node.members[name]
	if !ok {
		return out
	}
	if out == nil {
		out = map[string]string{}
	}
	for _, item := range m.items {
		l := strings.ToUpper(item.textOr("language", ""))
		out[l] = item.textOr("value", "")
		if out[l] == "" {
			delete(out, l)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// check refuses members that the type of the attribute does not support.
func (in attributeInput) check(wire string) error {
	if m, ok := in.node.members["value"]; ok && !isBlank(m) {
		if _, fits := readText(wire, m); !takesDefault(wire) || !fits {
			return wrongType(wire)
		}
	}
	if param := in.node.textOr("typeParam", ""); param != "" && wire != wireEnum && wire != wireEnumList {
		return newFault(codePayload, "Attribute type ["+wire+"] takes no typeParam.")
	}
	for _, name := range []string{"descriptions", "units"} {
		if l, twice := languageTwice(in.node.members[name]); twice {
			return newFault(codePayload, in.at+"/"+name+": the language "+string(l)+" comes twice")
		}
	}
	return nil
}

// languageTwice finds a language that occurs twice in a list.
func languageTwice(n *node) (directory.Language, bool) {
	if n == nil {
		return "", false
	}
	seen := map[directory.Language]bool{}
	for _, item := range n.items {
		l := directory.Language(strings.ToUpper(item.textOr("language", "")))
		if seen[l] {
			return l, true
		}
		seen[l] = true
	}
	return "", false
}

// create returns the edits of a new attribute.
func (in attributeInput) create(q *request, now Directory) ([]directory.Edit, error) {
	wire, name := in.node.textOr(fieldType, ""), in.node.textOr(keyName, "")
	if err := in.check(wire); err != nil {
		return nil, err
	}
	if class := in.node.textOr("class", classUser); class != classUser {
		return nil, newFault(codePayload,
			in.at+"/class: attributes of the class "+class+" cannot be made here, only those of the class "+classUser)
	}
	if _, err := findAttribute(q.ctx(), now, keyName, name, ""); err == nil {
		return nil, newFault(codeAttributeExists, keyName, name)
	}
	var d definition
	label := in.apply(&d, q.Language)
	create := directory.CreateAttribute{
		Name: strings.ToLower(name), Type: typeOfWire(wire, d.TypeParam), Rule: directory.RuleNearest,
	}
	if label != nil {
		create.Label = *label
	}
	if create.Type == directory.TypeYesNo {
		d.TypeParam = ""
	}
	if m, ok := in.node.members["value"]; ok {
		create.Default = &directory.Value{Text: m.text}
	}
	o := directory.Object{Kind: directory.ObjectAttribute, ID: directory.Made[int64](in.base)}
	facet, err := in.facet(o, d)
	return []directory.Edit{create, facet}, err
}

func (in attributeInput) facet(o directory.Object, d definition) (directory.Edit, error) {
	if d.empty() {
		return deleteFacet(o, facetAttr, ""), nil
	}
	return setFacet(o, facetAttr, "", d)
}

// empty reports whether nothing needs to be stored.
func (d definition) empty() bool {
	return !d.Private && !d.Searchable && !d.System && !d.Hidden && d.Group == "" && d.TypeParam == "" &&
		len(d.Descriptions) == 0 && len(d.Units) == 0
}

// update returns the edits that change an attribute. Name, type and class never change;
// changes reports whether different ones were sent.
func (in attributeInput) update(q *request, now Directory,
	a directory.Attribute) (edits []directory.Edit, fixed bool, err error) {
	wire := wireTypeOf(a.Type)
	if err := in.check(wire); err != nil {
		return nil, false, err
	}
	if in.node.textOr("defaultLanguage", string(q.Language)) != string(q.Language) {
		return nil, false, schemaFault(in.at + "/defaultLanguage: value is read-only")
	}
	d, err := q.definition(now, a.ID)
	if err != nil {
		return nil, false, err
	}
	d.System = d.System || a.System
	update := directory.UpdateAttribute{Attribute: a.ID, Label: in.apply(&d, q.Language)}
	d.System = d.System && !a.System
	if a.Type == directory.TypeYesNo {
		d.TypeParam = ""
	}
	if m, ok := in.node.members["value"]; ok && takesDefault(wire) && !a.Hidden &&
		!sameText(wire, a.Default.Text, m.text) {
		update.Default = &directory.Value{Text: m.text}
	}
	facet, err := in.facet(a.ID.Object(), d)
	fixed = showName(in.node.textOr(keyName, a.Name)) != showName(a.Name) || in.node.textOr(fieldType, wire) != wire ||
		in.node.textOr("class", classUser) != classUser
	return []directory.Edit{update, facet}, fixed, err
}

const (
	attributeCreated = "Attribute created"
	attributeUpdated = "Attribute updated"
	notUpdated       = " Fields 'name', 'type' and 'class' are not updated."
)

// createAttribute creates a definition.
func (q *request) createAttribute() error {
	n, err := q.body(newAttributeShape())
	if err != nil {
		return err
	}
	in := attributeInput{node: n, at: "#"}
	done, shown, err := q.commit(func(now Directory) ([]directory.Edit, error) { return in.create(q, now) })
	if err != nil || shown != nil {
		return q.showPreview(shown, err)
	}
	return q.reply(http.StatusCreated, n.echo(done.Results[0].ID, nil), 1, attributeCreated)
}

// updateAttribute changes the members that the body names.
func (q *request) updateAttribute() error {
	key, value, err := q.attributeLookup()
	if err != nil {
		return err
	}
	n, err := q.body(updateShape(attributeShape()))
	if err != nil {
		return err
	}
	in := attributeInput{node: n, at: "#"}
	var id directory.AttributeID
	var fixed bool
	_, shown, err := q.commit(func(now Directory) (edits []directory.Edit, err error) {
		a, err := q.findAttribute(now, key, value)
		if err != nil {
			return nil, err
		}
		if err := checkReadOnly("#", n, map[string]any{keyID: int64(a.ID)}, keyID); err != nil {
			return nil, err
		}
		id = a.ID
		edits, fixed, err = in.update(q, now, a)
		return edits, err
	})
	if err != nil || shown != nil {
		return q.showPreview(shown, err)
	}
	message := attributeUpdated
	if fixed {
		message += "." + notUpdated
	}
	return q.reply(http.StatusOK, n.echo(int64(id), nil), 1, message)
}

// deleteAttribute deletes a definition and all its values.
func (q *request) deleteAttribute() error {
	key, value, err := q.attributeLookup()
	if err != nil {
		return err
	}
	_, shown, err := q.commit(func(now Directory) ([]directory.Edit, error) {
		a, err := q.findAttribute(now, key, value)
		return []directory.Edit{directory.DeleteAttribute{Attribute: a.ID}}, err
	})
	if err != nil || shown != nil {
		return q.showPreview(shown, err)
	}
	return q.deleted("Attribute deleted")
}

// bulkAttributesByID creates or changes many definitions. The id 0 creates one.
func (q *request) bulkAttributesByID() error {
	item := attributeShape()
	item.members[keyID] = idShape(0)
	item.required = []string{keyID}
	return q.bulkAttributes(item, keyID)
}

// bulkAttributesByName creates or changes many definitions, found by name.
func (q *request) bulkAttributesByName() error {
	item := attributeShape()
	item.required = []string{keyName}
	return q.bulkAttributes(item, keyName)
}

func (q *request) bulkAttributes(item *shape, key string) error {
	if err := q.require(directory.ManageAttributes); err != nil {
		return err
	}
	c := &bulkCall{request: q}
	_, items, err := q.bulkItems(itemsShape(item), "", key, func(_ int, _ string, n *node) error {
		c.results = append(c.results, bulkResult{LookupKey: key, Key: n.members[key].raw.Clone()})
		return nil
	})
	if err != nil {
		return err
	}
	c.length = func(i int) int { return len(items.raw[i]) }
	c.plan = func(i int) (plan, error) {
		n, err := items.item(i)
		if err != nil {
			return nil, err
		}
		return q.upsertAttribute(attributeInput{node: n, at: items.place(i)}, key, &c.results[i]), nil
	}
	if q.preview {
		return q.showAttributes(c.results, items, key)
	}
	if err := c.run(inOrder(len(c.results))); err != nil {
		return err
	}
	return q.replyBulk(c.results, "Completed")
}

// showAttributes answers with the preview of a bulk call of definitions.
func (q *request) showAttributes(results []bulkResult, items *bulkItems, key string) error {
	refused := map[int]error{}
	gather := func() (edits []directory.Edit, owner []int, err error) {
		for i := range results {
			n, err := items.item(i)
			if err != nil {
				return nil, nil, err
			}
			var list []directory.Edit
			if err = refused[i]; err == nil {
				list, err = q.upsertAttribute(attributeInput{n, items.place(i), len(edits)}, key, &results[i])(q.dir)
			}
			if err != nil && refusesPreview(err) {
				return nil, nil, err
			}
			if err != nil {
				results[i].fail(err)
				continue
			}
			for _, edit := range list {
				edits, owner = append(edits, edit), append(owner, i)
			}
		}
		return edits, owner, nil
	}
	return q.showBulk(results, gather, func(i int, err error) { refused[i] = err })
}

func (q *request) upsertAttribute(in attributeInput, key string, result *bulkResult) plan {
	return func(now Directory) ([]directory.Edit, error) {
		value := in.node.textOr(key, "")
		class := ""
		if key == keyName {
			class = in.node.textOr("class", "")
		}
		a, err := findAttribute(q.ctx(), now, key, value, class)
		if f, ok := errors.AsType[*fault](err); ok && f.code == codeAttributeNotFound && (key == keyName || value == "0") {
			result.note(0, true)
			result.Message = attributeCreated + "."
			if violations := newAttributeShape().missing(in.at, in.node); violations != nil {
				return nil, schemaFault(violations...)
			}
			return in.create(q, now)
		}
		result.note(int64(a.ID), false)
		if err != nil {
			return nil, err
		}
		result.Message = attributeUpdated + "." + notUpdated
		edits, _, err := in.update(q, now, a)
		return edits, err
	}
}

// missing lists the required members that an object lacks.
func (s *shape) missing(at string, n *node) []string {
	c := checker{}
	c.checkObject(at, &shape{required: s.required}, n)
	return c.found
}
