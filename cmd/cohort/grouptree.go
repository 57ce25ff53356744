package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cohort/client"
	"cohort/internal/screen"
)

// A groupTreeCmd shows how groups are nested.
type groupTreeCmd struct {
	paged
	asking
	Group string `arg:"" optional:"" complete:"group" help:"only this group and what is in it"`
}

// Help is the rest of the command's help.
func (*groupTreeCmd) Help() string {
	return `A group that is in several others is shown in each; what is in it, where it is shown first. The number is that of the users directly in it.

Examples:

  cohort group tree
  cohort group tree EMEA -o json`
}

// A treeNode is a group with the groups in it.
type treeNode struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Members int64       `json:"members"`
	Groups  []*treeNode `json:"groups"`
	again   bool        // its groups are shown elsewhere
}

// Run asks the server.
func (c *groupTreeCmd) Run(v *invocation) error {
	server, err := v.client()
	if err != nil {
		return err
	}
	top := ""
	if c.Group != "" {
		g, _, err := one[client.GroupDetail](v, at("groups", groupSelector(c.Group)))
		if err != nil {
			return err
		}
		top = g.ID
	}
	groups, _, err := readList[client.GroupDetail](v, server, page{"/v1/groups", nil, "groups"}, 0)
	if err != nil {
		return err
	}
	roots := grow(groups, top)
	if c.forPrograms() {
		return v.object(c.format(), map[string]any{"groups": roots})
	}
	if len(roots) == 0 {
		v.say("There are no groups but All Users; cohort group create NAME makes one.")
	}
	for _, root := range roots {
		fmt.Fprintln(v.out, treeLine(root))
		v.branches(root, "")
	}
	return nil
}

// allUsers is the id of All Users, which every group is in.
const allUsers = "1"

// grow makes trees of groups: below top, or below the groups that are in no other.
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

// branches draws what is in a group.
func (v *invocation) branches(n *treeNode, indent string) {
	for i, child := range n.Groups {
		branch, below := "├── ", "│   "
		if i == len(n.Groups)-1 {
			branch, below = "└── ", "    "
		}
		fmt.Fprintln(v.out, v.styled(screen.Grey, indent+branch)+treeLine(child))
		v.branches(child, indent+below)
	}
}
