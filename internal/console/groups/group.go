package groups

import (
	"slices"

	"cohort/internal/console/changes"
	"cohort/internal/console/draft"
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/console/users"
	"cohort/internal/console/values"
	"cohort/internal/directory"
)

// A nestingPage lists the parents and the children of a group.
type nestingPage struct {
	Parents  []users.MemberRow
	Children []treeNode
	Next     string
	Prev     string
	Shown    string
	Name     string
	About    string // the description
	May      bool
	All      bool
	Form     pagekit.Form
}

func callsOfGroup(q *pagekit.Request, id directory.GroupID, page string) []pagekit.Call {
	group := directory.FormatID(id)
	switch page {
	case "values":
		return q.Calls().CLI("group", "show", group).Native("groups/" + group + "/effective").
			Looker("groups/" + group).Propeller("usergroups/id/" + group + "/effective").List
	case "members":
		return q.Calls().CLI("group", "members", group).Native("groups/" + group + "/members").
			Looker("groups/" + group + "/users").Propeller("usergroups/id/" + group + "/users").List
	case "nesting":
		return q.Calls().CLI("group", "tree", group).Native("groups/" + group + "/children").
			Looker("groups/" + group + "/groups").Propeller("usergroups/id/" + group + "/children").List
	case "access":
		return q.Calls().CLI("role", "list").Native("groups/" + group).Looker("groups/" + group).List
	case "history":
		return q.Calls().CLI("log", "group:"+group).Native("changes?object=group:" + group).List
	}
	return nil
}

// editGroupValue sets or removes a group's value.
func editGroupValue(q *pagekit.Request) ([]directory.Edit, error) {
	id, err := q.PathGroupID()
	if err != nil {
		return nil, err
	}
	s, err := values.TypedSetting(q, func(a directory.AttributeID) (*directory.Value, directory.Window, error) {
		v, _, err := drafting.GroupValue(q, id, a)
		if err != nil || v == nil {
			return nil, directory.Window{}, err
		}
		return &v.Value, v.Window, nil
	})
	if s.Remove {
		return []directory.Edit{directory.DeleteGroupValue{Group: id, Attribute: s.Attribute}}, err
	}
	return []directory.Edit{directory.SetGroupValue{Group: id, Attribute: s.Attribute, Value: s.Value, Window: s.Window,
		Rank: s.Rank}}, err
}

// Load loads the group in the path, and the frame that the pages of a group share.
func Load(q *pagekit.Request, current string) (d directory.GroupDetail, f pagekit.Frame, err error) {
	id, err := directory.ParseID[directory.GroupID]("group", q.R.PathValue("id"))
	if err != nil {
		return d, f, directory.NotFound("group", q.R.PathValue("id"))
	}
	list, err := q.Dir.GroupDetails(q.Context(), []directory.GroupID{id})
	if err != nil {
		return d, f, err
	}
	if len(list) == 0 {
		return d, f, directory.NotFound("group", id)
	}
	d = list[0]
	refs, err := q.Dir.Sources(q.Context(), directory.Object{Kind: directory.ObjectGroup, ID: int64(id)})
	if err != nil {
		return d, f, err
	}
	f = pagekit.Frame{Title: q.Names.GroupPart(&d.Group).Text, Section: "groups", Kind: "Group", Search: " ",
		About: pagekit.ObjectOf(id)}
	path, err := q.Dir.GroupPath(q.Context(), id)
	if err != nil {
		return d, f, err
	}
	for i, g := range slices.Backward(path[1:]) {
		f.Path = append(f.Path, q.Names.GroupPart(&g))
		if i > 0 {
			f.Path = append(f.Path, sentence.Say(" › "))
		}
	}
	f.Tabs = q.Tabs(current, "groups", directory.FormatID(id), []pagekit.Tab{
		{Name: "Values"}, {Name: "Members", Count: sentence.Number(sentence.Itoa(d.Members))}, {Name: "Nesting"},
		{Name: "Access"},
		{Name: "History"},
	})
	f.Calls, f.Description = callsOfGroup(q, id, current), d.Group.Description
	f.Facts = append([]pagekit.Fact{{Label: "id", Copy: directory.FormatID(id)}}, pagekit.SourceFacts(refs)...)
	if len(d.Roles) > 0 {
		var roles []sentence.Part
		for _, r := range d.Roles {
			roles = append(roles, q.Names.Role(r))
		}
		f.Facts = append(f.Facts, pagekit.Fact{Label: "gives", Parts: sentence.Listed(roles, 3)})
	}
	return d, f, nil
}

