package scim

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// An operation is one operation of a PATCH. Its value stays unparsed until its attribute is
// known.
type operation struct {
	op    string // add, remove or replace
	path  string // may be empty
	value jsontext.Value
}

const maxOperations = 10_000

// operations reads the body of a PATCH. Names and the values of op are case-insensitive, and
// schemas may be missing.
func operations(body jsontext.Value) ([]operation, error) {
	members, err := rawMembers(body)
	if err != nil {
		return nil, err
	}
	raw, ok := memberOf(members, "Operations")
	if !ok || raw.Kind() != '[' && raw.Kind() != '{' {
		return nil, newFault(http.StatusBadRequest, invalidSyntax, "Operations must be a list of operations.")
	}
	var list []operation
	err = rawElements(raw, func(v jsontext.Value) error {
		o, err := operationOf(v)
		if list = append(list, o); err == nil && len(list) > maxOperations {
			err = newFault(http.StatusRequestEntityTooLarge, "", "There are more than 10,000 operations; send them in parts.")
		}
		return err
	})
	if err == nil && len(list) == 0 {
		err = newFault(http.StatusBadRequest, invalidSyntax, "Operations is empty; send at least one operation.")
	}
	return list, err
}

func operationOf(v jsontext.Value) (operation, error) {
	members, err := rawMembers(v)
	if err != nil {
		return operation{}, newFault(http.StatusBadRequest, invalidSyntax, "An operation must be an object.")
	}
	var o operation
	if o.op, err = textMember(members, "op"); err != nil {
		return o, err
	}
	if o.path, err = textMember(members, "path"); err != nil {
		return o, err
	}
	o.op = strings.ToLower(o.op)
	if value, ok := memberOf(members, "value"); ok {
		o.value = value.Clone()
	}
	switch o.op {
	case "add", "replace":
		if o.value == nil || o.value.Kind() == 'n' && o.op == "add" {
			return o, newFault(http.StatusBadRequest, invalidValue, "The operation "+o.op+" lacks a value.")
		}
	case "remove":
		if o.path == "" {
			return o, newFault(http.StatusBadRequest, noTarget, "The operation remove lacks a path.")
		}
	default:
		return o, newFault(http.StatusBadRequest, invalidSyntax, "op must be add, remove or replace.")
	}
	return o, nil
}

// textMember returns a member that is a string, or "" if it is absent.
func textMember(members []rawMember, name string) (string, error) {
	raw, ok := memberOf(members, name)
	if !ok || raw.Kind() == 'n' {
		return "", nil
	}
	v, err := parseTree(raw)
	if err != nil {
		return "", err
	}
	s, ok := v.(string)
	if !ok {
		return "", newFault(http.StatusBadRequest, invalidSyntax, name+" must be a text.")
	}
	return s, nil
}

// apply applies operations to a resource in place.
func (t *resourceType) apply(o *object, list []operation) error {
	for _, op := range list {
		var value any
		if op.value != nil {
			var err error
			if value, err = parseTree(op.value); err != nil {
				return err
			}
		}
		if err := t.applyOne(o, op, value); err != nil {
			return err
		}
	}
	return nil
}

func (t *resourceType) applyOne(o *object, op operation, value any) error {
	if op.path == "" {
		members, ok := value.(*object)
		if !ok {
			return newFault(http.StatusBadRequest, invalidValue, "Without a path the value must be an object of attributes.")
		}
		return t.applyMembers(o, op.op, members)
	}
	to, err := t.target(op.path)
	if err != nil {
		return err
	}
	if to.readOnly() {
		if to.attr != nil && to.attr.Name == "id" && value == o.get("id") {
			return nil
		}
		return newFault(http.StatusBadRequest, mutability, quoteFor(op.path)+" cannot be changed by clients.")
	}
	if to.attr != nil && to.attr.Name == "password" {
		return nil // accepted and ignored
	}
	if to.attr == nil {
		return t.applyExtension(o, to.schema, op.op, value)
	}
	if op.op == "replace" && isEmpty(value) {
		op.op, value = "remove", nil
	}
	holder := t.holder(o, to.schema)
	err = t.applyTo(holder, &to, op, value)
	t.tidy(o, to.schema)
	return err
}

