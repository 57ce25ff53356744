package object

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// A groupTreeCmd shows how groups are nested.
type groupTreeCmd struct {
	cli.ListFormat
	cli.StoppedFlags
	Group string `arg:"" optional:"" complete:"group" help:"only this group and everything in it"`
}

// Help returns the details of the command's help.
func (*groupTreeCmd) Help() string {
	return `A group with several parents is shown below each of them, and its contents below the first. The number counts the users directly in it.

Examples:

  cohort group tree
  cohort group tree EMEA -o csv`
}

// A treeNode is a group with the groups in it.
type treeNode struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Members int64       `json:"members"`
	Groups  []*treeNode `json:"groups"`
	again   bool        // the groups in it are shown at another place
}

// Run asks the server.
func (c *groupTreeCmd) Run(v *cli.Invocation) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	top := ""
	if c.Group != "" {
		g, _, err := cli.ReadObject[client.GroupDetail](v, cli.APIPath("groups", cli.GroupSelector(c.Group)))
		if err != nil {
			return err
		}
		top = g.ID
	}
	groups, _, err := cli.ReadList[client.GroupDetail](v, server, cli.Page{Path: "/v1/groups", Query: nil,
		Member: "groups"}, 0)
	if err != nil {
		return err
	}
	roots := grow(groups, top)
	if c.Format() != screen.Table {
		return writeTree(v, c.Format(), roots)
	}
	if len(roots) == 0 {
		v.Say("There are no groups but All Users; cohort group create NAME creates one.")
	}
	for _, root := range roots {
		fmt.Fprintln(v.Stdout, treeLine(root))
		branches(v, root, "")
	}
	return nil
}

// writeTree writes trees for programs. CSV has a row for each group and each of its parents;
// names has each group once.
func writeTree(v *cli.Invocation, f screen.Format, roots []*treeNode) error {
	if f == screen.JSON || f == screen.YAML {
		return v.WriteObject(f, map[string]any{"groups": roots})
	}
	var places []treePlace
	for _, root := range roots {
		places = root.places(places, nil)
	}
	if f == screen.Name {
		places = slices.DeleteFunc(places, func(p treePlace) bool { return p.again })
	}
	items, err := cli.ItemsFrom(places)
	if err != nil {
		return err
	}
	list := screen.List[treePlace]{
		Name: func(p *treePlace) string { return p.Name },
		ID:   func(p *treePlace) string { return p.ID },
		Columns: []screen.Column[treePlace]{
			{Title: "id", Text: func(p *treePlace) string { return p.ID }},
			{Title: "name", Text: func(p *treePlace) string { return p.Name }},
			{Title: "parent", Text: func(p *treePlace) string { return p.Parent }},
			{Title: "depth", Text: func(p *treePlace) string { return strconv.Itoa(len(p.path)) }},
			{Title: "path", Text: func(p *treePlace) string { return strings.Join(append(p.path, p.Name), " / ") }},
			{Title: "members", Text: func(p *treePlace) string { return cli.Decimal(p.Members) }},
		},
	}
	return list.Write(v.Stdout, v.Screen, f, items)
}

// A treePlace is one place of a group in the trees.
type treePlace struct {
	*treeNode
	Parent string   // id; empty at the top
	path   []string // names of the groups above
	again  bool     // the group has an earlier place
}

// places appends the places of a group and of the groups in it.
func (n *treeNode) places(list []treePlace, above []*treeNode) []treePlace {
	place := treePlace{treeNode: n, again: slices.ContainsFunc(list, func(p treePlace) bool { return p.ID == n.ID })}
	for _, parent := range above {
		place.path = append(place.path, parent.Name)
		place.Parent = parent.ID
	}
	list = append(list, place)
	above = append(slices.Clip(above), n)
	for _, child := range n.Groups {
		list = child.places(list, above)
	}
	return list
}

// allUsers is the id of All Users, which every group is in.
const allUsers = "1"

// grow makes the trees of groups: of top, or else of the groups without parents.
func grow(groups []screen.Item[client.GroupDetail], top string) []*treeNode {
	children := map[string][]*client.GroupDetail{}
	var roots []*client.GroupDetail
	for i := range groups {
		g := &groups[i].Value
		if g.ID == top || top == "" && len(g.Parents) == 0 && g.ID != allUsers {
			roots = append(roots, g)
		}
		for _, p := range g.Parents {
			children[p.ID] = append(children[p.ID], g)
		}
	}
	seen := map[string]bool{}
	var node func(g *client.GroupDetail) *treeNode
	node = func(g *client.GroupDetail) *treeNode {
		n := &treeNode{ID: g.ID, Name: g.Name, Members: g.Members, Groups: []*treeNode{}}
		if seen[g.ID] {
			n.again = len(children[g.ID]) > 0
			return n
		}
		seen[g.ID] = true
		slices.SortFunc(children[g.ID], byName)
		for _, child := range children[g.ID] {
			n.Groups = append(n.Groups, node(child))
		}
		return n
	}
	slices.SortFunc(roots, byName)
	trees := []*treeNode{}
	for _, g := range roots {
		trees = append(trees, node(g))
	}
	return trees
}

func byName(a, b *client.GroupDetail) int {
	return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
}

func treeLine(n *treeNode) string {
	text := groupLabel(&client.GroupDetail{ID: n.ID, Name: n.Name})
	if n.Members > 0 {
		text += fmt.Sprintf(" (%d)", n.Members)
	}
	if n.again {
		text += " …"
	}
	return text
}

// branches draws the groups in a group.
func branches(v *cli.Invocation, n *treeNode, indent string) {
	for i, child := range n.Groups {
		branch, below := "├── ", "│   "
		if i == len(n.Groups)-1 {
			branch, below = "└── ", "    "
		}
		fmt.Fprintln(v.Stdout, v.Styled(screen.Grey, indent+branch)+treeLine(child))
		branches(v, child, indent+below)
	}
}
