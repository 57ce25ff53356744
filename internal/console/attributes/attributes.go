package attributes

import (
	"slices"
	"strings"

	"cohort/internal/console/changes"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// An attributesPage is one page of the list of attributes.
type attributesPage struct {
	Query string
	Rows  []attributeRow
	Next  string
	Prev  string
	Shown string
	New   bool
	May   bool
	Form  pagekit.Form
	Open  string
	Types []string
	Rules []string
}

// An attributeRow is an attribute in a list.
type attributeRow struct {
	Name    sentence.Part
	Label   string
	Type    string
	Rule    string
	Default sentence.Value
	Hidden  bool
	Builtin bool
}

func attributes(q *pagekit.Request) error {
	page := attributesPage{Query: strings.TrimSpace(q.Query.Get("q"))}
	list, err := q.Dir.Attributes(q.Context())
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
	from, to := q.Slice(len(list), &page.Prev, &page.Next)
	page.Shown = pagekit.RangeText(from, to, len(list))
	for i := range list[from:to] {
		a := &list[from+i]
		row := attributeRow{
			Name: sentence.Named(a.Name, q.To("attributes", a.Name)), Label: a.Label, Type: string(a.Type), Rule: string(a.Rule),
			Hidden: a.Hidden, Builtin: a.System || a.ID.Computed(),
		}
		if a.HasDefault() {
			row.Default = sentence.ValueOf(a, a.Default, q.Language)
		}
		page.Rows = append(page.Rows, row)
	}
	page.May, page.Form, page.Open = q.MayChange(directory.ManageAttributes), q.Form(), q.With("new", "1")
	page.New = page.May && (q.Query.Get("new") != "" || page.Form.Problem != "")
	page.Types, page.Rules = typeNames(), ruleNames()
	return q.Show("attributes", pagekit.Frame{
		Title: "Attributes", Section: "attributes", Data: page, Search: " ",
		Calls: q.Calls().CLI("attribute", "list").Native("attributes").Looker("user_attributes").List,
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

// loadAttribute loads the attribute in the path, and the frame that its pages share.
func loadAttribute(q *pagekit.Request, current string) (a directory.Attribute, f pagekit.Frame, err error) {
	name := strings.ToLower(q.R.PathValue("attribute"))
	if a, err = q.Dir.AttributeByName(q.Context(), name); err != nil {
		return a, f, err
	}
	f = pagekit.Frame{Title: a.Label, Section: "attributes", Kind: "Attribute", Search: " ", About: pagekit.ObjectOf(a.ID)}
	if f.Title == "" {
		f.Title = a.Name
	}
	f.Tabs = q.Tabs(current, "attributes", a.Name, []pagekit.Tab{{Name: "Ranking"}, {Name: "Holders"},
		{Name: "Definition"},
		{Name: "History"}})
	if a.ID.Computed() {
		f.Tabs = f.Tabs[2:3]
		f.Tabs[0].Href = q.To("attributes", a.Name, "definition")
		f.Tabs[0].Current = true
	}
	f.Facts = []pagekit.Fact{
		{Label: "name", Copy: a.Name}, {Label: "id", Copy: directory.FormatID(a.ID)},
		{Label: "type", Parts: sentence.Parts(sentence.Code(string(a.Type)))}, {Label: "rule",
			Parts: sentence.Parts(sentence.Code(string(a.Rule)))},
	}
	f.Calls, f.Description = callsOfAttribute(q, &a, current), a.Description
	if a.Hidden {
		f.Facts = append(f.Facts, pagekit.Fact{Parts: sentence.Parts(sentence.Part{Text: "hidden", Kind: "hidden"})})
	}
	return a, f, nil
}

func attributeHistory(q *pagekit.Request) error {
	a, f, err := loadAttribute(q, "history")
	if err != nil {
		return err
	}
	return changes.Show(q, f, directory.Object{Kind: directory.ObjectAttribute, ID: int64(a.ID)})
}

// ruleText says the rule of an attribute in words.
func ruleText(a *directory.Attribute) string {
	if a.ID.Computed() {
		return "Computed from the user's own fields."
	}
	return a.Rule.Spec().Short
}

func callsOfAttribute(q *pagekit.Request, a *directory.Attribute, page string) []pagekit.Call {
	id := directory.FormatID(a.ID)
	switch page {
	case "ranking":
		return q.Calls().CLI("attribute", "show", a.Name).Native("attributes/" + a.Name + "/values").
			Looker("user_attributes/" + id + "/group_values").Propeller("attributes/name/" + strings.ToUpper(a.Name)).List
	case "holders":
		return callsOfHolders(q, a)
	case "definition":
		return q.Calls().CLI("attribute", "show", a.Name).Native("attributes/" + a.Name).
			Looker("user_attributes/" + id).Propeller("attributes/name/" + strings.ToUpper(a.Name)).List
	case "history":
		return q.Calls().CLI("log", "attribute:"+a.Name).Native("changes?object=attribute:" + id).List
	}
	return nil
}
