package directory

import "testing"

// A yes wins under any, a no under all; the other rules look at no such text.
func TestYesAndNoDecide(t *testing.T) {
	for rule, wins := range map[Rule]string{RuleAny: "yes", RuleAll: "no"} {
		for _, text := range []string{"yes", "no"} {
			if decides := rule.Spec().Decides(text); decides != (text == wins) {
				t.Errorf("%s decides under %s: %t", text, rule, decides)
			}
		}
	}
	for _, rule := range []Rule{RuleRank, RuleNearest, RuleUnion, RuleMin, RuleMax} {
		if rule.Spec().Decides != nil {
			t.Errorf("texts decide under %s", rule)
		}
	}
}
