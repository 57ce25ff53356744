package resource

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// An Operation is one operation of a PATCH. Its value stays unparsed until its attribute is
// known.
type Operation struct {
	Op    string // add, remove or replace
	Path  string // may be empty
	Value jsontext.Value
}

const maxOperations = 10_000

// Operations reads the body of a PATCH. Names and the values of op are case-insensitive, and
// schemas may be missing.
func Operations(body jsontext.Value) ([]Operation, error) {
	members, err := RawMembers(body)
	if err != nil {
		return nil, err
	}
	raw, ok := MemberOf(members, "Operations")
	if !ok || raw.Kind() != '[' && raw.Kind() != '{' {
		return nil, BadRequest(InvalidSyntax, "Operations must be a list of operations.")
	}
	var list []Operation
	err = RawElements(raw, func(v jsontext.Value) error {
		o, err := operationOf(v)
		if list = append(list, o); err == nil && len(list) > maxOperations {
			err = NewFault(http.StatusRequestEntityTooLarge, "", "There are more than 10,000 operations; send them in parts.")
		}
		return err
	})
	if err == nil && len(list) == 0 {
		err = BadRequest(InvalidSyntax, "Operations is empty; send at least one operation.")
	}
	return list, err
}

func operationOf(v jsontext.Value) (Operation, error) {
	members, err := RawMembers(v)
	if err != nil {
		return Operation{}, BadRequest(InvalidSyntax, "An operation must be an object.")
	}
	var o Operation
	if o.Op, err = textMember(members, "op"); err != nil {
		return o, err
	}
	if o.Path, err = textMember(members, "path"); err != nil {
		return o, err
	}
	o.Op = strings.ToLower(o.Op)
	if value, ok := MemberOf(members, "value"); ok {
		o.Value = value.Clone()
	}
	switch o.Op {
	case "add", "replace":
		if o.Value == nil || o.Value.Kind() == 'n' && o.Op == "add" {
			return o, BadRequest(InvalidValue, "The operation "+o.Op+" lacks a value.")
		}
	case "remove":
		if o.Path == "" {
			return o, BadRequest(noTarget, "The operation remove lacks a path.")
		}
	default:
		return o, BadRequest(InvalidSyntax, "op must be add, remove or replace.")
	}
	return o, nil
}

// textMember returns a member that is a string, or "" if it is absent.
func textMember(members []RawMember, name string) (string, error) {
	raw, ok := MemberOf(members, name)
	if !ok || raw.Kind() == 'n' {
		return "", nil
	}
	v, err := ParseTree(raw)
	if err != nil {
		return "", err
	}
	s, ok := v.(string)
	if !ok {
		return "", BadRequest(InvalidSyntax, name+" must be a text.")
	}
	return s, nil
}

// Apply applies operations to a resource in place.
func (t *Type) Apply(o *Object, list []Operation) error {
	for _, op := range list {
		var value any
		if op.Value != nil {
			var err error
			if value, err = ParseTree(op.Value); err != nil {
				return err
			}
		}
		if err := t.applyOne(o, op, value); err != nil {
			return err
		}
	}
	return nil
}

func (t *Type) applyOne(o *Object, op Operation, value any) error {
	if op.Path == "" {
		members, ok := value.(*Object)
		if !ok {
			return BadRequest(InvalidValue, "Without a path the value must be an object of attributes.")
		}
		return t.applyMembers(o, op.Op, members)
	}
	to, err := t.Target(op.Path)
	if err != nil {
		return err
	}
	if to.readOnly() {
		if to.Attr != nil && to.Attr.Name == "id" && value == o.Get("id") {
			return nil
		}
		return BadRequest(Mutability, QuoteFor(op.Path)+" cannot be changed by clients.")
	}
	if to.Attr != nil && to.Attr.Name == "password" {
		return nil // accepted and ignored
	}
	if to.Attr == nil {
		return t.applyExtension(o, to.schema, op.Op, value)
	}
	if op.Op == "replace" && IsEmpty(value) {
		op.Op, value = "remove", nil
	}
	holder := t.holder(o, to.schema)
	err = t.applyTo(holder, &to, op, value)
	t.tidy(o, to.schema)
	return err
}