// applyMembers applies an operation without a path, member by member. Attributes that it does
// not name stay.
func (t *resourceType) applyMembers(o *object, op string, members *object) error {
	for i, name := range members.names {
		value := members.values[i]
		head, _, bracketed := strings.Cut(name, "[")
		s, a, sub := t.place(head)
		inner, isObject := value.(*object)
		switch {
		case s == nil || s.URN == schemaEffective || strings.EqualFold(name, "schemas"),
			a != nil && (a.readOnly() || a.Name == "password" || sub != "" && a.sub(sub) == nil):
			continue
		case a == nil && isObject:
			for j, part := range inner.names {
				if err := t.applyMembers(o, op, &object{[]string{s.URN + ":" + part}, []any{inner.values[j]}}); err != nil {
					return err
				}
			}
			continue
		case a == nil:
			continue
		}
		if bracketed { // emails[type eq "work"].value as a member
			if err := t.applyOne(o, operation{op: op, path: name}, value); err != nil {
				return err
			}
			continue
		}
		if isEmpty(value) && op == "replace" {
			if err := t.applyTo(t.holder(o, s), &target{schema: s, attr: a, sub: sub}, operation{op: "remove"},
				nil); err != nil {
				return err
			}
			t.tidy(o, s)
			continue
		}
		if err := t.applyTo(t.holder(o, s), &target{schema: s, attr: a, sub: sub}, operation{op: op}, value); err != nil {
			return err
		}
		t.tidy(o, s)
	}
	return nil
}

// applyExtension writes or removes a whole extension.
func (t *resourceType) applyExtension(o *object, s *schema, op string, value any) error {
	if op == "remove" || isEmpty(value) {
		o.remove(s.URN)
		return nil
	}
	members, ok := value.(*object)
	if !ok {
		return badValue(s.URN, "must be an object")
	}
	return t.applyMembers(o, op, &object{[]string{s.URN}, []any{members}})
}

// applyTo writes an attribute in the object that holds it.
func (t *resourceType) applyTo(holder *object, to *target, op operation, value any) error {
	a := to.attr
	switch {
	case to.where != nil:
		return applyElements(holder, to, op, value)
	case a.Multi && to.sub != "":
		return applyElements(holder, to, op, value)
	case a.Multi:
		return applyList(holder, a, op.op, value)
	case op.op == "remove" || isEmpty(value) || value == "":
		if a.Required {
			return newFault(http.StatusBadRequest, mutability, a.Name+" is required and cannot be removed.")
		}
		holder.setPart(a, to.sub, nil)
		return nil
	}
	if to.sub != "" {
		part := a.sub(to.sub)
		v, err := normalValue(part, value, a.Name+"."+part.Name)
		if err == nil {
			holder.setPart(a, to.sub, v)
		}
		return err
	}
	v, err := normalValue(a, value, a.Name)
	if err != nil {
		return err
	}
	if sent, ok := v.(*object); ok && op.op != "remove" && (op.op == "add" || a.Name == "name") {
		v = merged(holder.child(a.Name), sent)
	}
	holder.set(a.Name, v)
	return nil
}

// merged returns an object with the members of another added to it.
func merged(o, with *object) *object {
	if o = o.clone(); o == nil {
		o = &object{}
	}
	for i, name := range with.names {
		o.set(name, with.values[i])
	}
	return o
}

// applyList adds to a list, replaces it, or removes some or all of its elements.
func applyList(holder *object, a *attribute, op string, value any) error {
	if op == "remove" && value == nil {
		holder.remove(a.Name)
		return nil
	}
	v, err := normalValue(a, value, a.Name)
	if err != nil {
		return err
	}
	sent, _ := v.([]any)
	have, _ := holder.get(a.Name).([]any)
	switch op {
	case "replace":
		holder.set(a.Name, sent)
	case "add":
		holder.set(a.Name, withElements(have, sent))
	case "remove":
		var left []any
		for _, e := range have {
			if !containsValue(sent, e) {
				left = append(left, e)
			}
		}
		holder.set(a.Name, left)
	}
	return nil
}

