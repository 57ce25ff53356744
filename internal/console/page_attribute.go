package console

import (
	"slices"
	"strings"

	"cohort/internal/console/draft"
	"cohort/internal/directory"
)

// An attributesPage is a part of the list of attributes.
type attributesPage struct {
	Query string
	Rows  []attributeRow
	Next  string
	Prev  string
	Shown string
	New   bool
	May   bool
	Form  form
	Open  string
	Types []string
	Rules []string
}

// An attributeRow is an attribute in a list.
type attributeRow struct {
	Name    part
	Label   string
	Type    string
	Rule    string
	Default value
	Hidden  bool
	Builtin bool
}

func attributes(q *request) error {
	page := attributesPage{Query: strings.TrimSpace(q.query.Get("q"))}
	list, err := q.dir.Attributes(q.ctx())
	if err != nil {
		return err
	}
	key := directory.Fold(page.Query)
	list = slices.DeleteFunc(list, func(a directory.Attribute) bool {
		return key != "" && !strings.Contains(a.Name, key) && !strings.Contains(directory.Fold(a.Label), key)
	})
	slices.SortStableFunc(list, func(a, b directory.Attribute) int {
		if a.System != b.System {
			if a.System {
				return 1
			}
			return -1
		}
		return strings.Compare(a.Name, b.Name)
	})
	from, to := q.slice(len(list), &page.Prev, &page.Next)
	page.Shown = rangeText(from, to, len(list))
	for i := range list[from:to] {
		a := &list[from+i]
		row := attributeRow{
			Name: named(a.Name, q.to("attributes", a.Name)), Label: a.Label, Type: string(a.Type), Rule: string(a.Rule),
			Hidden: a.Hidden, Builtin: a.System || a.ID.Computed(),
		}
		if a.HasDefault() {
			row.Default = valueOf(a, a.Default, q.Language)
		}
		page.Rows = append(page.Rows, row)
	}
	page.May, page.Form, page.Open = q.mayChange(directory.ManageAttributes), q.form(), q.with("new", "1")
	page.New = page.May && (q.query.Get("new") != "" || page.Form.Problem != "")
	page.Types, page.Rules = typeNames(), ruleNames()
	return q.show("attributes", frame{
		Title: "Attributes", Section: "attributes", Data: page, Search: " ",
		Calls: q.calls().cli("attribute", "list").native("attributes").looker("user_attributes").list,
	})
}

func typeNames() (list []string) {
	for _, t := range directory.Types() {
		list = append(list, string(t))
	}
	return list
}

func ruleNames() (list []string) {
	for _, r := range directory.Rules() {
		list = append(list, string(r))
	}
	return list
}

// loadAttribute loads the attribute of the path, and the frame that its pages
// share.
func (q *request) loadAttribute(current string) (a directory.Attribute, f frame, err error) {
	name := strings.ToLower(q.r.PathValue("attribute"))
	if a, err = q.dir.AttributeByName(q.ctx(), name); err != nil {
		return a, f, err
	}
	f = frame{Title: a.Label, Section: "attributes", Kind: "Attribute", Search: " ", About: objectOf(a.ID)}
	if f.Title == "" {
		f.Title = a.Name
	}
	f.Tabs = q.tabs(current, "attributes", a.Name, []tab{{Name: "Ranking"}, {Name: "Holders"}, {Name: "Definition"},
		{Name: "History"}})
	if a.ID.Computed() {
		f.Tabs = f.Tabs[2:3]
		f.Tabs[0].Href = q.to("attributes", a.Name, "definition")
		f.Tabs[0].Current = true
	}
	f.Facts = []fact{
		{Label: "name", Copy: a.Name}, {Label: "id", Copy: directory.FormatID(a.ID)},
		{Label: "type", Parts: parts(code(string(a.Type)))}, {Label: "rule", Parts: parts(code(string(a.Rule)))},
	}
	f.Calls, f.Description = q.callsOfAttribute(&a, current), a.Description
	if a.Hidden {
		f.Facts = append(f.Facts, fact{Parts: parts(part{Text: "hidden", Kind: "hidden"})})
	}
	return a, f, nil
}

// A ranksPage is a part of the group values of an attribute, by rank.
type ranksPage struct {
	Attribute part
	Rule      string
	RuleText  string
	Rows      []rankRow
	Next      string
	Prev      string
	Shown     string
	Default   value
	May       bool
	Form      form
	Here      string
	Total     int
}

// A rankRow is a group's value in the order of rank.
type rankRow struct {
	Rank    int
	Group   part
	ID      string
	Path    string
	Value   value
	Window  string
	Off     bool // not in force
	Drafted []part
	Up      int // the rank above, or 0
	Down    int // the rank below, or 0
}

func attributeRanks(q *request) error {
	a, f, err := q.loadAttribute("ranking")
	if err != nil {
		return err
	}
	if a.ID.Computed() {
		return q.definition(&a, f)
	}
	start := q.pageStart()
	list, total, err := q.dir.PageOfValues(q.ctx(), a.ID, start, start+rowsShown)
	if err != nil {
		return err
	}
	page := ranksPage{Attribute: say(a.Name), Rule: string(a.Rule), RuleText: ruleText(&a)}
	from, to := q.slice(total, &page.Prev, &page.Next)
	if from != start { // the page is behind the end
		if list, _, err = q.dir.PageOfValues(q.ctx(), a.ID, from, to); err != nil {
			return err
		}
	}
	page.Shown = rangeText(from, to, total)
	page.Total, page.May, page.Form, page.Here = total, q.mayChange(directory.SetValues) && !a.Hidden, q.form(), q.with()
	for _, v := range list {
		down := 0
		if v.Rank < total {
			down = v.Rank + 1
		}
		page.Rows = append(page.Rows, rankRow{
			Up: v.Rank - 1, Down: down,
			Drafted: q.draftedAs(draft.KeyOf(directory.SetGroupValue{Group: v.Group, Attribute: a.ID})),
			Rank:    v.Rank, Group: q.names.group(v.Group), ID: directory.FormatID(v.Group), Path: q.pathText(v.Group),
			Value: valueOf(&a, v.Value, q.Language), Window: q.windowNote(v.Window), Off: !v.InForce(q.now()),
		})
	}
	if a.HasDefault() {
		page.Default = valueOf(&a, a.Default, q.Language)
	}
	f.Data = page
	return q.show("attribute_ranks", f)
}

func attributeHistory(q *request) error {
	a, f, err := q.loadAttribute("history")
	if err != nil {
		return err
	}
	return q.showHistory(f, directory.Object{Kind: directory.ObjectAttribute, ID: int64(a.ID)})
}

// ruleText says an attribute's rule in words.
func ruleText(a *directory.Attribute) string {
	if a.ID.Computed() {
		return "Computed from the user's own fields."
	}
	return a.Rule.Spec().Short
}
