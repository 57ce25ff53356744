package desired

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// Options say how to plan.
type Options struct {
	// Prune removes what the set manages and the state no longer contains.
	Prune bool
	// PruneSource makes Prune remove what has a reference of this source, instead of what the
	// set manages.
	PruneSource string
	// PruneAll makes Prune remove every object of the kinds in the state.
	PruneAll bool
	// Within makes memberships, parents, roles and values complete as far as the group, role
	// or attribute has a reference of this source, even for entries that only add. Built-in
	// roles belong to every source.
	Within string
	// Secrets also overwrites hidden values that are set.
	Secrets bool
	// TakeOver takes objects from the sets that manage them.
	TakeOver bool
	// Misfits says what happens to values that do not fit a new type or constraint.
	Misfits directory.Misfits
	// Language is the language of texts without one. Empty means EN.
	Language directory.Language
	// Secret reads the text that a value's Env or File names. Nil reads none.
	Secret func(Value) (string, error)
	// CreateOnly leaves existing objects as they are.
	CreateOnly bool
	// Exclusive means that an object with another id in one of an entry's sources is another
	// object, whatever its name.
	Exclusive bool
	// LeaveTaken leaves a user's login e-mail as it is if the wanted one belongs to somebody
	// else, and does the rest. Otherwise a user who was disabled elsewhere would stay enabled.
	LeaveTaken bool
	// MayAdopt returns why an object that was found by its name or e-mail is not the one that
	// is meant, or "". Nil adopts every one.
	MayAdopt func(e *Entry, o directory.Object) string
	// ByName ignores marks, and so compares by source and name only.
	ByName bool
	// Complete removes values and sources that the state does not name.
	Complete bool
}

// An Action is what happens to an object or one of its fields.
type Action string

// The actions.
const (
	Create Action = "create"
	Change Action = "change"
	Remove Action = "remove"
	Adopt  Action = "adopt"
)

