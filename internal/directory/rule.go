package directory

import "slices"

// A Rule decides among the group values of an attribute that reach a user.
type Rule string

// The rules. Spec describes each.
const (
	RuleRank    Rule = "rank"
	RuleNearest Rule = "nearest"
	RuleUnion   Rule = "union"
	RuleMin     Rule = "min"
	RuleMax     Rule = "max"
	RuleAny     Rule = "any"
	RuleAll     Rule = "all"
)

// Rules returns every rule.
func Rules() []Rule {
	return []Rule{RuleRank, RuleNearest, RuleUnion, RuleMin, RuleMax, RuleAny, RuleAll}
}

// A RuleSpec is the complete definition of a rule: the types that it fits, how it compares
// candidates before their rank, and its words. Unless the rule gathers, the strongest
// candidate is the answer, and among equally strong ones the one with the strongest rank.
type RuleSpec struct {
	Types []Type // that it fits; nil means every type

	ByDistance bool              // nearer candidates are stronger
	Decides    func(string) bool // candidates whose text decides are stronger; nil ignores texts
	Extreme    Extreme           // candidates with a more extreme value are stronger
	Gathers    bool              // all candidates form the answer, joined in the order of rank

	Says    string // a clause that says what the rule does
	Short   string // a sentence for pages
	Because string // follows the winner's name and says why it wins; %d is the number of candidates
	Beats   string // compares the winner's value with another one
}

// An Extreme is the end of the order of values that wins.
type Extreme int

// The extremes.
const (
	NoExtreme Extreme = 0
	Least     Extreme = -1
	Greatest  Extreme = 1
)

// Spec returns the definition of the rule. It is empty for an unknown rule.
func (r Rule) Spec() RuleSpec {
	switch r {
	case RuleRank:
		return RuleSpec{
			Says: "the group value with the strongest rank decides", Short: "The strongest rank wins: 1 before 2.",
		}
	case RuleNearest:
		return RuleSpec{
			ByDistance: true,
			Says:       "the group value nearest to the user decides, and among equally near ones the strongest rank",
			Short:      "The nearest group wins; among equally near ones, the strongest rank.",
			Because:    ", the nearest of %d group values",
		}
	case RuleUnion:
		return RuleSpec{
			Types: []Type{TypeList, TypeEnumList}, Gathers: true,
			Says:  "the elements of all group values are joined, in the order of rank",
			Short: "All values are joined, in the order of rank.",
		}
	case RuleMin:
		return RuleSpec{
			Types: ordered(), Extreme: Least, Beats: "less",
			Says: "the least group value decides", Short: "The least value wins.", Because: ", the least of %d values",
		}
	case RuleMax:
		return RuleSpec{
			Types: ordered(), Extreme: Greatest, Beats: "greater",
			Says: "the greatest group value decides", Short: "The greatest value wins.", Because: ", the greatest of %d values",
		}
	case RuleAny:
		return RuleSpec{
			Types: []Type{TypeYesNo}, Decides: YesNo,
			Says: "it is yes if any group value is yes", Short: "Yes if any value is yes.",
			Because: ", which decides among %d values",
		}
	case RuleAll:
		return RuleSpec{
			Types: []Type{TypeYesNo}, Decides: func(text string) bool { return !YesNo(text) },
			Says: "it is yes if all group values are yes", Short: "Yes if all values are yes.",
			Because: ", which decides among %d values",
		}
	}
	return RuleSpec{}
}

// ordered returns the types whose values have an order.
func ordered() []Type { return []Type{TypeInteger, TypeNumber, TypeDate, TypeDateTime} }

// Fits reports whether the rule can decide among values of type t.
func (r Rule) Fits(t Type) bool {
	types := r.Spec().Types
	return slices.Contains(Rules(), r) && (types == nil || slices.Contains(types, t))
}

// Opens reports whether the rule reads values, so that it does not fit hidden attributes.
func (s *RuleSpec) Opens() bool { return s.Decides != nil || s.Extreme != NoExtreme || s.Gathers }

// ParseRule parses the name of a rule, and checks that it fits the type and, for a hidden
// attribute, that it does not read values.
func ParseRule(s string, t Type, hidden bool) (Rule, error) {
	r := Rule(s)
	spec := r.Spec()
	switch {
	case !slices.Contains(Rules(), r):
		return "", Invalid("rule", "must be one of %v", Rules())
	case !r.Fits(t):
		return "", Invalid("rule", "%s does not fit attributes of type %s", r, t)
	case hidden && spec.Opens():
		return "", Invalid("rule", "%s would have to open hidden values; use rank or nearest", r)
	}
	return r, nil
}
