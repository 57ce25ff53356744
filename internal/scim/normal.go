package scim

import (
	"net/http"
	"strconv"
	"strings"
)

// normal converts a resource as sent to the form that this package stores: attribute names as
// in their schemas, booleans as booleans, no empty or unknown members. Read-only attributes
// are dropped (RFC 7644, sections 3.3 and 3.5.1).
func (t *resourceType) normal(sent *object) (*object, error) {
	out := &object{}
	for i, name := range sent.names {
		if err := t.put(out, name, sent.values[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// put writes a member of a resource, named in any way that clients use: an attribute, a
// sub-attribute behind a dot, an attribute with its URN, or the URN of a schema with an
// object. An empty value removes the attribute.
func (t *resourceType) put(out *object, name string, sent any) error {
	s, a, sub := t.place(name)
	switch {
	case s == nil || s.URN == schemaEffective:
		return nil // unknown members are ignored
	case a == nil:
		members, _ := sent.(*object)
		if members == nil {
			if isEmpty(sent) {
				out.remove(s.URN)
			}
			return nil
		}
		for i, inner := range members.names {
			if err := t.put(out, s.URN+":"+inner, members.values[i]); err != nil {
				return err
			}
		}
		return nil
	case a.readOnly() || a.Name == "password" || strings.EqualFold(name, "schemas"):
		return nil
	}
	if sub != "" && (a.Multi || a.sub(sub) == nil || a.sub(sub).readOnly()) {
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

func (t *resourceType) valueFor(a *attribute, sub string, sent any) (any, error) {
	if sub == "" {
		return normalValue(a, sent, a.Name)
	}
	part := a.sub(sub)
	return normalValue(part, sent, a.Name+"."+part.Name)
}

// holder returns the object that holds the attributes of a schema, and creates it if
// necessary.
func (t *resourceType) holder(out *object, s *schema) *object {
	if s.URN == t.core.URN {
		return out
	}
	o := out.child(s.URN)
	if o == nil {
		o = &object{}
		if i := out.index(s.URN); i >= 0 {
			out.values[i] = o
		} else {
			out.names, out.values = append(out.names, s.URN), append(out.values, o)
		}
	}
	return o
}

// tidy removes an empty extension.
func (t *resourceType) tidy(out *object, s *schema) {
	if s.URN != t.core.URN && isEmpty(out.child(s.URN)) {
		out.remove(s.URN)
	}
}

// setPart writes an attribute or one of its sub-attributes.
func (o *object) setPart(a *attribute, sub string, v any) {
	if sub == "" {
		o.set(a.Name, v)
		return
	}
	part := a.sub(sub)
	c := o.child(a.Name).clone()
	if c == nil {
		c = &object{}
	}
	c.set(part.Name, v)
	o.set(a.Name, c)
}

// normalValue normalizes the value of an attribute. Null, "", [] and {} are empty. A single
// element stands for a list of one, and a string for the value of an element.
func normalValue(a *attribute, sent any, path string) (any, error) {
	if isEmpty(sent) || sent == "" && a.Name != "value" {
		return nil, nil
	}
	list, isList := sent.([]any)
	if !a.Multi {
		if isList {
			if len(list) > 1 {
				return nil, badValue(path, "takes one value, not "+strconv.Itoa(len(list)))
			}
			return normalValue(a, list[0], path)
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
		if isEmpty(v) || contains(out, v) {
			continue
		}
		if o, ok := v.(*object); ok && o.get("primary") == true {
			primaries++
		}
		out = append(out, v)
	}
	if primaries > 1 {
		return nil, badValue(path, "has more than one primary element; mark one")
	}
	if out == nil {
		return nil, nil
	}
	return out, nil
}

func contains(list []any, v any) bool {
	for _, e := range list {
		if same(e, v) {
			return true
		}
	}
	return false
}

// normalSingle normalizes one value.
func normalSingle(a *attribute, sent any, path string) (any, error) {
	if isEmpty(sent) {
		return nil, nil
	}
	switch a.kind() {
	case typeComplex:
		return normalComplex(a, sent, path)
	case typeBoolean:
		b, ok := boolOf(sent)
		if !ok {
			return nil, badValue(path, "must be true or false")
		}
		return b, nil
	case typeInteger, typeDecimal:
		switch v := sent.(type) {
		case number:
			return v, nil
		case string:
			return number(v), nil
		}
		return nil, badValue(path, "must be a number")
	}
	switch v := sent.(type) {
	case string:
		return v, nil
	case number, bool:
		return textOf(v), nil
	}
	return nil, badValue(path, "must be a text")
}

func normalComplex(a *attribute, sent any, path string) (any, error) {
	o, ok := sent.(*object)
	if !ok {
		value := a.sub("value")
		if value == nil {
			return nil, badValue(path, "must be an object")
		}
		if sent == "" {
			return nil, nil
		}
		v, err := normalSingle(value, sent, path)
		if err != nil {
			return nil, err
		}
		return of("value", v), nil
	}
	out := &object{}
	for i, name := range o.names {
		part := a.sub(name)
		if strings.EqualFold(name, "managerId") && a.sub("displayName") != nil && a.sub("value") != nil {
			part = a.sub("value")
		}
		if part == nil || part.readOnly() && part.Name != "display" {
			continue
		}
		v, err := normalValue(part, o.values[i], path+"."+part.Name)
		if err != nil {
			return nil, err
		}
		if v == "" {
			v = nil
		}
		out.set(part.Name, v)
	}
	return out, nil
}

func badValue(path, what string) error {
	return newFault(http.StatusBadRequest, invalidValue, path+" "+what+".")
}
