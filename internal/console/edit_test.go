package console_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// fieldsOf returns the hidden fields of the form that has a text.
func fieldsOf(body, has string) (pairs []string) {
	for form := range strings.SplitSeq(body, "<form") {
		if !strings.Contains(form, has) {
			continue
		}
		for _, m := range regexp.MustCompile(`type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(form, -1) {
			pairs = append(pairs, m[1], m[2])
		}
	}
	return pairs
}

func TestValuesThatWouldNotFitAreAskedAbout(t *testing.T) {
	w := newWorld(t)
	const path = "/ui/attributes/region/definition"
	form := []string{
		"label", "Region", "type", "integer", "rule", "rank", "user_value_mode", "wins", "view", "1", "description", "",
		"allowed", "", "value", "",
	}
	body := w.post(t, asAdmin, path, http.StatusUnprocessableEntity, form...)
	contains(t, text(body), "Some values would not fit 3 values that are set ( EMEA , Americas ,",
		"Convert what can be converted", "Drop them")
	contains(t, w.page(t, asAdmin, "/ui/draft"), "The draft is empty.")
	again := append(fieldsOf(body, `name="misfits"`), "misfits", "drop")
	if to := w.post(t, asAdmin, path, http.StatusSeeOther, again...); to != "/ui/draft?preview=1" {
		t.Errorf("the decision leads to %s", to)
	}
	contains(t, w.page(t, asAdmin, "/ui/draft?preview=1"),
		"Change region : type integer , another default, values that do not fit are dropped",
		"users would get different values")
}

func TestConstraintsAreSetShownAndKept(t *testing.T) {
	w := newWorld(t)
	const path = "/ui/attributes/region/definition"
	form := func(pairs ...string) []string {
		return append([]string{"label", "Region", "type", "string", "rule", "rank", "user_value_mode", "wins", "view", "1"},
			pairs...)
	}
	body := w.post(t, asAdmin, path, http.StatusUnprocessableEntity, form("allowed", "emea = Europe\nemea", "value", "",
		"pattern", "typed")...)
	contains(t, text(body), "Allowed has a value twice")
	if !strings.Contains(body, "emea = Europe\nemea</textarea>") ||
		!strings.Contains(body, `name="pattern" value="typed"`) {
		t.Error("what was typed is gone")
	}
	w.post(t, asAdmin, path, http.StatusSeeOther, form("description", "Where they sell", "max_length", "40",
		"allowed", "emea = Europe\namer\napac = Asia", "value", "", "misfits", "keep")...)
	w.commit(t, http.StatusSeeOther)
	contains(t, w.page(t, asAdmin, path), "Where they sell", "emea Europe amer apac Asia", "up to 40 characters")
	_, body = w.get(t, asAdmin, "/ui/users/103?edit=region")
	contains(t, text(body), "Europe amer Asia")
	body = w.post(t, asAdmin, "/ui/users/103?edit=region", http.StatusUnprocessableEntity, "attribute", "region", "value",
		"elsewhere")
	contains(t, text(body), "Value must be among the allowed values")

	w.post(t, asAdmin, "/ui/groups/11/nesting", http.StatusSeeOther, "do", "rename", "name", "EMEA", "description",
		"Europe and beyond")
	contains(t, w.page(t, asAdmin, "/ui/draft"), "Describe EMEA as Europe and beyond")
	w.commit(t, http.StatusSeeOther)
	contains(t, w.page(t, asAdmin, "/ui/groups/11"), "EMEA Europe and beyond")
}

func TestMembersAreSearchedAlsoInGroupsBelow(t *testing.T) {
	w := newWorld(t)
	direct := w.page(t, asAdmin, "/ui/groups/10/members")
	contains(t, direct, "Nobody is directly in Sales")
	all := w.page(t, asAdmin, "/ui/groups/10/members?reach=all")
	contains(t, all, "Bram de Wit", "Frank Miller", "4 nested groups")
	contains(t, w.page(t, asAdmin, "/ui/groups/10/members?reach=all&q=bra"), "Bram de Wit")
	if found := w.page(t, asAdmin, "/ui/groups/10/members?reach=all&q=bra"); strings.Contains(found, "Frank") {
		t.Errorf("a search finds others: %s", found)
	}
	contains(t, w.page(t, asAdmin, "/ui/groups/10/members?q=bra"), "No member is called")
	contains(t, w.page(t, asAdmin, "/ui/groups/10/members?reach=all&q=102"), "Bram de Wit")
	contains(t, w.page(t, asAdmin, "/ui/groups/1/members?q=Ada"), "Ada Okafor")
}

func TestAGroupThatIsMovedLeavesWhereItWas(t *testing.T) {
	w := newWorld(t)
	w.post(t, asAdmin, "/ui/groups/12/nesting", http.StatusSeeOther, "do", "move", "from", "11", "parent", "14")
	contains(t, w.page(t, asAdmin, "/ui/draft"), "2 edits in the draft", "Put Netherlands into Americas",
		"Take Netherlands out of EMEA")
	w.commit(t, http.StatusSeeOther)
	contains(t, w.page(t, asAdmin, "/ui/groups/12"), "Sales › Americas")
	w.post(t, asAdmin, "/ui/groups/10/nesting", http.StatusSeeOther, "do", "move", "from", "1", "parent", "12")
	contains(t, w.page(t, asAdmin, "/ui/draft?preview=1"), "Put Sales into Netherlands", "It would be refused")
}
