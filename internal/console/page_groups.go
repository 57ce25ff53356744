package console

import (
	"cmp"
	"slices"
	"strings"

	"cohort/internal/console/draft"
	"cohort/internal/directory"
)

// A treePage is a level of the tree of groups, or what a text finds in it.
type treePage struct {
	Query string
	Nodes []treeNode
	Found []treeNode // flat, with paths
	Next  string
	Prev  string
	Shown string
	Root  part
	New   bool
	May   bool
	Form  form
	Open  string
}

// A treeNode is a group in the tree.
type treeNode struct {
	ID       string
	Name     part
	Path     string
	Members  int64
	Children int
	Open     string // the address of its children
	In       string // the id of the group that it is shown in
	Move     bool   // whether it can be moved
}

func groups(q *request) error {
	page := treePage{Query: strings.TrimSpace(q.query.Get("q")), Root: q.names.group(directory.AllUsers)}
	var err error
	if page.Query != "" {
		var found []directory.Group
		if found, err = q.findGroups(page.Query, rowsShown); err == nil {
			page.Found, err = q.nodes(found)
		}
		for i := range page.Found {
			id, _ := directory.ParseID[directory.GroupID]("id", page.Found[i].ID)
			page.Found[i].Path = q.pathText(id)
		}
	} else {
		err = q.level(&page)
	}
	if err != nil {
		return err
	}
	page.May, page.Form, page.Open = q.mayChange(directory.ManageGroups), q.form(), q.with("new", "1")
	page.New = page.May && (q.query.Get("new") != "" || page.Form.Problem != "")
	return q.show("groups", frame{
		Title: "Groups", Section: "groups", Data: page, Search: " ",
		Calls: q.calls().cli("group", "tree").native("groups").looker("groups").propeller("usergroups").list,
	})
}

// level loads the groups directly in the group of the parameter in, by name.
func (q *request) level(page *treePage) error {
	parent := directory.AllUsers
	if text := q.query.Get("in"); text != "" {
		id, err := directory.ParseID[directory.GroupID]("in", text)
		if err != nil {
			return err
		}
		parent = id
	}
	list, err := q.childrenOf(parent)
	if err != nil {
		return err
	}
	from, to := q.slice(len(list), &page.Prev, &page.Next)
	page.Shown = rangeText(from, to, len(list))
	page.Nodes, err = q.nodesIn(parent, list[from:to])
	return err
}

// nodesIn are the nodes of groups that are shown in another.
func (q *request) nodesIn(parent directory.GroupID, list []directory.Group) ([]treeNode, error) {
	nodes, err := q.nodes(list)
	for i := range nodes {
		nodes[i].In, nodes[i].Move = directory.FormatID(parent), q.mayChange(directory.ManageGroups)
	}
	return nodes, err
}

func (q *request) childrenOf(id directory.GroupID) ([]directory.Group, error) {
	list, err := q.dir.ChildGroups(q.ctx(), id)
	if err != nil {
		return nil, err
	}
	return byName(list), nil
}

// byName sorts groups by name. Each name is folded once.
func byName(list []directory.Group) []directory.Group {
	type keyed struct {
		key string
		at  int
	}
	keys := make([]keyed, len(list))
	for i := range list {
		keys[i] = keyed{directory.Fold(list[i].Name), i}
	}
	slices.SortFunc(keys, func(a, b keyed) int { return cmp.Or(strings.Compare(a.key, b.key), a.at-b.at) })
	sorted := make([]directory.Group, len(list))
	for i, k := range keys {
		sorted[i] = list[k.at]
	}
	return sorted
}

