package signin_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"cohort/internal/directory"
	"cohort/internal/signin"
	"cohort/internal/view"
)

// The groups of these tests, and their names at the provider.
const (
	sales    directory.GroupID = 11 // 00g-sales
	support  directory.GroupID = 12 // 00g-support
	admins   directory.GroupID = 13 // 00g-admins; gives the permission to administer
	outside  directory.GroupID = 14 // below admins: 00g-outside
	byHand   directory.GroupID = 15 // an administrator added Ada: 00g-hand
	unlinked directory.GroupID = 16 // its name is 00g-none
)

func withGroups(t *testing.T, change func(*signin.Provider)) (*world, *mockoidc.MockOIDC) {
	t.Helper()
	w, m := withProvider(t, func(p *signin.Provider) {
		p.GroupsClaim, p.GroupsSource = "groups", "okta"
		if change != nil {
			change(p)
		}
	})
	names := map[directory.GroupID]string{sales: "00g-sales", support: "00g-support", admins: "00g-admins",
		outside: "00g-outside", byHand: "00g-hand"}
	for _, id := range []directory.GroupID{sales, support, admins, outside, byHand, unlinked} {
		w.commit(t, directory.CreateGroup{ID: id, Name: "00g-none"})
		if name := names[id]; name != "" {
			w.commit(t, directory.SetSource{Object: id.Object(), Source: "okta", SourceID: name})
		}
	}
	w.commit(t, directory.SetGroupRoles{Group: admins, Roles: []directory.RoleID{directory.AdminRole}},
		directory.AddParent{Group: outside, Parent: admins}, directory.AddMember{Group: byHand, User: ada})
	return w, m
}

// groupsOf returns the groups that Ada is in now.
func (w *world) groupsOf(t *testing.T) []directory.GroupID {
	t.Helper()
	u, err := view.New(w.core).As(directory.System("test")).WholeUser(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	var list []directory.GroupID
	for _, m := range u.Memberships {
		if m.InForce(directory.InstantOf(time.UnixMilli(w.now.Load()))) {
			list = append(list, m.Group)
		}
	}
	slices.Sort(list)
	return list
}

func inGroups(groups any) person {
	who := good()
	if groups != nil {
		who.claims["groups"] = groups
	}
	return who
}

func (w *world) areGroups(t *testing.T, when string, want ...directory.GroupID) {
	t.Helper()
	want = append(want, byHand)
	slices.Sort(want)
	if got := w.groupsOf(t); !slices.Equal(got, want) {
		t.Errorf("%s: Ada is in %v, want %v", when, got, want)
	}
}

func (w *world) enters(t *testing.T, m *mockoidc.MockOIDC, who person) {
	t.Helper()
	if _, err := w.finish(t, m, who); err != nil {
		t.Fatal(err)
	}
}

func TestGroupsFollowTheClaim(t *testing.T) {
	w, m := withGroups(t, nil)
	w.enters(t, m, inGroups([]any{"00g-sales", "00g-support", "00g-hand", "00g-none", "unknown", ""}))
	w.areGroups(t, "at first", sales, support)
	before := w.core.Head().Revision
	w.enters(t, m, inGroups([]any{"00g-support", "00g-sales"}))
	if after := w.core.Head().Revision; after != before {
		t.Errorf("the same groups again made %d changes", after-before)
	}
	w.enters(t, m, inGroups("00g-sales")) // a single text
	w.areGroups(t, "after one went", sales)
	w.enters(t, m, inGroups(nil))
	w.areGroups(t, "after all went")
	facets, err := view.New(w.core).As(directory.System("test")).Facets(t.Context(), ada.Object())
	if err != nil || len(facets) != 0 {
		t.Errorf("marks are left: %+v, %v", facets, err)
	}
}

// TestMembershipsOfAClaimLapse waits until the session is over.
func TestMembershipsOfAClaimLapse(t *testing.T) {
	w, m := withGroups(t, nil)
	w.enters(t, m, inGroups([]any{"00g-sales"}))
	w.pass(11 * time.Hour)
	w.areGroups(t, "in the session", sales)
	w.pass(2 * time.Hour)
	w.areGroups(t, "after it")
}

func TestWhatTheProviderDoesNotSayChangesNothing(t *testing.T) {
	for name, claims := range map[string]map[string]any{
		"groups are elsewhere": {
			"_claim_names":   map[string]any{"groups": "src1"},
			"_claim_sources": map[string]any{"src1": map[string]any{"endpoint": "https://graph.example"}},
		},
		"there are groups, too many":    {"hasgroups": true},
		"there are groups, as a text":   {"hasgroups": "true"},
		"the claim is a number":         {"groups": 1},
		"the claim is no list of texts": {"groups": []any{"00g-sales", 1}},
		"more than are looked at":       {"groups": slices.Repeat([]any{"x"}, 1001)},
	} {
		w, m := withGroups(t, nil)
		w.enters(t, m, inGroups([]any{"00g-sales"}))
		who := good()
		maps.Copy(who.claims, claims)
		w.enters(t, m, who)
		w.areGroups(t, name, sales)
	}
}

func TestOtherMembershipsAreLeftAlone(t *testing.T) {
	w, m := withGroups(t, nil)
	w.enters(t, m, inGroups([]any{"00g-hand", "00g-sales"}))
	w.enters(t, m, inGroups([]any{}))
	w.areGroups(t, "one made by hand")
	// A person who makes a membership of the provider permanent takes it over.
	w.enters(t, m, inGroups([]any{"00g-sales"}))
	w.commit(t, directory.AddMember{Group: sales, User: ada, Window: &directory.Window{}})
	w.enters(t, m, inGroups([]any{}))
	w.areGroups(t, "one that was made to stay", sales)
}

func TestClaimsGiveNoPermissionToAdminister(t *testing.T) {
	both := []any{"00g-admins", "00g-outside", "00g-sales"}
	w, m := withGroups(t, nil)
	w.enters(t, m, inGroups(both))
	w.areGroups(t, "by default", sales)
	w, m = withGroups(t, func(p *signin.Provider) { p.GroupsAdminister = true })
	w.enters(t, m, inGroups(both))
	w.areGroups(t, "if the settings say so", sales, admins, outside)
}

func TestClaimsLeaveGroupsToTheClientThatKeepsThem(t *testing.T) {
	w, m := withGroups(t, nil)
	w.commit(t, directory.SetSource{Object: sales.Object(), Source: "scim-okta", SourceID: "1"})
	w.provisioned = "scim-okta"
	w.enters(t, m, inGroups([]any{"00g-sales", "00g-support"}))
	w.areGroups(t, "beside a client", support)
}

func TestTheMarkOfClaimsIsChecked(t *testing.T) {
	good := directory.Facet{Object: ada.Object(), Dialect: signin.Dialect, Kind: "claim_groups", Name: "okta",
		Data: `{"groups":[11]}`}
	if err := signin.CheckFacet(good); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*directory.Facet){
		"another kind": func(f *directory.Facet) { f.Kind = "x" },
		"of a group":   func(f *directory.Facet) { f.Object = sales.Object() },
		"no list":      func(f *directory.Facet) { f.Data = `{"groups":"x"}` },
		"no object":    func(f *directory.Facet) { f.Data = `[]` },
	} {
		bad := good
		spoil(&bad)
		if signin.CheckFacet(bad) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
