package attributes

import (
	"net/http"
	"net/url"

	"cohort/internal/console/diagram"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/inspect"
)

// A holdersPage lists the holders of an attribute.
type holdersPage struct {
	Attribute sentence.Part
	Hidden    bool
	Value     string // the exact value that is searched for
	Element   string // or an element of a list
	Least     string // or a range of numbers or dates
	Greatest  string
	List      bool // whether elements can be searched for
	Ordered   bool // whether a range can be searched for
	Filtered  bool
	All       string // the page without a filter
	Problem   string
	Bars      []diagram.Bar
	Rows      []holderRow
	Next      string
	First     string
	Examined  int
}

// A holderRow is a user who has a value.
type holderRow struct {
	User  sentence.Part
	Email string
	Value sentence.Value
	Chip  sentence.Chip
	Why   string
}

func attributeHolders(q *pagekit.Request) error {
	a, f, err := loadAttribute(q, "holders")
	if err != nil {
		return err
	}
	page := holdersPage{Attribute: sentence.Say(a.Name), Hidden: a.Hidden, List: a.Type.IsList(),
		Ordered: a.Type.IsOrdered()}
	query := directory.HolderQuery{Attribute: a.ID, Limit: pagekit.RowsShown}
	if !a.Hidden {
		askedOfHolders(q, &query, &page)
	}
	if text := q.Query.Get("after"); text != "" {
		if query.After, err = directory.ParseID[directory.UserID]("after", text); err != nil {
			return err
		}
		page.First = q.With("after", "")
	}
	list, err := inspect.Holders(q.Context(), q.Dir, query)
	if directory.KindOf(err) == directory.KindInvalid && err != nil {
		page.Problem, err = pagekit.NewErrorPage(err).Text, nil
	}
	if err != nil {
		return err
	}
	page.Examined = list.Examined
	if list.Next != 0 {
		page.Next = q.With("after", directory.FormatID(list.Next))
	}
	tally := map[string]int{}
	for i := range list.Holders {
		h := &list.Holders[i]
		row := holderRow{
			User: sentence.Named(sentence.UserName(&directory.UserRows{User: h.User}), q.To("users",
				directory.FormatID(h.User.ID))),
			Email: h.Email,
			Value: sentence.EffectiveValue(&a, &h.Effective, q.Language), Chip: q.Names.Chip(&h.Effective),
			Why: q.To("users", directory.FormatID(h.User.ID), "why", a.Name),
		}
		tally[row.Value.Text()]++
		page.Rows = append(page.Rows, row)
	}
	if !a.Hidden && !page.Filtered {
		page.Bars = diagram.Bars(tally, len(page.Rows),
			func(text string) string { return q.With("value", text, "after", "") })
	}
	f.Data = page
	status := http.StatusOK
	if page.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	return q.ShowAs(status, "attribute_holders", f)
}

// askedOfHolders parses the search for values. An empty field is ignored, except for an
// address with only the parameter value, which searches for the empty value.
func askedOfHolders(q *pagekit.Request, query *directory.HolderQuery, page *holdersPage) {
	fields := map[string]struct {
		to   **string
		page *string
	}{
		"value": {&query.Value, &page.Value}, "element": {&query.Element, &page.Element},
		"least": {&query.Least, &page.Least}, "greatest": {&query.Greatest, &page.Greatest},
	}
	alone := q.Query.Has("value") && !q.Query.Has("element") && !q.Query.Has("least") && !q.Query.Has("greatest")
	for name, field := range fields {
		text := q.Query.Get(name)
		if text == "" && !(alone && name == "value") {
			continue
		}
		*field.to, *field.page, page.Filtered = &text, text, true
	}
	if page.Filtered {
		page.All = q.To("attributes", q.R.PathValue("attribute"), "holders")
	}
}

func callsOfHolders(q *pagekit.Request, a *directory.Attribute) []pagekit.Call {
	asked, filter := []string{"holders", a.Name}, url.Values{}
	var query directory.HolderQuery
	if !a.Hidden {
		askedOfHolders(q, &query, &holdersPage{})
	}
	if query.Value != nil {
		asked[1] += "=" + *query.Value
		filter.Set("value", *query.Value)
	}
	for _, more := range []struct {
		name  string
		value *string
	}{{"element", query.Element}, {"least", query.Least}, {"greatest", query.Greatest}} {
		if more.value != nil {
			asked = append(asked, "--"+more.name+"="+*more.value)
			filter.Set(more.name, *more.value)
		}
	}
	path := "attributes/" + a.Name + "/holders"
	if len(filter) > 0 {
		path += "?" + filter.Encode()
	}
	return q.Calls().CLI(asked...).Native(path).List
}