func (q *request) nodes(list []directory.Group) ([]treeNode, error) {
	ids := make([]directory.GroupID, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	details, err := q.dir.GroupDetails(q.ctx(), ids)
	if err != nil {
		return nil, err
	}
	nodes := make([]treeNode, 0, len(details))
	for i := range details {
		d := &details[i]
		node := treeNode{ID: directory.FormatID(d.Group.ID), Name: q.names.groupPart(&d.Group), Members: d.Members}
		if d.Group.ID != directory.AllUsers {
			children, err := q.dir.ChildGroups(q.ctx(), d.Group.ID)
			if err != nil {
				return nil, err
			}
			node.Children = len(children)
			node.Open = q.to("groups") + "?in=" + node.ID
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}

// loadGroup loads the group of the path, and the frame that its pages share.
func (q *request) loadGroup(current string) (d directory.GroupDetail, f frame, err error) {
	id, err := directory.ParseID[directory.GroupID]("group", q.r.PathValue("id"))
	if err != nil {
		return d, f, directory.NotFound("group", q.r.PathValue("id"))
	}
	list, err := q.dir.GroupDetails(q.ctx(), []directory.GroupID{id})
	if err != nil {
		return d, f, err
	}
	if len(list) == 0 {
		return d, f, directory.NotFound("group", id)
	}
	d = list[0]
	refs, err := q.dir.Sources(q.ctx(), directory.Object{Kind: directory.ObjectGroup, ID: int64(id)})
	if err != nil {
		return d, f, err
	}
	f = frame{Title: q.names.groupPart(&d.Group).Text, Section: "groups", Kind: "Group", Search: " ", About: objectOf(id)}
	path, err := q.dir.GroupPath(q.ctx(), id)
	if err != nil {
		return d, f, err
	}
	for i, g := range slices.Backward(path[1:]) {
		f.Path = append(f.Path, q.names.groupPart(&g))
		if i > 0 {
			f.Path = append(f.Path, say(" › "))
		}
	}
	f.Tabs = q.tabs(current, "groups", directory.FormatID(id), []tab{
		{Name: "Values"}, {Name: "Members", Count: number(itoa(d.Members))}, {Name: "Nesting"}, {Name: "Access"},
		{Name: "History"},
	})
	f.Calls, f.Description = q.callsOfGroup(id, current), d.Group.Description
	f.Facts = append([]fact{{Label: "id", Copy: directory.FormatID(id)}}, sourceFacts(refs)...)
	if len(d.Roles) > 0 {
		var roles []part
		for _, r := range d.Roles {
			roles = append(roles, q.names.role(r))
		}
		f.Facts = append(f.Facts, fact{Label: "gives", Parts: listed(roles, 3)})
	}
	return d, f, nil
}

func groupValues(q *request) error {
	d, f, err := q.loadGroup("values")
	if err != nil {
		return err
	}
	attrs, err := q.dir.Attributes(q.ctx())
	if err != nil {
		return err
	}
	ids := []directory.AttributeID{}
	for i := range attrs {
		if !attrs[i].ID.Computed() {
			ids = append(ids, attrs[i].ID)
		}
	}
	list, err := q.dir.GroupEffective(q.ctx(), d.Group.ID, ids, "")
	if err != nil {
		return err
	}
	values, err := q.dir.WholeValuesOf(q.ctx(), d.Group.ID)
	if err != nil {
		return err
	}
	own := map[directory.AttributeID]*directory.RankedValue{}
	for i := range values {
		own[values[i].Attribute] = &values[i]
	}
	page, shown, err := q.valuesPage("group", list, func(id directory.AttributeID) bool { return own[id] != nil })
	if err != nil {
		return err
	}
	for _, s := range shown {
		row := q.valueRow(&s.attribute, &s.Effective)
		if v := own[s.attribute.ID]; v != nil {
			row.Own = true
			row.Window = q.windowNote(v.Window)
		}
		if g := s.Groups; len(g) == 1 && g[0] == d.Group.ID {
			row.Chip = chip{Origin: "user", Text: "own"}
		}
		row.Why = q.to("groups", directory.FormatID(d.Group.ID), "why", s.attribute.Name)
		q.editGroupRow(&row, d.Group.ID, &s.attribute, own[s.attribute.ID])
		page.Rows = append(page.Rows, row)
	}
	page.Here, page.MaySet = q.with(), q.may(directory.SetValues)
	f.Data = page
	return q.show("user_values", f)
}

// editGroupRow adds to a row what the person may do with it.
func (q *request) editGroupRow(row *valueRow, group directory.GroupID, a *directory.Attribute,
	own *directory.RankedValue) {
	if !q.mayChange(directory.SetValues) {
		return
	}
	row.Edit = q.with("edit", a.Name) + "#row-" + a.Name
	key := draft.KeyOf(directory.SetGroupValue{Group: group, Attribute: a.ID})
	row.Drafted = q.draftedAs(key)
	if q.query.Get("edit") != a.Name {
		return
	}
	if own == nil {
		row.Editor = q.editorOf(key, a, false, directory.Value{}, directory.Window{})
	} else {
		row.Editor = q.editorOf(key, a, true, own.Value, own.Window)
	}
	row.Editor.Group = true
}

// A nestingPage is where a group is, and what is in it.
type nestingPage struct {
	Parents  []memberRow
	Children []treeNode
	Next     string
	Prev     string
	Shown    string
	Name     string
	About    string // the description
	May      bool
	All      bool
	Form     form
}

func groupNesting(q *request) error {
	d, f, err := q.loadGroup("nesting")
	if err != nil {
		return err
	}
	page := nestingPage{}
	for i, p := range d.Parents {
		page.Parents = append(page.Parents, memberRow{
			Group: q.names.group(p), Path: q.pathText(p), First: i == 0, ID: directory.FormatID(p),
			Drafted: q.draftedAs(draft.KeyOf(directory.AddParent{Group: d.Group.ID, Parent: p})),
		})
	}
	list, err := q.childrenOf(d.Group.ID)
	if err != nil {
		return err
	}
	from, to := q.slice(len(list), &page.Prev, &page.Next)
	page.Shown = rangeText(from, to, len(list))
	if page.Children, err = q.nodesIn(d.Group.ID, list[from:to]); err != nil {
		return err
	}
	page.Name, page.About, page.May, page.Form, page.All = d.Group.Name, d.Group.Description,
		q.mayChange(directory.ManageGroups), q.form(), d.Group.ID == directory.AllUsers
	f.Data = page
	return q.show("group_nesting", f)
}

func groupHistory(q *request) error {
	d, f, err := q.loadGroup("history")
	if err != nil {
		return err
	}
	return q.showHistory(f, directory.Object{Kind: directory.ObjectGroup, ID: int64(d.Group.ID)})
}
