package desired_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cohort/internal/declared"
	"cohort/internal/desired"
	"cohort/internal/directory"
)

// read reads one file.
func read(t interface {
	Helper()
	Fatal(args ...any)
}, text string) *desired.State {
	t.Helper()
	s, err := declared.Read([]declared.File{{Name: "a.yaml", Data: []byte(text)}}, "team")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fresh is a directory as it is made.
func fresh() *desired.Live {
	return &desired.Live{
		Attributes: []desired.LiveAttribute{
			{Attribute: directory.Attribute{ID: 1, Name: "first_name", Label: "First Name", Type: "string", Rule: "rank",
				UserValueMode: "wins", System: true, Permanent: true}},
			{Attribute: directory.Attribute{ID: 11, Name: "locale", Label: "Locale", Type: "string", Rule: "rank",
				UserValueMode: "wins", Default: directory.Value{Text: "en"}, Permanent: true}},
		},
		Groups: []desired.LiveGroup{{ID: directory.AllUsers, Name: "All Users"}},
		Roles: []desired.LiveRole{{ID: directory.AdminRole, Name: "Admin", PermissionSet: 1, ModelSet: 1,
			BuiltIn: true}},
		PermissionSets: []desired.LiveSet{{ID: 1, Name: "Admin", Names: []string{"administer"}, BuiltIn: true}},
		ModelSets:      []desired.LiveSet{{ID: 1, Name: "All", BuiltIn: true}},
	}
}

// lines are the items of a plan as text.
func lines(p *desired.Plan) []string {
	var list []string
	for _, i := range p.Items() {
		text := fmt.Sprintf("%s %s %s", i.Action, i.Kind, i.Key)
		if i.Field != "" {
			text += fmt.Sprintf(" %s: %q -> %q", i.Field, i.Before, i.After)
		}
		list = append(list, text)
	}
	return list
}

const company = `
cohort: 1
attributes:
  region: {type: string, default: world, order: [Berlin, EMEA]}
  pin: {type: string, hidden: true}
roles:
  reader: {permissions: [read_effective]}
groups:
  EMEA: {sources: {erp: "4711"}, roles: [reader], values: {region: emea, pin: {from_env: PIN}}}
  Berlin: {parents: [EMEA], values: {region: {value: berlin, from: 2026-01-01T00:00:00Z, until: 2027-01-01T00:00:00Z}}}
users:
  ada@example.com: {first_name: Ada, groups: [Berlin], values: {region: apac}, roles: [reader]}
`

func secret(desired.Value) (string, error) { return "1234", nil }

func TestAPlanOfANewDirectoryMakesEverything(t *testing.T) {
	p := desired.Make(read(t, company), fresh(), desired.Options{Secret: secret})
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`create role reader`, `create attribute region`, `create attribute pin`, `create group EMEA`, `create group Berlin`,
		`change group Berlin parents: "" -> "EMEA"`,
		`change group Berlin values.region: "" -> "berlin from 2026-01-01T00:00:00Z until 2027-01-01T00:00:00Z"`,
		`change group EMEA values.region: "" -> "emea"`,
		`change group EMEA values.pin: "" -> "(hidden)"`,
		`change group EMEA roles: "" -> "reader"`,
		`create user ada@example.com`, `change user ada@example.com groups: "" -> "Berlin"`,
		`change user ada@example.com values.region: "" -> "apac"`, `change user ada@example.com roles: "" -> "reader"`,
	}
	if diff := cmp.Diff(want, lines(p)); diff != "" {
		t.Error(diff)
	}
	one, err := p.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	other := desired.Make(read(t, company), fresh(),
		desired.Options{Secret: func(desired.Value) (string, error) { return "9", nil }})
	if two, _ := other.Fingerprint(); one != two {
		t.Error("the fingerprint tells of the hidden text")
	}
	changed := desired.Make(read(t, strings.Replace(company, "apac", "amer", 1)), fresh(), desired.Options{Secret: secret})
	if two, _ := changed.Fingerprint(); one == two {
		t.Error("the fingerprint does not tell of another value")
	}
}

func TestWhatAPlanCannotDoIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		"groups: {A: {parents: [B]}}":                                  `names the group "B", which is neither in the files nor there`,
		"groups: {A: {values: {colour: red}}}":                         `names the attribute "colour"`,
		"groups: {A: {values: {first_name: x}}}":                       "first_name is computed",
		"attributes: {n: {label: N}}":                                  "needs a type to be made",
		"attributes: {n: {type: integer, default: x}}":                 "default must be a whole number",
		"roles: {r: {}}":                                               "is new and needs permissions",
		"roles: {Admin: {permissions: [sudo]}}":                        "is built in",
		"groups: {'All Users': {parents: [A]}, A: {}}":                 "holds everybody",
		"attributes: {n: {type: string, order: [A]}}\ngroups: {A: {}}": "which has no value of it",
	} {
		p := desired.Make(read(t, "cohort: 1\n"+text), fresh(), desired.Options{})
		if err := p.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

func TestObjectsAreFoundByMarkThenSourceThenName(t *testing.T) {
	live := fresh()
	live.Groups = append(live.Groups,
		desired.LiveGroup{ID: 2, Name: "Old", Sources: map[string]string{"set:team": "A"}},
		desired.LiveGroup{ID: 3, Name: "A"},
		desired.LiveGroup{ID: 4, Name: "Other", Sources: map[string]string{"erp": "7"}},
		desired.LiveGroup{ID: 5, Name: "Twice"}, desired.LiveGroup{ID: 6, Name: "Twice"},
		desired.LiveGroup{ID: 7, Name: "Foreign", Sources: map[string]string{"set:others": "Foreign"}},
	)
	got := lines(desired.Make(read(t, "cohort: 1\ngroups: {A: {}, B: {name: Other, sources: {erp: '7'}}, C: {name: A}}"),
		live, desired.Options{}))
	want := []string{`change group A name: "Old" -> "A"`, `adopt group B`, `adopt group C`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{
		"groups: {Twice: {}}": "is not clear: 5, 6 are called so", "groups: {Foreign: {}}": "is managed by the set others",
		"groups: {X: {sources: {erp: '7'}}, Other: {}}": "is the same as another entry",
	} {
		if err := desired.Make(read(t, "cohort: 1\n"+text), live, desired.Options{}).Err(); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
	if err := desired.Make(read(t, "cohort: 1\ngroups: {Foreign: {}}"), live,
		desired.Options{TakeOver: true}).Err(); err != nil {
		t.Errorf("taking over: %v", err)
	}
}

func TestPruningRemovesOnlyWhatTheSetManages(t *testing.T) {
	live := fresh()
	live.Groups = append(live.Groups,
		desired.LiveGroup{ID: 2, Name: "Mine", Sources: map[string]string{"set:team": "Mine"}},
		desired.LiveGroup{ID: 3, Name: "Other"},
		desired.LiveGroup{ID: 4, Name: "Kept", Sources: map[string]string{"set:team": "Kept"}},
	)
	live.Users = []desired.LiveUser{{ID: 1, Email: "a@b.c", Sources: map[string]string{"set:team": "a@b.c"}}}
	state := "cohort: 1\ngroups: {Kept: {}}"
	if got := lines(desired.Make(read(t, state), live, desired.Options{})); len(got) > 0 {
		t.Errorf("without --prune: %q", got)
	}
	if got, want := lines(desired.Make(read(t, state), live,
		desired.Options{Prune: true})), []string{"remove group Mine"}; !slices.Equal(got, want) {
		t.Errorf("%q; want %q: users are pruned only where the set has the key", got, want)
	}
	got := lines(desired.Make(read(t, state+"\nusers: {}"), live, desired.Options{Prune: true}))
	if want := []string{"remove user a@b.c", "remove group Mine"}; !slices.Equal(got, want) {
		t.Errorf("%q; want %q", got, want)
	}
}

func TestTheGuardStopsMoreThanATenthAndMoreThan25(t *testing.T) {
	for _, c := range []struct {
		removed, of, allowed int
		want                 bool
	}{
		{25, 30, 0, false}, {26, 260, 0, false}, {26, 259, 0, true}, {26, 259, 26, false}, {26, 259, 25, true},
		{0, 0, 0, false}, {1000, 9999, 0, true},
	} {
		if got := desired.Guards(c.removed, c.of, c.allowed); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// Writing a state and reading it gives the same state.
func TestAStateThatIsWrittenReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live := anyLive(t)
		state, _ := desired.StateOf(live, true)
		var first, second bytes.Buffer
		if err := declared.Write(&first, state, nil); err != nil {
			t.Fatal(err)
		}
		again, err := declared.Read([]declared.File{{Name: "x.yaml", Data: first.Bytes()}}, "")
		if err != nil {
			t.Fatalf("%v\n%s", err, first.Bytes())
		}
		if err := declared.Write(&second, again, nil); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() {
			t.Fatalf("%s\nreads back as\n%s", first.String(), second.String())
		}
		p := desired.Make(again, live, desired.Options{ByName: true, Prune: true, PruneAll: true})
		if p.Len() > 0 || len(p.Problems) > 0 {
			t.Fatalf("the plan for what is there: %q %v\n%s", lines(p), p.Err(), first.String())
		}
	})
}

// anyLive is any directory of a few objects.
func anyLive(t *rapid.T) *desired.Live {
	live := fresh()
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "no", "025", "null", "~", "a: b", "- x", "#", "'", `"`, "a\nb", " x ", "x\n", "\tx", "é", "\u2028", "1e5", "2026-01-01", "{", "[]", "!!x", "&a", "*a", "%", "@", "`"}), rapid.StringMatching(`[ -~]{0,12}`))
	name := rapid.SampledFrom([]string{"Sales", "sales", "EMEA", "no", "1", "a b", "Twice", "Twice", "null", "Ünit"})
	attributes := rapid.IntRange(1, 3).Draw(t, "attributes")
	for i := range attributes {
		a := directory.Attribute{ID: directory.AttributeID(14 + i), Name: fmt.Sprintf("attr_%d", i),
			Label: name.Draw(t, "label"), Rule: "rank", UserValueMode: "wins"}
		a.Type = rapid.SampledFrom([]directory.Type{"string", "list", "text"}).Draw(t, "type")
		a.Hidden = a.Type == "string" && rapid.Bool().Draw(t, "hidden")
		if rapid.Bool().Draw(t, "constrained") {
			a.Description, a.Pattern = text.Draw(t, "description"), rapid.SampledFrom([]string{"", `(?s).*`}).Draw(t, "pattern")
			a.MaxLength = rapid.SampledFrom([]int{0, 1000}).Draw(t, "length")
			for i := range rapid.IntRange(0, 2).Draw(t, "allowed") {
				allowed := directory.AllowedValue{Value: fmt.Sprint(i) + text.Draw(t, "allowed value"),
					Label: name.Draw(t, "label of it")}
				a.Allowed = append(a.Allowed, allowed) // values that are there may not fit: they were set before
			}
		}
		one := desired.LiveAttribute{Attribute: a}
		if a.Hidden {
			one.HasSecret = rapid.Bool().Draw(t, "secret")
		}
		live.Attributes = append(live.Attributes, one)
	}
	value := func() (v desired.LiveValue) {
		a := live.Attributes[2+rapid.IntRange(0, attributes-1).Draw(t, "attribute")]
		v.Attribute = a.ID
		switch {
		case a.Hidden:
			v.Hidden = true
		case a.Type == "text":
			v.Value = directory.Value{}.With("DE", text.Draw(t, "text")).With("EN", text.Draw(t, "text"))
		case a.Type == "list":
			v.Value = directory.Value{}.With("EN",
				directory.JoinList([]string{"a", "b, " + rapid.StringMatching(`[a-z,]{1,5}`).Draw(t, "element")}))
		default:
			v.Value = directory.Value{Text: text.Draw(t, "text")}
		}
		if rapid.Bool().Draw(t, "window") {
			v.StartsAt, v.ExpiresAt = 1_700_000_000_000, 1_800_000_000_001
		}
		return v
	}
	own := func() []desired.LiveValue {
		v := value()
		return []desired.LiveValue{v}
	}
	ranks := map[directory.AttributeID]int{}
	for i := range rapid.IntRange(0, 5).Draw(t, "groups") {
		g := desired.LiveGroup{ID: directory.GroupID(2 + i), Name: name.Draw(t, "name"), Description: text.Draw(t, "about")}
		if i > 0 && rapid.Bool().Draw(t, "nested") {
			g.Parents = []directory.GroupID{directory.GroupID(2 + rapid.IntRange(0, i-1).Draw(t, "parent"))}
		}
		if rapid.Bool().Draw(t, "sourced") {
			g.Sources = map[string]string{"erp": fmt.Sprint(i), "set:x": "y"}
		}
		if rapid.Bool().Draw(t, "valued") {
			g.Values = own()
			ranks[g.Values[0].Attribute]++
			g.Values[0].Rank = ranks[g.Values[0].Attribute]
		}
		live.Groups = append(live.Groups, g)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "users") {
		u := desired.LiveUser{ID: directory.UserID(1 + i), Kind: "person", FirstName: name.Draw(t, "first"),
			Email: fmt.Sprintf("u%d@example.com", i), Values: own()}
		if i == 1 {
			u.Email, u.ContactEmail = "", "contact@example.com"
		}
		if n := len(live.Groups); n > 1 {
			u.Memberships = []desired.LiveMember{{Group: live.Groups[1+rapid.IntRange(0, n-2).Draw(t, "member")].ID}}
		}
		live.Users = append(live.Users, u)
	}
	return live
}
