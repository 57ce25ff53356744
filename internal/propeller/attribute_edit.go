package propeller

import (
	"errors"
	"net/http"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/propeller/bulk"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/fault"
	"cohort/internal/propeller/schema"
)

// creation returns the edits of a new attribute.
func (q *request) creation(in document.AttributeInput, now Directory) ([]directory.Edit, error) {
	wire, name := in.Node.TextOr(document.FieldType, ""), in.Node.TextOr(document.KeyName, "")
	if err := in.Check(wire); err != nil {
		return nil, err
	}
	if class := in.Node.TextOr("class", document.ClassUser); class != document.ClassUser {
		return nil, fault.New(fault.Payload,
			in.At+"/class: attributes of the class "+class+" cannot be made here, only those of the class "+document.ClassUser)
	}
	if _, err := findAttribute(q.ctx(), now, document.KeyName, name, ""); err == nil {
		return nil, fault.New(fault.AttributeExists, document.KeyName, name)
	}
	var d document.Definition
	label := in.Apply(&d, q.Language)
	create := directory.CreateAttribute{
		Name: strings.ToLower(name), Type: document.TypeOfWire(wire, d.TypeParam), Rule: directory.RuleNearest,
	}
	if label != nil {
		create.Label = *label
	}
	if create.Type == directory.TypeYesNo {
		d.TypeParam = ""
	}
	if m, ok := in.Node.Members["value"]; ok {
		create.Default = &directory.Value{Text: m.Text}
	}
	o := directory.Object{Kind: directory.ObjectAttribute, ID: directory.Made[int64](in.Base)}
	facet, err := in.Facet(o, d)
	return []directory.Edit{create, facet}, err
}

// update returns the edits that change an attribute. Name, type and class never change;
// changes reports whether different ones were sent.
func (q *request) update(in document.AttributeInput, now Directory,
	a directory.Attribute) (edits []directory.Edit, fixed bool, err error) {
	wire := document.WireTypeOf(a.Type)
	if err := in.Check(wire); err != nil {
		return nil, false, err
	}
	if in.Node.TextOr("defaultLanguage", string(q.Language)) != string(q.Language) {
		return nil, false, fault.Schema(in.At + "/defaultLanguage: value is read-only")
	}
	d, err := q.definition(now, a.ID)
	if err != nil {
		return nil, false, err
	}
	d.System = d.System || a.System
	update := directory.UpdateAttribute{Attribute: a.ID, Label: in.Apply(&d, q.Language)}
	d.System = d.System && !a.System
	if a.Type == directory.TypeYesNo {
		d.TypeParam = ""
	}
	if m, ok := in.Node.Members["value"]; ok && document.TakesDefault(wire) && !a.Hidden &&
		!document.SameText(wire, a.Default.Text, m.Text) {
		update.Default = &directory.Value{Text: m.Text}
	}
	facet, err := in.Facet(a.ID.Object(), d)
	fixed = document.ShowAttributeName(in.Node.TextOr(document.KeyName, a.Name)) != document.ShowAttributeName(a.Name) ||
		in.Node.TextOr(document.FieldType, wire) != wire ||
		in.Node.TextOr("class", document.ClassUser) != document.ClassUser
	return []directory.Edit{update, facet}, fixed, err
}

const (
	attributeCreated = "Attribute created"
	attributeUpdated = "Attribute updated"
	notUpdated       = " Fields 'name', 'type' and 'class' are not updated."
)

// createAttribute creates a definition.
func (q *request) createAttribute() error {
	n, err := q.body(document.NewAttributeShape())
	if err != nil {
		return err
	}
	in := document.AttributeInput{Node: n, At: "#"}
	done, shown, err := q.commit(func(now Directory) ([]directory.Edit, error) { return q.creation(in, now) })
	if err != nil || shown != nil {
		return q.showPreview(shown, err)
	}
	return q.reply(http.StatusCreated, n.Echo(done.Results[0].ID, nil), 1, attributeCreated)
}

