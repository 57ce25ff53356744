package groups

import (
	"cmp"
	"slices"
	"strings"

	"cohort/internal/console/pagekit"
	"cohort/internal/console/search"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// A treePage is one level of the tree of groups, or the groups that a search finds.
type treePage struct {
	Query string
	Nodes []treeNode
	Found []treeNode // groups that a search finds, with paths
	Next  string
	Prev  string
	Shown string
	Root  sentence.Part
	New   bool
	May   bool
	Form  pagekit.Form
	Open  string
}

// A treeNode is a group in the tree.
type treeNode struct {
	ID       string
	Name     sentence.Part
	Path     string
	Members  int64
	Children int
	Open     string // the address of its children
	In       string // the id of the parent that it is shown in
	Move     bool   // whether it can be moved
}

func groups(q *pagekit.Request) error {
	page := treePage{Query: strings.TrimSpace(q.Query.Get("q")), Root: q.Names.Group(directory.AllUsers)}
	var err error
	if page.Query != "" {
		var found []directory.Group
		if found, err = search.FindGroups(q, page.Query, pagekit.RowsShown); err == nil {
			page.Found, err = nodes(q, found)
		}
		for i := range page.Found {
			id, _ := directory.ParseID[directory.GroupID]("id", page.Found[i].ID)
			page.Found[i].Path = q.Names.PathText(id)
		}
	} else {
		err = level(q, &page)
	}
	if err != nil {
		return err
	}
	page.May, page.Form, page.Open = q.MayChange(directory.ManageGroups), q.Form(), q.With("new", "1")
	page.New = page.May && (q.Query.Get("new") != "" || page.Form.Problem != "")
	return q.Show("groups", pagekit.Frame{
		Title: "Groups", Section: "groups", Data: page, Search: " ",
		Calls: q.Calls().CLI("group", "tree").Native("groups").Looker("groups").Propeller("usergroups").List,
	})
}

// level loads the children of the group in the parameter in, by name.
func level(q *pagekit.Request, page *treePage) error {
	parent := directory.AllUsers
	if text := q.Query.Get("in"); text != "" {
		id, err := directory.ParseID[directory.GroupID]("in", text)
		if err != nil {
			return err
		}
		parent = id
	}
	list, err := childrenOf(q, parent)
	if err != nil {
		return err
	}
	from, to := q.Slice(len(list), &page.Prev, &page.Next)
	page.Shown = pagekit.RangeText(from, to, len(list))
	page.Nodes, err = nodesIn(q, parent, list[from:to])
	return err
}

// nodesIn returns the nodes of groups that are shown in a parent.
func nodesIn(q *pagekit.Request, parent directory.GroupID, list []directory.Group) ([]treeNode, error) {
	nodes, err := nodes(q, list)
	for i := range nodes {
		nodes[i].In, nodes[i].Move = directory.FormatID(parent), q.MayChange(directory.ManageGroups)
	}
	return nodes, err
}

func childrenOf(q *pagekit.Request, id directory.GroupID) ([]directory.Group, error) {
	list, err := q.Dir.ChildGroups(q.Context(), id)
	if err != nil {
		return nil, err
	}
	return byName(list), nil
}

// byName sorts groups by name. It folds each name once.
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

func nodes(q *pagekit.Request, list []directory.Group) ([]treeNode, error) {
	ids := make([]directory.GroupID, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	details, err := q.Dir.GroupDetails(q.Context(), ids)
	if err != nil {
		return nil, err
	}
	nodes := make([]treeNode, 0, len(details))
	for i := range details {
		d := &details[i]
		node := treeNode{ID: directory.FormatID(d.Group.ID), Name: q.Names.GroupPart(&d.Group), Members: d.Members}
		if d.Group.ID != directory.AllUsers {
			children, err := q.Dir.ChildGroups(q.Context(), d.Group.ID)
			if err != nil {
				return nil, err
			}
			node.Children = len(children)
			node.Open = q.To("groups") + "?in=" + node.ID
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}