// withElements adds missing elements. A new primary element makes the others not primary.
func withElements(have, sent []any) []any {
	list := append([]any(nil), have...)
	for _, e := range sent {
		if o, ok := e.(*object); ok && o.get("primary") == true {
			list = withoutPrimary(list, -1)
		}
		if !contains(list, e) {
			list = append(list, e)
		}
	}
	return list
}

// withoutPrimary clears the primary mark of all elements but one.
func withoutPrimary(list []any, but int) []any {
	out := append([]any(nil), list...)
	for i, e := range out {
		if o, ok := e.(*object); ok && i != but && o.get("primary") == true {
			o = o.clone()
			o.set("primary", false)
			out[i] = o
		}
	}
	return out
}

// containsValue reports whether a list has an equal element, or one whose value is all that
// the new element says.
func containsValue(list []any, e any) bool {
	for _, s := range list {
		if same(s, e) {
			return true
		}
		given, ok := s.(*object)
		have, ok2 := e.(*object)
		if ok && ok2 && len(given.names) == 1 && given.get("value") != nil && same(given.get("value"), have.get("value")) {
			return true
		}
	}
	return false
}

// applyElements writes sub-attributes of the elements that a filter selects. If none matches,
// it creates the element that the filter describes: Entra adds an e-mail in this way.
func applyElements(holder *object, to *target, op operation, value any) error {
	have, _ := holder.get(to.attr.Name).([]any)
	list, found := append([]any(nil), have...), false
	for i := range list {
		e, ok := list[i].(*object)
		if !ok || to.where != nil && !matchesElement(to.attr, to.where, e) {
			continue
		}
		found = true
		changed, err := to.changed(e, op.op, value)
		if err != nil {
			return err
		}
		if list[i] = nil; !isEmpty(changed) {
			list[i] = changed
			if changed.get("primary") == true && e.get("primary") != true {
				list = withoutPrimary(list, i)
			}
		}
	}
	if !found {
		if op.op == "remove" {
			return nil
		}
		e, ok := described(to.where)
		if !ok {
			return newFault(http.StatusBadRequest, noTarget, "No element of "+to.attr.Name+" matches the filter of the path.")
		}
		changed, err := to.changed(e, op.op, value)
		if err != nil || isEmpty(changed) { // an element without a value counts as absent
			return err
		}
		list = withElements(list, []any{changed})
	}
	var left []any
	for _, e := range list {
		if e != nil {
			left = append(left, e)
		}
	}
	holder.set(to.attr.Name, left)
	return nil
}

// changed returns an element after an operation, or nil if it was removed.
func (t *target) changed(e *object, op string, value any) (*object, error) {
	e = e.clone()
	switch {
	case op == "remove" && t.sub == "":
		return nil, nil
	case op == "remove":
		part := t.attr.sub(t.sub)
		e.remove(part.Name)
		if part.Name == "value" { // an e-mail without an address counts as absent
			return nil, nil
		}
		return e, nil
	case t.sub != "":
		part := t.attr.sub(t.sub)
		v, err := normalValue(part, value, t.attr.Name+"."+part.Name)
		if err != nil {
			return nil, err
		}
		if part.Name == "value" && (v == nil || v == "") {
			return nil, nil
		}
		e.set(part.Name, v)
		return e, nil
	}
	v, err := normalValue(&attribute{Name: t.attr.Name, Type: typeComplex, Sub: t.attr.Sub}, value, t.attr.Name)
	if err != nil {
		return nil, err
	}
	if sent, ok := v.(*object); ok {
		e = merged(e, sent)
	}
	return e, nil
}

// described returns the element that a filter of eq comparisons describes.
func described(f filter) (*object, bool) {
	switch f := f.(type) {
	case nil:
		return nil, false
	case andFilter:
		all := &object{}
		for _, g := range f {
			o, ok := described(g)
			if !ok {
				return nil, false
			}
			all = merged(all, o)
		}
		return all, true
	case comparison:
		if f.op != "eq" || f.value == nil {
			return nil, false
		}
		v := f.value
		if strings.EqualFold(f.path.name, "primary") {
			v, _ = boolOf(v)
		}
		return of(f.path.name, v), true
	}
	return nil, false
}
