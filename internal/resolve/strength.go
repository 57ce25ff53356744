package resolve

import (
	"math"

	"cohort/internal/directory"
)

// A strength orders the candidates of an attribute. The strongest decides, unless the rule is
// an extreme, which compares values first, or gathers, which takes the candidates in this
// order.
type strength struct {
	class uint16 // the rule's own criterion; smaller is stronger
	order int64  // order key, then group: the rank
	group directory.GroupID
}

// allUsersClass is the class of All Users' value if distance decides. No group can be as far.
const allUsersClass = math.MaxUint16

// ownStrength returns the strength of a user's own value that joins the group values.
func ownStrength(rule directory.Rule, text string) strength {
	return strength{class: class(rule, 0, text), order: math.MinInt64, group: -1}
}

// class returns the criterion that a rule considers before the rank.
func class(rule directory.Rule, distance uint16, text string) uint16 {
	switch spec := rule.Spec(); {
	case spec.ByDistance:
		return distance
	case spec.Decides != nil && !spec.Decides(text):
		return 1
	}
	return 0
}

func (s strength) compare(t strength) int {
	if s.class != t.class {
		return compareInts(s.class, t.class)
	}
	if s.order != t.order {
		return compareInts(s.order, t.order)
	}
	return compareInts(s.group, t.group)
}

// extreme compares two values of an attribute with the rule min or max. A negative result
// means that x wins. Other rules do not read values.
func extreme(a *directory.Attribute, x, y string) int {
	switch a.Rule.Spec().Extreme {
	case directory.Least:
		return directory.CompareValues(a.Type, x, y)
	case directory.Greatest:
		return directory.CompareValues(a.Type, y, x)
	case directory.NoExtreme:
	}
	return 0
}
