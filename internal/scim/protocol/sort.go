package protocol

import (
	"strings"

	"cohort/internal/directory"
	"cohort/internal/scim/resource"
)

func sortable(name, sub string) bool {
	switch name {
	case "userName", "displayName", "active", "id", "externalId":
		return sub == ""
	case "emails":
		return sub == "" || strings.EqualFold(sub, "value")
	case "name":
		return sub != ""
	case "meta":
		return strings.EqualFold(sub, "created") || strings.EqualFold(sub, "lastModified")
	}
	return false
}

// Key returns what a resource is sorted by, or nil if it has no value.
func (l *Listing) Key(t *resource.Type, o *resource.Object) any {
	if !l.Sorted {
		return nil
	}
	v := o.Get(l.Sort.Name)
	if l.Sort.Name == "id" {
		if m := resource.ParseMember(resource.TextOf(v)); m != 0 {
			return max(m, -m)
		}
	}
	for _, e := range resource.ElementsOf(v) { // the primary one wins
		if m, ok := e.(*resource.Object); ok && m.Get("primary") == true {
			v = []any{e}
		}
	}
	list := resource.Leaves(v, l.Sort.Sub)
	if len(list) == 0 {
		return nil
	}
	a, _ := t.Leaf(l.Sort)
	if text, ok := list[0].(string); ok && a != nil && !a.CaseExact {
		return directory.Fold(text)
	}
	return list[0]
}

// Compare orders keys. Absent values come last, or first in descending order.
func (l *Listing) Compare(a, b any) int {
	n := 0
	switch {
	case a == nil || b == nil:
		n = compareBool(a == nil, b == nil)
	default:
		switch x := a.(type) {
		case string:
			y, _ := b.(string)
			n = strings.Compare(x, y)
		case bool:
			y, _ := b.(bool)
			n = compareBool(x, y)
		case resource.Member:
			y, _ := b.(resource.Member)
			n = int(max(min(x-y, 1), -1))
		}
	}
	if l.Desc {
		n = -n
	}
	return n
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
