package resource

import (
	"strconv"
	"strings"
)

// Normal converts a resource as sent to the form that this package stores: attribute names as
// in their schemas, booleans as booleans, no empty or unknown members. Read-only attributes
// are dropped (RFC 7644, sections 3.3 and 3.5.1).
func (t *Type) Normal(sent *Object) (*Object, error) {
	out := &Object{}
	for i, name := range sent.Names {
		if err := t.put(out, name, sent.Values[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// put writes a member of a resource, named in any way that clients use: an attribute, a
// sub-attribute behind a dot, an attribute with its URN, or the URN of a schema with an
// object. An empty value removes the attribute.
func (t *Type) put(out *Object, name string, sent any) error {
	s, a, sub := t.Place(name)
	switch {
	case s == nil || s.URN == SchemaEffective:
		return nil // unknown members are ignored
	case a == nil:
		members, _ := sent.(*Object)
		if members == nil {
			if IsEmpty(sent) {
				out.Remove(s.URN)
			}
			return nil
		}
		for i, inner := range members.Names {
			if err := t.put(out, s.URN+":"+inner, members.Values[i]); err != nil {
				return err
			}
		}
		return nil
	case a.readOnly() || a.Name == "password" || strings.EqualFold(name, "schemas"):
		return nil
	}
	if sub != "" && (a.Multi || a.SubAttribute(sub) == nil || a.SubAttribute(sub).readOnly()) {
		return nil // a sub-attribute of a simple or multi-valued attribute
	}
	v, err := t.valueFor(a, sub, sent)
	if err != nil {
		return err
	}
	t.holder(out, s).setPart(a, sub, v)
	t.tidy(out, s)
	return nil
}

func (t *Type) valueFor(a *Attribute, sub string, sent any) (any, error) {
	if sub == "" {
		return NormalValue(a, sent, a.Name)
	}
	part := a.SubAttribute(sub)
	return NormalValue(part, sent, a.Name+"."+part.Name)
}

// holder returns the object that holds the attributes of a schema, and creates it if
// necessary.
func (t *Type) holder(out *Object, s *Schema) *Object {
	if s.URN == t.Core.URN {
		return out
	}
	o := out.Child(s.URN)
	if o == nil {
		o = &Object{}
		if i := out.Index(s.URN); i >= 0 {
			out.Values[i] = o
		} else {
			out.Names, out.Values = append(out.Names, s.URN), append(out.Values, o)
		}
	}
	return o
}

// tidy removes an empty extension.
func (t *Type) tidy(out *Object, s *Schema) {
	if s.URN != t.Core.URN && IsEmpty(out.Child(s.URN)) {
		out.Remove(s.URN)
	}
}

// setPart writes an attribute or one of its sub-attributes.
func (o *Object) setPart(a *Attribute, sub string, v any) {
	if sub == "" {
		o.Set(a.Name, v)
		return
	}
	part := a.SubAttribute(sub)
	c := o.Child(a.Name).Clone()
	if c == nil {
		c = &Object{}
	}
	c.Set(part.Name, v)
	o.Set(a.Name, c)
}

// NormalValue normalizes the value of an attribute. Null, "", [] and {} are empty. A single
// element stands for a list of one, and a string for the value of an element.
func NormalValue(a *Attribute, sent any, path string) (any, error) {
	if IsEmpty(sent) || sent == "" && a.Name != "value" {
		return nil, nil
	}
	list, isList := sent.([]any)
	if !a.Multi {
		if isList {
			if len(list) > 1 {
				return nil, BadValue(path, "takes one value, not "+strconv.Itoa(len(list)))
			}
			return NormalValue(a, list[0], path)
		}
		return normalSingle(a, sent, path)
	}
	if !isList {
		list = []any{sent}
	}
	var out []any
	primaries := 0
	for _, e := range list {
		v, err := normalSingle(a, e, path)
		if err != nil {
			return nil, err
		}
		if IsEmpty(v) || contains(out, v) {
			continue
		}
		if o, ok := v.(*Object); ok && o.Get("primary") == true {
			primaries++
		}
		out = append(out, v)
	}
	if primaries > 1 {
		return nil, BadValue(path, "has more than one primary element; mark one")
	}
	if out == nil {
		return nil, nil
	}
	return out, nil
}

func contains(list []any, v any) bool {
	for _, e := range list {
		if Same(e, v) {
			return true
		}
	}
	return false
}

// normalSingle normalizes one value.
func normalSingle(a *Attribute, sent any, path string) (any, error) {
	if IsEmpty(sent) {
		return nil, nil
	}
	switch a.kind() {
	case typeComplex:
		return normalComplex(a, sent, path)
	case TypeBoolean:
		b, ok := BoolOf(sent)
		if !ok {
			return nil, BadValue(path, "must be true or false")
		}
		return b, nil
	case TypeInteger, TypeDecimal:
		switch v := sent.(type) {
		case Number:
			return v, nil
		case string:
			return Number(v), nil
		}
		return nil, BadValue(path, "must be a number")
	}
	switch v := sent.(type) {
	case string:
		return v, nil
	case Number, bool:
		return TextOf(v), nil
	}
	return nil, BadValue(path, "must be a text")
}

func normalComplex(a *Attribute, sent any, path string) (any, error) {
	o, ok := sent.(*Object)
	if !ok {
		value := a.SubAttribute("value")
		if value == nil {
			return nil, BadValue(path, "must be an object")
		}
		if sent == "" {
			return nil, nil
		}
		v, err := normalSingle(value, sent, path)
		if err != nil {
			return nil, err
		}
		return NewObject("value", v), nil
	}
	out := &Object{}
	for i, name := range o.Names {
		part := a.SubAttribute(name)
		if strings.EqualFold(name, "managerId") && a.SubAttribute("displayName") != nil && a.SubAttribute("value") != nil {
			part = a.SubAttribute("value")
		}
		if part == nil || part.readOnly() && part.Name != "display" {
			continue
		}
		v, err := NormalValue(part, o.Values[i], path+"."+part.Name)
		if err != nil {
			return nil, err
		}
		if v == "" {
			v = nil
		}
		out.Set(part.Name, v)
	}
	return out, nil
}

// BadValue returns the fault of an attribute with a wrong value.
func BadValue(path, what string) error {
	return BadRequest(InvalidValue, path+" "+what+".")
}