// applyMembers applies an operation without a path, member by member. Attributes that it does
// not name stay.
func (t *Type) applyMembers(o *Object, op string, members *Object) error {
	for i, name := range members.Names {
		value := members.Values[i]
		head, _, bracketed := strings.Cut(name, "[")
		s, a, sub := t.Place(head)
		inner, isObject := value.(*Object)
		switch {
		case s == nil || s.URN == SchemaEffective || strings.EqualFold(name, "schemas"),
			a != nil && (a.readOnly() || a.Name == "password" || sub != "" && a.SubAttribute(sub) == nil):
			continue
		case a == nil && isObject:
			for j, part := range inner.Names {
				if err := t.applyMembers(o, op, &Object{[]string{s.URN + ":" + part}, []any{inner.Values[j]}}); err != nil {
					return err
				}
			}
			continue
		case a == nil:
			continue
		}
		if bracketed { // emails[type eq "work"].value as a member
			if err := t.applyOne(o, Operation{Op: op, Path: name}, value); err != nil {
				return err
			}
			continue
		}
		if IsEmpty(value) && op == "replace" {
			if err := t.applyTo(t.holder(o, s), &Target{schema: s, Attr: a, Sub: sub}, Operation{Op: "remove"},
				nil); err != nil {
				return err
			}
			t.tidy(o, s)
			continue
		}
		if err := t.applyTo(t.holder(o, s), &Target{schema: s, Attr: a, Sub: sub}, Operation{Op: op}, value); err != nil {
			return err
		}
		t.tidy(o, s)
	}
	return nil
}

// applyExtension writes or removes a whole extension.
func (t *Type) applyExtension(o *Object, s *Schema, op string, value any) error {
	if op == "remove" || IsEmpty(value) {
		o.Remove(s.URN)
		return nil
	}
	members, ok := value.(*Object)
	if !ok {
		return BadValue(s.URN, "must be an object")
	}
	return t.applyMembers(o, op, &Object{[]string{s.URN}, []any{members}})
}

// applyTo writes an attribute in the object that holds it.
func (t *Type) applyTo(holder *Object, to *Target, op Operation, value any) error {
	a := to.Attr
	switch {
	case to.Where != nil:
		return applyElements(holder, to, op, value)
	case a.Multi && to.Sub != "":
		return applyElements(holder, to, op, value)
	case a.Multi:
		return applyList(holder, a, op.Op, value)
	case op.Op == "remove" || IsEmpty(value) || value == "":
		if a.Required {
			return BadRequest(Mutability, a.Name+" is required and cannot be removed.")
		}
		holder.setPart(a, to.Sub, nil)
		return nil
	}
	if to.Sub != "" {
		part := a.SubAttribute(to.Sub)
		v, err := NormalValue(part, value, a.Name+"."+part.Name)
		if err == nil {
			holder.setPart(a, to.Sub, v)
		}
		return err
	}
	v, err := NormalValue(a, value, a.Name)
	if err != nil {
		return err
	}
	if sent, ok := v.(*Object); ok && op.Op != "remove" && (op.Op == "add" || a.Name == "name") {
		v = merged(holder.Child(a.Name), sent)
	}
	holder.Set(a.Name, v)
	return nil
}

// merged returns an object with the members of another added to it.
func merged(o, with *Object) *Object {
	if o = o.Clone(); o == nil {
		o = &Object{}
	}
	for i, name := range with.Names {
		o.Set(name, with.Values[i])
	}
	return o
}

// applyList adds to a list, replaces it, or removes some or all of its elements.
func applyList(holder *Object, a *Attribute, op string, value any) error {
	if op == "remove" && value == nil {
		holder.Remove(a.Name)
		return nil
	}
	v, err := NormalValue(a, value, a.Name)
	if err != nil {
		return err
	}
	sent, _ := v.([]any)
	have, _ := holder.Get(a.Name).([]any)
	switch op {
	case "replace":
		holder.Set(a.Name, sent)
	case "add":
		holder.Set(a.Name, withElements(have, sent))
	case "remove":
		var left []any
		for _, e := range have {
			if !containsValue(sent, e) {
				left = append(left, e)
			}
		}
		holder.Set(a.Name, left)
	}
	return nil
}