func groupValues(q *pagekit.Request) error {
	d, f, err := Load(q, "values")
	if err != nil {
		return err
	}
	attrs, err := q.Dir.Attributes(q.Context())
	if err != nil {
		return err
	}
	ids := []directory.AttributeID{}
	for i := range attrs {
		if !attrs[i].ID.Computed() {
			ids = append(ids, attrs[i].ID)
		}
	}
	list, err := q.Dir.GroupEffective(q.Context(), d.Group.ID, ids, "")
	if err != nil {
		return err
	}
	set, err := q.Dir.WholeValuesOf(q.Context(), d.Group.ID)
	if err != nil {
		return err
	}
	own := map[directory.AttributeID]*directory.RankedValue{}
	for i := range set {
		own[set[i].Attribute] = &set[i]
	}
	page, shown, err := values.NewPage(q, "group", list, func(id directory.AttributeID) bool { return own[id] != nil })
	if err != nil {
		return err
	}
	for _, s := range shown {
		row := values.NewRow(q, &s.Definition, &s.Effective)
		if v := own[s.Definition.ID]; v != nil {
			row.Own = true
			row.Window = values.WindowNote(q, v.Window)
		}
		if g := s.Groups; len(g) == 1 && g[0] == d.Group.ID {
			row.Chip = sentence.Chip{Origin: "user", Text: "own"}
		}
		row.Why = q.To("groups", directory.FormatID(d.Group.ID), "why", s.Definition.Name)
		editGroupRow(q, &row, d.Group.ID, &s.Definition, own[s.Definition.ID])
		page.Rows = append(page.Rows, row)
	}
	page.Here, page.MaySet = q.With(), q.May(directory.SetValues)
	f.Data = page
	return q.Show("user_values", f)
}

// editGroupRow adds the edit link or the form to a row, if the person may change the value.
func editGroupRow(q *pagekit.Request, row *values.Row, group directory.GroupID, a *directory.Attribute,
	own *directory.RankedValue) {
	if !q.MayChange(directory.SetValues) {
		return
	}
	row.Edit = q.With("edit", a.Name) + "#row-" + a.Name
	key := draft.KeyOf(directory.SetGroupValue{Group: group, Attribute: a.ID})
	row.Drafted = drafting.As(q, key)
	if q.Query.Get("edit") != a.Name {
		return
	}
	if own == nil {
		row.Editor = values.NewEditor(q, key, a, false, directory.Value{}, directory.Window{})
	} else {
		row.Editor = values.NewEditor(q, key, a, true, own.Value, own.Window)
	}
	row.Editor.Group = true
}

func groupNesting(q *pagekit.Request) error {
	d, f, err := Load(q, "nesting")
	if err != nil {
		return err
	}
	page := nestingPage{}
	for i, p := range d.Parents {
		page.Parents = append(page.Parents, users.MemberRow{
			Group: q.Names.Group(p), Path: q.Names.PathText(p), First: i == 0, ID: directory.FormatID(p),
			Drafted: drafting.As(q, draft.KeyOf(directory.AddParent{Group: d.Group.ID, Parent: p})),
		})
	}
	list, err := childrenOf(q, d.Group.ID)
	if err != nil {
		return err
	}
	from, to := q.Slice(len(list), &page.Prev, &page.Next)
	page.Shown = pagekit.RangeText(from, to, len(list))
	if page.Children, err = nodesIn(q, d.Group.ID, list[from:to]); err != nil {
		return err
	}
	page.Name, page.About, page.May, page.Form, page.All = d.Group.Name, d.Group.Description,
		q.MayChange(directory.ManageGroups), q.Form(), d.Group.ID == directory.AllUsers
	f.Data = page
	return q.Show("group_nesting", f)
}

func groupHistory(q *pagekit.Request) error {
	d, f, err := Load(q, "history")
	if err != nil {
		return err
	}
	return changes.Show(q, f, directory.Object{Kind: directory.ObjectGroup, ID: int64(d.Group.ID)})
}
