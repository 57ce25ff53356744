package scim_test

import (
	"strings"
	"testing"

	"cohort/internal/core"
	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
	"cohort/internal/scim"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// 6.8: the guard that wants previews does not stop clients that cannot send one;
// it stops others.
func TestTheGuardOfPreviewsLeavesDialectsWithTheirOwnAlone(t *testing.T) {
	s := memstore.New()
	c, err := core.Open(t.Context(), s, core.Options{
		Sealer: dialecttest.Sealer{}, Now: start,
		Facets:       map[string]func(directory.Facet) error{scim.Dialect: scim.CheckFacet},
		PreviewGuard: 0.01, OwnGuard: map[string]bool{scim.Dialect: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, _, err := c.Bootstrap(t.Context(), "admin-client", strings.Repeat("admin", 5)); err != nil {
		t.Fatal(err)
	}
	system := view.New(c).As(directory.System("test"))
	edits := []directory.Edit{
		directory.CreateGroup{Name: "G"}, directory.CreateAttribute{Name: "region", Type: directory.TypeString},
		directory.SetGroupValue{Group: 2, Attribute: 14, Value: directory.Value{Text: "emea"}},
	}
	for range 10 {
		edits = append(edits, directory.CreateUser{})
	}
	if _, err := system.Commit(t.Context(), directory.Change{Edits: edits}); err != nil {
		t.Fatal(err)
	}
	change := directory.Change{Edits: []directory.Edit{directory.AddMember{Group: 2, User: 3},
		directory.AddMember{Group: 2, User: 4}}}
	for _, test := range []struct {
		dialect string
		passes  bool
	}{{"native", false}, {scim.Dialect, true}} {
		_, err := view.New(c).As(directory.Caller{User: 1, Dialect: test.dialect}).Commit(t.Context(), change)
		if (err == nil) != test.passes {
			t.Errorf("%s: %v", test.dialect, err)
		}
	}
}