// An Item is one line of a plan.
type Item struct {
	Action Action `json:"action"`
	Kind   string `json:"kind"`
	Key    string `json:"key"`
	ID     string `json:"id,omitempty"`
	Field  string `json:"field,omitempty"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// A Problem prevents a state from being reached.
type Problem struct {
	Place string
	Kind  string
	Key   string
	Msg   string
}

// Error names the object, and where it was read.
func (p Problem) Error() string {
	text := fmt.Sprintf("%s %s: %s", p.Kind, p.Key, p.Msg)
	if p.Place != "" {
		text = p.Place + ": " + text
	}
	return text
}

// A Step is what happens to one object. It is never split.
type Step struct {
	Kind  string
	Key   string
	Place string
	Items []Item
	Edits []directory.Edit // ids that earlier edits of the whole plan create are directory.Made
	first int              // index of the first edit in the whole plan
}

// A Plan brings a directory to a state.
type Plan struct {
	Set      string
	Steps    []Step
	Problems []Problem
	Left     []Problem // what is not done about objects that are otherwise done
	Removals []Removal
	edits    int
	secrets  map[int]bool // edits with a hidden text
}

// Items returns the lines of all steps.
func (p *Plan) Items() []Item {
	list := []Item{}
	for i := range p.Steps {
		list = append(list, p.Steps[i].Items...)
	}
	return list
}

// Len returns the number of edits.
func (p *Plan) Len() int { return p.edits }

// A planner makes one plan.
type planner struct {
	state *State
	live  *Live
	opt   Options
	plan  *Plan
	open  *Step

	attributes targets[LiveAttribute, directory.AttributeID]
	groups     targets[LiveGroup, directory.GroupID]
	roles      targets[LiveRole, directory.RoleID]
	users      targets[LiveUser, directory.UserID]

	permissionSets, modelSets map[string]*setTarget // by name
	types                     map[directory.AttributeID]typed
	claimed                   map[string]bool // what must be unique, of the entries of the state
	tally                     tally

	entries map[directory.UserID]int  // of existing users, by index
	givenUp map[directory.UserID]bool // who gives up the login e-mail
}

// typed is what a value must fit.
type typed struct {
	directory.Attribute
	fit *directory.Fit // nil without constraints
}

func typedAs(a directory.Attribute) typed {
	t := typed{Attribute: a}
	if !a.Constraints.IsZero() {
		t.fit = directory.NewFit(&a)
	}
	return t
}

// Make plans the edits that bring a live directory to the state.
func Make(state *State, live *Live, opt Options) *Plan {
	opt.Language = cmp.Or(opt.Language, "EN")
	p := &planner{
		state: state, live: live, opt: opt, plan: &Plan{Set: state.Set, secrets: map[int]bool{}},
		types: map[directory.AttributeID]typed{}, claimed: map[string]bool{},
		entries: map[directory.UserID]int{}, givenUp: map[directory.UserID]bool{},
	}
	p.find()
	p.planRoles()
	p.planAttributes()
	p.planGroups()
	p.planNesting()
	p.planGroupValues()
	p.planGroupRoles()
	p.planUsers()
	p.planRemovals()
	p.end()
	p.plan.Removals = p.tally.removals()
	return p.plan
}

// begin opens a step and ends the previous one.
func (p *planner) begin(kind, key, place string) {
	p.end()
	p.open = &Step{Kind: kind, Key: key, Place: place, first: p.plan.edits}
}

// end closes the open step, and drops it if it does nothing.
func (p *planner) end() {
	if p.open != nil && len(p.open.Edits) > 0 {
		p.plan.Steps = append(p.plan.Steps, *p.open)
	}
	p.open = nil
}

// forget drops the open step.
func (p *planner) forget() {
	for range p.open.Edits {
		p.plan.edits--
		delete(p.plan.secrets, p.plan.edits)
	}
	p.open = nil
}

// edit adds an edit to the open step and returns its index in the plan.
func (p *planner) edit(e directory.Edit) int {
	p.open.Edits = append(p.open.Edits, e)
	p.plan.edits++
	return p.plan.edits - 1
}

// item adds a line to the open step.
func (p *planner) item(action Action, id, field, before, after string) {
	p.open.Items = append(p.open.Items, Item{action, p.open.Kind, p.open.Key, id, field, before, after})
}

func (p *planner) problem(kind string, e *Entry, format string, args ...any) {
	p.plan.Problems = append(p.plan.Problems, Problem{e.Place, kind, e.Key, fmt.Sprintf(format, args...)})
}

// change sets to to a pointer to want if that differs from have, and adds a line.
func change[T ~string | ~bool | ~int](p *planner, id, field string, have T, want *T, to **T) {
	if want == nil || *want == have {
		return
	}
	*to = want
	p.item(Change, id, field, fmt.Sprint(have), fmt.Sprint(*want))
}

// shownID returns an id for people. An object that does not exist yet has none.
func shownID[T directory.ID](id T) string {
	if id <= 0 {
		return ""
	}
	return directory.FormatID(id)
}

// sources brings the source references of an object to those that are asked
// for, and marks it.
func (p *planner) sources(o directory.Object, have map[string]string, e *Entry, manageable bool) {
	id := shownID(directory.ValueID(o.ID))
	sources := p.allSources(e.Sources, have)
	for _, source := range slices.Sorted(maps.Keys(sources)) {
		want, now := sources[source], have[source]
		switch want {
		case now:
		case "":
			p.edit(directory.DeleteSource{Object: o, Source: source})
			p.item(Change, id, "sources."+source, now, "")
		default:
			p.edit(directory.SetSource{Object: o, Source: source, SourceID: want})
			if o.ID > 0 {
				p.item(Change, id, "sources."+source, now, want)
			}
		}
	}
	if manageable {
		p.mark(o, have, markPrefix, e.Key)
	}
}

// mark adds the source reference that says that the set manages the object.
func (p *planner) mark(o directory.Object, have map[string]string, prefix, key string) {
	if p.state.Set == "" || p.opt.ByName {
		return
	}
	mark := prefix + p.state.Set
	if other := markedBy(have, prefix); other != "" && other != p.state.Set {
		p.edit(directory.DeleteSource{Object: o, Source: prefix + other})
	}
	if have[mark] == key {
		return
	}
	p.edit(directory.SetSource{Object: o, Source: mark, SourceID: key})
	if o.ID > 0 && prefix == markPrefix {
		p.item(Adopt, shownID(directory.ValueID(o.ID)), "", "", "")
	}
}

// text returns the value of a pointer, or the zero value.
func text[T ~string | ~bool | ~int](s *T) T {
	var zero T
	if s == nil {
		return zero
	}
	return *s
}

func listed(list []string) string { return strings.Join(list, ", ") }