// updateAttribute changes the members that the body names.
func (q *request) updateAttribute() error {
	key, value, err := q.attributeLookup()
	if err != nil {
		return err
	}
	n, err := q.body(document.ForUpdate(document.AttributeShape()))
	if err != nil {
		return err
	}
	in := document.AttributeInput{Node: n, At: "#"}
	var id directory.AttributeID
	var fixed bool
	_, shown, err := q.commit(func(now Directory) (edits []directory.Edit, err error) {
		a, err := q.findAttribute(now, key, value)
		if err != nil {
			return nil, err
		}
		if err := schema.CheckReadOnly("#", n, map[string]any{document.KeyID: int64(a.ID)}, document.KeyID); err != nil {
			return nil, err
		}
		id = a.ID
		edits, fixed, err = q.update(in, now, a)
		return edits, err
	})
	if err != nil || shown != nil {
		return q.showPreview(shown, err)
	}
	message := attributeUpdated
	if fixed {
		message += "." + notUpdated
	}
	return q.reply(http.StatusOK, n.Echo(int64(id), nil), 1, message)
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
	item := document.AttributeShape()
	item.Members[document.KeyID] = schema.ID(0)
	item.Required = []string{document.KeyID}
	return q.bulkAttributes(item, document.KeyID)
}

// bulkAttributesByName creates or changes many definitions, found by name.
func (q *request) bulkAttributesByName() error {
	item := document.AttributeShape()
	item.Required = []string{document.KeyName}
	return q.bulkAttributes(item, document.KeyName)
}

func (q *request) bulkAttributes(item *schema.Shape, key string) error {
	if err := q.require(directory.ManageAttributes); err != nil {
		return err
	}
	form := bulk.ItemsShape(item)
	n, err := q.body(form)
	if err != nil {
		return err
	}
	c := &bulk.Call{Request: q.bulk()}
	items, err := bulk.ReadItems(n, form, "", key, func(_ int, _ string, n *schema.Node) error {
		c.Results = append(c.Results, bulk.Result{LookupKey: key, Key: n.Members[key].Raw.Clone()})
		return nil
	})
	if err != nil {
		return err
	}
	c.Len = items.Len
	c.Plan = func(i int) (bulk.Plan, error) {
		n, err := items.Item(i)
		if err != nil {
			return nil, err
		}
		return q.upsertAttribute(document.AttributeInput{Node: n, At: items.Place(i)}, key, &c.Results[i]), nil
	}
	if q.preview {
		return q.showAttributes(c.Results, items, key)
	}
	if err := c.Run(bulk.InOrder(len(c.Results))); err != nil {
		return err
	}
	return q.replyBulk(c.Results, "Completed")
}

// showAttributes answers with the preview of a bulk call of definitions.
func (q *request) showAttributes(results []bulk.Result, items *bulk.Items, key string) error {
	refused := map[int]error{}
	gather := func() (edits []directory.Edit, owner []int, err error) {
		for i := range results {
			n, err := items.Item(i)
			if err != nil {
				return nil, nil, err
			}
			var list []directory.Edit
			if err = refused[i]; err == nil {
				in := document.AttributeInput{Node: n, At: items.Place(i), Base: len(edits)}
				list, err = q.upsertAttribute(in, key, &results[i])(q.dir)
			}
			if err != nil && refusesPreview(err) {
				return nil, nil, err
			}
			if err != nil {
				results[i].Fail(err)
				continue
			}
			for _, edit := range list {
				edits, owner = append(edits, edit), append(owner, i)
			}
		}
		return edits, owner, nil
	}
	return q.showBulk(q.bulk().Preview(results, gather, func(i int, err error) { refused[i] = err }))
}

func (q *request) upsertAttribute(in document.AttributeInput, key string, result *bulk.Result) bulk.Plan {
	return func(now Directory) ([]directory.Edit, error) {
		value := in.Node.TextOr(key, "")
		class := ""
		if key == document.KeyName {
			class = in.Node.TextOr("class", "")
		}
		a, err := findAttribute(q.ctx(), now, key, value, class)
		if f, ok := errors.AsType[*fault.Fault](err); ok && f.Code == fault.AttributeNotFound &&
			(key == document.KeyName || value == "0") {
			result.Note(0, true)
			result.Message = attributeCreated + "."
			if violations := document.NewAttributeShape().Missing(in.At, in.Node); violations != nil {
				return nil, fault.Schema(violations...)
			}
			return q.creation(in, now)
		}
		result.Note(int64(a.ID), false)
		if err != nil {
			return nil, err
		}
		result.Message = attributeUpdated + "." + notUpdated
		edits, _, err := q.update(in, now, a)
		return edits, err
	}
}
