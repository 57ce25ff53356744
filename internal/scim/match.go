package scim

import (
	"net/http"
	"strings"
	"time"

	"cohort/internal/directory"
)

// A filter is checked once, before any resource is read: each attribute must exist and support
// the comparison.

// check refuses a filter with unknown attributes, or comparisons that their types do not
// support. A filter that is not understood must never select everything.
func (t *resourceType) check(f filter) error {
	switch f := f.(type) {
	case andFilter:
		return t.checkAll(f)
	case orFilter:
		return t.checkAll(f)
	case notFilter:
		return t.check(f.inner)
	case comparison:
		a, err := t.leaf(f.path)
		if err != nil {
			return err
		}
		return checkComparison(a, f)
	case elementFilter:
		_, a, sub := t.place(f.path.String())
		if a == nil || sub != "" || len(a.Sub) == 0 {
			return errFilter("has brackets behind " + quoteFor(f.path.String()) + ", which has no parts")
		}
		if err := checkInner(a, f.inner); err != nil || f.then == nil {
			return err
		}
		return checkInner(a, *f.then)
	}
	return errFilter("cannot be read")
}

func (t *resourceType) checkAll(list []filter) error {
	for _, f := range list {
		if err := t.check(f); err != nil {
			return err
		}
	}
	return nil
}

// leaf returns the attribute that a path compares: its sub-attribute value, if it has one.
func (t *resourceType) leaf(p attrPath) (*attribute, error) {
	if strings.EqualFold(p.name, "schemas") && p.sub == "" {
		return &attribute{Name: "schemas", Multi: true, CaseExact: true}, nil
	}
	s, a, _ := t.place(p.name)
	if s != nil && a == nil {
		return nil, errFilter("names a schema where an attribute must stand: " + quoteFor(p.String()))
	}
	if a == nil {
		return nil, errFilter("names " + quoteFor(p.String()) + ", which " + t.name + " has not; see /Schemas")
	}
	return leafOf(a, p.sub, p.String())
}

func leafOf(a *attribute, sub, written string) (*attribute, error) {
	if a.Returned == "never" {
		return nil, newFault(http.StatusForbidden, sensitive,
			"The values of "+quoteFor(written)+" are hidden; they cannot be compared.")
	}
	if sub == "" {
		if value := a.sub("value"); value != nil {
			return value, nil
		}
		return a, nil
	}
	leaf := a.sub(sub)
	if leaf == nil {
		return nil, errFilter("names " + quoteFor(written) + ", which is not there; see /Schemas")
	}
	return leaf, nil
}

func checkInner(a *attribute, f filter) error {
	switch f := f.(type) {
	case andFilter:
		for _, g := range f {
			if err := checkInner(a, g); err != nil {
				return err
			}
		}
		return nil
	case orFilter:
		return checkInner(a, andFilter(f))
	case notFilter:
		return checkInner(a, f.inner)
	case comparison:
		leaf := a.sub(f.path.name)
		if leaf == nil || f.path.sub != "" {
			return errFilter("names " + quoteFor(f.path.String()) + ", which " + a.Name + " has not")
		}
		return checkComparison(leaf, f)
	}
	return errFilter("has brackets in brackets")
}

// checkComparison refuses a comparison that a type does not support.
func checkComparison(a *attribute, c comparison) error {
	bad := func(what string) error {
		return errFilter("compares " + quoteFor(c.path.String()) + ", which is " + a.kind() + ", " + what)
	}
	if c.op == "pr" || c.value == nil && (c.op == "eq" || c.op == "ne") {
		return nil
	}
	ordered := c.op == "gt" || c.op == "ge" || c.op == "lt" || c.op == "le"
	text := c.op == "co" || c.op == "sw" || c.op == "ew"
	switch a.kind() {
	case typeComplex:
		return bad("with a value; name a part of it")
	case typeBoolean:
		if ordered || text {
			return bad("with " + c.op)
		}
		if _, ok := boolOf(c.value); !ok {
			return bad("with what is neither true nor false")
		}
	case typeBinary:
		if ordered {
			return bad("with " + c.op)
		}
	case typeDateTime:
		if text {
			return nil
		}
		s, _ := c.value.(string)
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			return bad("with what is no time, such as 2026-01-02T03:04:05Z")
		}
	case typeInteger, typeDecimal:
		if _, ok := c.value.(bool); ok {
			return bad("with true or false")
		}
	default:
		if _, ok := c.value.(bool); ok && ordered {
			return bad("with true or false")
		}
	}
	return nil
}

// boolOf reads a boolean as providers write it.
func boolOf(v any) (b, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		switch strings.ToLower(v) {
		case "true", "yes", "1":
			return true, true
		case "false", "no", "0":
			return false, true
		}
	case number:
		return v == "1", v == "1" || v == "0"
	}
	return false, false
}

