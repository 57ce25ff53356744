package attributes

import (
	"strings"

	"cohort/internal/console/draft"
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/console/values"
	"cohort/internal/directory"
)

// A ranksPage is one page of the group values of an attribute, by rank.
type ranksPage struct {
	Attribute sentence.Part
	Rule      string
	RuleText  string
	Rows      []rankRow
	Next      string
	Prev      string
	Shown     string
	Default   sentence.Value
	May       bool
	Form      pagekit.Form
	Here      string
	Total     int
}

// A rankRow is the value of a group.
type rankRow struct {
	Rank    int
	Group   sentence.Part
	ID      string
	Path    string
	Value   sentence.Value
	Window  string
	Off     bool // not in force
	Drafted []sentence.Part
	Up      int // the rank above, or 0
	Down    int // the rank below, or 0
}

// editRank changes the rank of a group's value. If the draft already changes the value, that
// change stays.
func editRank(q *pagekit.Request) ([]directory.Edit, error) {
	a, err := q.Dir.AttributeByName(q.Context(), strings.ToLower(q.R.PathValue("attribute")))
	if err != nil {
		return nil, err
	}
	group, err := directory.ParseID[directory.GroupID]("group", q.Typed("group"))
	if err != nil {
		return nil, err
	}
	rank, err := values.TypedRank(q)
	if err != nil {
		return nil, err
	}
	if rank == nil {
		return nil, directory.Missing("rank")
	}
	v, _, err := drafting.GroupValue(q, group, a.ID)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, directory.NotFound("value", a.Name)
	}
	if a.Hidden {
		return nil, directory.Invalid("rank",
			"of a hidden value changes only with the value: set the value again on the group's page, with its rank")
	}
	edit := directory.SetGroupValue{Group: group, Attribute: a.ID, Value: v.Value, Rank: rank}
	d, err := q.Draft()
	if err != nil {
		return nil, err
	}
	for _, e := range d.Entries {
		if old, ok := e.Edits[0].(directory.SetGroupValue); ok && old.Group == group && old.Attribute == a.ID {
			edit.Value, edit.Window = old.Value, old.Window
		}
	}
	return []directory.Edit{edit}, nil
}

func attributeRanks(q *pagekit.Request) error {
	a, f, err := loadAttribute(q, "ranking")
	if err != nil {
		return err
	}
	if a.ID.Computed() {
		return definition(q, &a, f)
	}
	start := q.PageStart()
	list, total, err := q.Dir.PageOfValues(q.Context(), a.ID, start, start+pagekit.RowsShown)
	if err != nil {
		return err
	}
	page := ranksPage{Attribute: sentence.Say(a.Name), Rule: string(a.Rule), RuleText: ruleText(&a)}
	from, to := q.Slice(total, &page.Prev, &page.Next)
	if from != start { // the page begins after the last value
		if list, _, err = q.Dir.PageOfValues(q.Context(), a.ID, from, to); err != nil {
			return err
		}
	}
	page.Shown = pagekit.RangeText(from, to, total)
	page.Total, page.May, page.Form, page.Here = total, q.MayChange(directory.SetValues) && !a.Hidden, q.Form(), q.With()
	for _, v := range list {
		down := 0
		if v.Rank < total {
			down = v.Rank + 1
		}
		page.Rows = append(page.Rows, rankRow{
			Up: v.Rank - 1, Down: down,
			Drafted: drafting.As(q, draft.KeyOf(directory.SetGroupValue{Group: v.Group, Attribute: a.ID})),
			Rank:    v.Rank, Group: q.Names.Group(v.Group), ID: directory.FormatID(v.Group), Path: q.Names.PathText(v.Group),
			Value: sentence.ValueOf(&a, v.Value, q.Language), Window: values.WindowNote(q, v.Window),
			Off: !v.InForce(q.PageTime()),
		})
	}
	if a.HasDefault() {
		page.Default = sentence.ValueOf(&a, a.Default, q.Language)
	}
	f.Data = page
	return q.Show("attribute_ranks", f)
}