// withElements adds missing elements. A new primary element makes the others not primary.
func withElements(have, sent []any) []any {
	list := append([]any(nil), have...)
	for _, e := range sent {
		if o, ok := e.(*Object); ok && o.Get("primary") == true {
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
		if o, ok := e.(*Object); ok && i != but && o.Get("primary") == true {
			o = o.Clone()
			o.Set("primary", false)
			out[i] = o
		}
	}
	return out
}

// containsValue reports whether a list has an equal element, or one whose value is all that
// the new element says.
func containsValue(list []any, e any) bool {
	for _, s := range list {
		if Same(s, e) {
			return true
		}
		given, ok := s.(*Object)
		have, ok2 := e.(*Object)
		if ok && ok2 && len(given.Names) == 1 && given.Get("value") != nil && Same(given.Get("value"), have.Get("value")) {
			return true
		}
	}
	return false
}

// applyElements writes sub-attributes of the elements that a filter selects. If none matches,
// it creates the element that the filter describes: Entra adds an e-mail in this way.
func applyElements(holder *Object, to *Target, op Operation, value any) error {
	have, _ := holder.Get(to.Attr.Name).([]any)
	list, found := append([]any(nil), have...), false
	for i := range list {
		e, ok := list[i].(*Object)
		if !ok || to.Where != nil && !MatchesElement(to.Attr, to.Where, e) {
			continue
		}
		found = true
		changed, err := to.changed(e, op.Op, value)
		if err != nil {
			return err
		}
		if list[i] = nil; !IsEmpty(changed) {
			list[i] = changed
			if changed.Get("primary") == true && e.Get("primary") != true {
				list = withoutPrimary(list, i)
			}
		}
	}
	if !found {
		if op.Op == "remove" {
			return nil
		}
		e, ok := described(to.Where)
		if !ok {
			return BadRequest(noTarget, "No element of "+to.Attr.Name+" matches the filter of the path.")
		}
		changed, err := to.changed(e, op.Op, value)
		if err != nil || IsEmpty(changed) { // an element without a value counts as absent
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
	holder.Set(to.Attr.Name, left)
	return nil
}

// changed returns an element after an operation, or nil if it was removed.
func (t *Target) changed(e *Object, op string, value any) (*Object, error) {
	e = e.Clone()
	switch {
	case op == "remove" && t.Sub == "":
		return nil, nil
	case op == "remove":
		part := t.Attr.SubAttribute(t.Sub)
		e.Remove(part.Name)
		if part.Name == "value" { // an e-mail without an address counts as absent
			return nil, nil
		}
		return e, nil
	case t.Sub != "":
		part := t.Attr.SubAttribute(t.Sub)
		v, err := NormalValue(part, value, t.Attr.Name+"."+part.Name)
		if err != nil {
			return nil, err
		}
		if part.Name == "value" && (v == nil || v == "") {
			return nil, nil
		}
		e.Set(part.Name, v)
		return e, nil
	}
	v, err := NormalValue(&Attribute{Name: t.Attr.Name, Type: typeComplex, Sub: t.Attr.Sub}, value, t.Attr.Name)
	if err != nil {
		return nil, err
	}
	if sent, ok := v.(*Object); ok {
		e = merged(e, sent)
	}
	return e, nil
}

// described returns the element that a filter of eq comparisons describes.
func described(f Filter) (*Object, bool) {
	switch f := f.(type) {
	case nil:
		return nil, false
	case AndFilter:
		all := &Object{}
		for _, g := range f {
			o, ok := described(g)
			if !ok {
				return nil, false
			}
			all = merged(all, o)
		}
		return all, true
	case Comparison:
		if f.Op != "eq" || f.Value == nil {
			return nil, false
		}
		v := f.Value
		if strings.EqualFold(f.Path.Name, "primary") {
			v, _ = BoolOf(v)
		}
		return NewObject(f.Path.Name, v), true
	}
	return nil, false
}