// matches reports whether a resource matches a checked filter.
func (t *resourceType) matches(f filter, o *object) bool {
	switch f := f.(type) {
	case andFilter:
		for _, g := range f {
			if !t.matches(g, o) {
				return false
			}
		}
		return true
	case orFilter:
		for _, g := range f {
			if t.matches(g, o) {
				return true
			}
		}
		return false
	case notFilter:
		return !t.matches(f.inner, o)
	case comparison:
		leaf, err := t.leaf(f.path)
		if err != nil {
			return false
		}
		s, a, _ := t.place(f.path.name)
		if a == nil {
			return compareAny(leaf, f, elementsOf(o.get("schemas")))
		}
		return compareAny(leaf, f, leaves(at(t.core, s, o).get(a.Name), f.path.sub))
	case elementFilter:
		s, a, _ := t.place(f.path.String())
		for _, e := range elementsOf(at(t.core, s, o).get(a.Name)) {
			element, ok := e.(*object)
			if ok && matchesElement(a, f.inner, element) && (f.then == nil || matchesElement(a, *f.then, element)) {
				return true
			}
		}
	}
	return false
}

// at returns the object that holds the attributes of a schema.
func at(core, s *schema, o *object) *object {
	if s == nil || s.URN == core.URN {
		return o
	}
	return o.child(s.URN)
}

func elementsOf(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// leaves returns the values of an attribute, or of a sub-attribute of each element.
func leaves(v any, sub string) []any {
	var list []any
	for _, e := range elementsOf(v) {
		o, ok := e.(*object)
		switch {
		case !ok && (sub == "" || strings.EqualFold(sub, "value")):
			list = append(list, e)
		case ok && sub != "":
			if part := o.get(sub); part != nil {
				list = append(list, part)
			}
		case ok && o.get("value") != nil:
			list = append(list, o.get("value"))
		case ok:
			list = append(list, o)
		}
	}
	return list
}

func matchesElement(a *attribute, f filter, o *object) bool {
	switch f := f.(type) {
	case andFilter:
		for _, g := range f {
			if !matchesElement(a, g, o) {
				return false
			}
		}
		return true
	case orFilter:
		for _, g := range f {
			if matchesElement(a, g, o) {
				return true
			}
		}
		return false
	case notFilter:
		return !matchesElement(a, f.inner, o)
	case comparison:
		var list []any
		if v := o.get(f.path.name); v != nil {
			list = []any{v}
		}
		return compareAny(a.sub(f.path.name), f, list)
	}
	return false
}

// compareAny reports whether one of the values satisfies a comparison. An absent attribute
// equals only null.
func compareAny(a *attribute, c comparison, values []any) bool {
	present := false
	for _, v := range values {
		present = present || !isEmpty(v) && v != ""
	}
	switch {
	case c.op == "pr":
		return present
	case c.value == nil:
		return (c.op == "eq") != present
	case c.op == "ne":
		for _, v := range values {
			if compareOne(a, "eq", v, c.value) {
				return false
			}
		}
		return true
	}
	for _, v := range values {
		if compareOne(a, c.op, v, c.value) {
			return true
		}
	}
	return false
}

func compareOne(a *attribute, op string, have, want any) bool {
	switch a.kind() {
	case typeBoolean:
		x, ok := boolOf(have)
		y, _ := boolOf(want)
		return ok && x == y
	case typeDateTime:
		if op != "co" && op != "sw" && op != "ew" {
			x, err := time.Parse(time.RFC3339, textOf(have))
			y, err2 := time.Parse(time.RFC3339, textOf(want))
			return err == nil && err2 == nil && ordered(op, x.Compare(y))
		}
	case typeInteger, typeDecimal:
		if op != "co" && op != "sw" && op != "ew" {
			return ordered(op, directory.CompareValues(directory.TypeNumber, textOf(have), textOf(want)))
		}
	}
	x, y := textOf(have), textOf(want)
	if !a.CaseExact {
		x, y = directory.Fold(x), directory.Fold(y)
	}
	if a.Trimmed && op != "co" && op != "sw" && op != "ew" { // as in the check for uniqueness
		x, y = strings.TrimSpace(x), strings.TrimSpace(y)
	}
	switch op {
	case "co":
		return strings.Contains(x, y)
	case "sw":
		return strings.HasPrefix(x, y)
	case "ew":
		return strings.HasSuffix(x, y)
	}
	return ordered(op, strings.Compare(x, y))
}

func ordered(op string, n int) bool {
	switch op {
	case "eq":
		return n == 0
	case "gt":
		return n > 0
	case "ge":
		return n >= 0
	case "lt":
		return n < 0
	case "le":
		return n <= 0
	}
	return false
}

// textOf returns a simple value as a text.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case number:
		return string(v)
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}
