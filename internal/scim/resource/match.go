package resource

import (
	"net/http"
	"strings"
	"time"

	"cohort/internal/directory"
)

// A filter is checked once, before any resource is read: each attribute must exist and support
// the comparison.

// Check refuses a filter with unknown attributes, or comparisons that their types do not
// support. A filter that is not understood must never select everything.
func (t *Type) Check(f Filter) error {
	switch f := f.(type) {
	case AndFilter:
		return t.checkAll(f)
	case OrFilter:
		return t.checkAll(f)
	case NotFilter:
		return t.Check(f.Inner)
	case Comparison:
		a, err := t.Leaf(f.Path)
		if err != nil {
			return err
		}
		return checkComparison(a, f)
	case ElementFilter:
		_, a, sub := t.Place(f.Path.String())
		if a == nil || sub != "" || len(a.Sub) == 0 {
			return errFilter("has brackets behind " + QuoteFor(f.Path.String()) + ", which has no parts")
		}
		if err := checkInner(a, f.Inner); err != nil || f.Then == nil {
			return err
		}
		return checkInner(a, *f.Then)
	}
	return errFilter("cannot be read")
}

func (t *Type) checkAll(list []Filter) error {
	for _, f := range list {
		if err := t.Check(f); err != nil {
			return err
		}
	}
	return nil
}

// Leaf returns the attribute that a path compares: its sub-attribute value, if it has one.
func (t *Type) Leaf(p AttrPath) (*Attribute, error) {
	if strings.EqualFold(p.Name, "schemas") && p.Sub == "" {
		return &Attribute{Name: "schemas", Multi: true, CaseExact: true}, nil
	}
	s, a, _ := t.Place(p.Name)
	if s != nil && a == nil {
		return nil, errFilter("names a schema where an attribute must stand: " + QuoteFor(p.String()))
	}
	if a == nil {
		return nil, errFilter("names " + QuoteFor(p.String()) + ", which " + t.Name + " has not; see /Schemas")
	}
	return leafOf(a, p.Sub, p.String())
}

func leafOf(a *Attribute, sub, written string) (*Attribute, error) {
	if a.Returned == "never" {
		return nil, NewFault(http.StatusForbidden, Sensitive,
			"The values of "+QuoteFor(written)+" are hidden; they cannot be compared.")
	}
	if sub == "" {
		if value := a.SubAttribute("value"); value != nil {
			return value, nil
		}
		return a, nil
	}
	leaf := a.SubAttribute(sub)
	if leaf == nil {
		return nil, errFilter("names " + QuoteFor(written) + ", which is not there; see /Schemas")
	}
	return leaf, nil
}

func checkInner(a *Attribute, f Filter) error {
	switch f := f.(type) {
	case AndFilter:
		for _, g := range f {
			if err := checkInner(a, g); err != nil {
				return err
			}
		}
		return nil
	case OrFilter:
		return checkInner(a, AndFilter(f))
	case NotFilter:
		return checkInner(a, f.Inner)
	case Comparison:
		leaf := a.SubAttribute(f.Path.Name)
		if leaf == nil || f.Path.Sub != "" {
			return errFilter("names " + QuoteFor(f.Path.String()) + ", which " + a.Name + " has not")
		}
		return checkComparison(leaf, f)
	}
	return errFilter("has brackets in brackets")
}

// checkComparison refuses a comparison that a type does not support.
func checkComparison(a *Attribute, c Comparison) error {
	bad := func(what string) error {
		return errFilter("compares " + QuoteFor(c.Path.String()) + ", which is " + a.kind() + ", " + what)
	}
	if c.Op == "pr" || c.Value == nil && (c.Op == "eq" || c.Op == "ne") {
		return nil
	}
	ordered := c.Op == "gt" || c.Op == "ge" || c.Op == "lt" || c.Op == "le"
	text := c.Op == "co" || c.Op == "sw" || c.Op == "ew"
	switch a.kind() {
	case typeComplex:
		return bad("with a value; name a part of it")
	case TypeBoolean:
		if ordered || text {
			return bad("with " + c.Op)
		}
		if _, ok := BoolOf(c.Value); !ok {
			return bad("with what is neither true nor false")
		}
	case typeBinary:
		if ordered {
			return bad("with " + c.Op)
		}
	case TypeDateTime:
		if text {
			return nil
		}
		s, _ := c.Value.(string)
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			return bad("with what is no time, such as 2026-01-02T03:04:05Z")
		}
	case TypeInteger, TypeDecimal:
		if _, ok := c.Value.(bool); ok {
			return bad("with true or false")
		}
	default:
		if _, ok := c.Value.(bool); ok && ordered {
			return bad("with true or false")
		}
	}
	return nil
}

