package object

import (
	"strings"
	"testing"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
)

// A group with two parents is in both trees, and its groups in the first.
func TestTreesOfGroups(t *testing.T) {
	var groups []client.GroupDetail
	for _, g := range []struct{ id, name, parents string }{
		{"1", "All Users", ""}, {"10", "EMEA", ""}, {"11", "americas", ""}, {"12", "Sales", "10 11"},
		{"13", "Inside sales", "12"},
	} {
		detail := client.GroupDetail{}
		detail.ID, detail.Name = g.id, g.name
		for p := range strings.FieldsSeq(g.parents) {
			detail.Parents = append(detail.Parents, client.Group{ID: p})
		}
		groups = append(groups, detail)
	}
	items, err := cli.ItemsFrom(groups)
	if err != nil {
		t.Fatal(err)
	}
	for top, want := range map[string]string{
		"":   "americas, americas/Sales, americas/Sales/Inside sales, EMEA, EMEA/Sales (again)",
		"12": "Sales, Sales/Inside sales",
	} {
		var places []treePlace
		for _, root := range grow(items, top) {
			places = root.places(places, nil)
		}
		var got []string
		for _, p := range places {
			text := strings.Join(append(p.path, p.Name), "/")
			if p.again {
				text += " (again)"
			}
			got = append(got, text)
		}
		if text := strings.Join(got, ", "); text != want {
			t.Errorf("below %q there are %s, want %s", top, text, want)
		}
	}
}