// BoolOf reads a boolean as providers write it.
func BoolOf(v any) (b, ok bool) {
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
	case Number:
		return v == "1", v == "1" || v == "0"
	}
	return false, false
}

// Matches reports whether a resource matches a checked filter.
func (t *Type) Matches(f Filter, o *Object) bool {
	switch f := f.(type) {
	case AndFilter:
		for _, g := range f {
			if !t.Matches(g, o) {
				return false
			}
		}
		return true
	case OrFilter:
		for _, g := range f {
			if t.Matches(g, o) {
				return true
			}
		}
		return false
	case NotFilter:
		return !t.Matches(f.Inner, o)
	case Comparison:
		leaf, err := t.Leaf(f.Path)
		if err != nil {
			return false
		}
		s, a, _ := t.Place(f.Path.Name)
		if a == nil {
			return compareAny(leaf, f, ElementsOf(o.Get("schemas")))
		}
		return compareAny(leaf, f, Leaves(at(t.Core, s, o).Get(a.Name), f.Path.Sub))
	case ElementFilter:
		s, a, _ := t.Place(f.Path.String())
		for _, e := range ElementsOf(at(t.Core, s, o).Get(a.Name)) {
			element, ok := e.(*Object)
			if ok && MatchesElement(a, f.Inner, element) && (f.Then == nil || MatchesElement(a, *f.Then, element)) {
				return true
			}
		}
	}
	return false
}

// at returns the object that holds the attributes of a schema.
func at(core, s *Schema, o *Object) *Object {
	if s == nil || s.URN == core.URN {
		return o
	}
	return o.Child(s.URN)
}

// ElementsOf returns the elements of a list. A value that is not a list counts as one element.
func ElementsOf(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// Leaves returns the values of an attribute, or of a sub-attribute of each element.
func Leaves(v any, sub string) []any {
	var list []any
	for _, e := range ElementsOf(v) {
		o, ok := e.(*Object)
		switch {
		case !ok && (sub == "" || strings.EqualFold(sub, "value")):
			list = append(list, e)
		case ok && sub != "":
			if part := o.Get(sub); part != nil {
				list = append(list, part)
			}
		case ok && o.Get("value") != nil:
			list = append(list, o.Get("value"))
		case ok:
			list = append(list, o)
		}
	}
	return list
}

// MatchesElement reports whether an element of an attribute matches a filter.
func MatchesElement(a *Attribute, f Filter, o *Object) bool {
	switch f := f.(type) {
	case AndFilter:
		for _, g := range f {
			if !MatchesElement(a, g, o) {
				return false
			}
		}
		return true
	case OrFilter:
		for _, g := range f {
			if MatchesElement(a, g, o) {
				return true
			}
		}
		return false
	case NotFilter:
		return !MatchesElement(a, f.Inner, o)
	case Comparison:
		var list []any
		if v := o.Get(f.Path.Name); v != nil {
			list = []any{v}
		}
		return compareAny(a.SubAttribute(f.Path.Name), f, list)
	}
	return false
}

// compareAny reports whether one of the values satisfies a comparison. An absent attribute
// equals only null.
func compareAny(a *Attribute, c Comparison, values []any) bool {
	present := false
	for _, v := range values {
		present = present || !IsEmpty(v) && v != ""
	}
	switch {
	case c.Op == "pr":
		return present
	case c.Value == nil:
		return (c.Op == "eq") != present
	case c.Op == "ne":
		for _, v := range values {
			if compareOne(a, "eq", v, c.Value) {
				return false
			}
		}
		return true
	}
	for _, v := range values {
		if compareOne(a, c.Op, v, c.Value) {
			return true
		}
	}
	return false
}

func compareOne(a *Attribute, op string, have, want any) bool {
	switch a.kind() {
	case TypeBoolean:
		x, ok := BoolOf(have)
		y, _ := BoolOf(want)
		return ok && x == y
	case TypeDateTime:
		if op != "co" && op != "sw" && op != "ew" {
			x, err := time.Parse(time.RFC3339, TextOf(have))
			y, err2 := time.Parse(time.RFC3339, TextOf(want))
			return err == nil && err2 == nil && ordered(op, x.Compare(y))
		}
	case TypeInteger, TypeDecimal:
		if op != "co" && op != "sw" && op != "ew" {
			return ordered(op, directory.CompareValues(directory.TypeNumber, TextOf(have), TextOf(want)))
		}
	}
	x, y := TextOf(have), TextOf(want)
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

// TextOf returns a simple value as a text.
func TextOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case Number:
		return string(v)
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}
