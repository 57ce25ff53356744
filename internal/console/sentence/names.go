package sentence

import (
	"context"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// A namesReader reads what has names.
type namesReader interface {
	WholeUser(ctx context.Context, id directory.UserID) (directory.UserDetail, error)
	Group(ctx context.Context, id directory.GroupID) (directory.Group, error)
	GroupPath(ctx context.Context, id directory.GroupID) ([]directory.Group, error)
	Attribute(ctx context.Context, id directory.AttributeID) (directory.Attribute, error)
	AllRoles(ctx context.Context) ([]directory.RoleDetail, error)
}

// Names names objects and links to their pages. It names objects that the person may not see
// by their ids.
type Names struct {
	ctx      context.Context // of the request
	dir      namesReader
	to       func(parts ...string) string // the address of a page
	language directory.Language

	users  map[directory.UserID]Part
	groups map[directory.GroupID]Part
	roles  map[directory.RoleID]Part
	sets   map[directory.PermissionSetID]Part // permission sets of the roles
}

// Edit says in a sentence what an edit does. Objects that earlier edits create are named as
// those edits name them.
func (n *Names) Edit(e directory.Edit, before []directory.Edit) []Part {
	t := sentenceWriter{n, before}
	for _, tell := range []func(directory.Edit) []Part{t.ofUser, t.ofGroup, t.ofAttribute, t.ofValue, t.ofAccess, t.ofRole,
		t.ofPast} {
		if out := tell(e); out != nil {
			return out
		}
	}
	return Parts(Say(e.EditName()))
}

// NewNames returns names that are read from dir; to returns the address of a page.
func NewNames(ctx context.Context, dir namesReader, to func(parts ...string) string,
	language directory.Language) *Names {
	return &Names{ctx: ctx, dir: dir, to: to, language: language}
}

// User names a user.
func (n *Names) User(id directory.UserID) Part {
	if p, ok := n.users[id]; ok {
		return p
	}
	if n.users == nil {
		n.users = map[directory.UserID]Part{}
	}
	p := Part{Text: "user " + directory.FormatID(id)}
	switch u, err := n.dir.WholeUser(n.ctx, id); {
	case id == 0:
		p = Part{Text: "the server"}
	case err == nil:
		p = n.UserPart(&u)
	}
	n.users[id] = p
	return p
}

// UserPart names a user that is already loaded.
func (n *Names) UserPart(u *directory.UserDetail) Part {
	return Named(UserName(&u.UserRows), n.to("users", directory.FormatID(u.User.ID)))
}

// UserName returns the name of a user, else its e-mail, else its id.
func UserName(u *directory.UserRows) string {
	if name := u.User.DisplayName(); name != "" {
		return name
	}
	if email := u.Email(); email != "" {
		return email
	}
	return "User " + directory.FormatID(u.User.ID)
}

// Group names a group.
func (n *Names) Group(id directory.GroupID) Part {
	if id == directory.HiddenGroup {
		return Say("a group that you may not see")
	}
	if p, ok := n.groups[id]; ok {
		return p
	}
	if n.groups == nil {
		n.groups = map[directory.GroupID]Part{}
	}
	p := Part{Text: "group " + directory.FormatID(id)}
	if g, err := n.dir.Group(n.ctx, id); err == nil {
		p = n.GroupPart(&g)
	}
	n.groups[id] = p
	return p
}

// GroupPart names a group that is already loaded.
func (n *Names) GroupPart(g *directory.Group) Part {
	name := g.Name
	if name == "" {
		name = "Group " + directory.FormatID(g.ID)
	}
	return Named(name, n.to("groups", directory.FormatID(g.ID)))
}

// GroupName returns the name of a group; empty if the person may not see it.
func (n *Names) GroupName(id directory.GroupID) string {
	if g, err := n.dir.Group(n.ctx, id); err == nil {
		return g.Name
	}
	return ""
}

// PathText returns the path to a group: its first parents, from the root down.
func (n *Names) PathText(id directory.GroupID) string {
	path, err := n.dir.GroupPath(n.ctx, id)
	if err != nil || len(path) < 2 {
		return ""
	}
	var names []string
	for _, g := range slices.Backward(path[1:]) {
		names = append(names, g.Name)
	}
	return strings.Join(names, " › ")
}

// Attribute names an attribute, and returns its definition.
func (n *Names) Attribute(id directory.AttributeID) (Part, directory.Attribute) {
	a, err := n.dir.Attribute(n.ctx, id)
	if err != nil {
		return Part{Text: "attribute " + directory.FormatID(id)}, directory.Attribute{ID: id, Type: directory.TypeString}
	}
	return Named(a.Name, n.to("attributes", a.Name)), a
}

// Role names a role.
func (n *Names) Role(id directory.RoleID) Part {
	if n.roles == nil {
		n.readRoles()
	}
	if p, ok := n.roles[id]; ok {
		return p
	}
	return Part{Text: "role " + directory.FormatID(id)}
}

// permissionSet names the permission set of a role.
func (n *Names) permissionSet(id directory.PermissionSetID) Part {
	if n.sets == nil {
		n.readRoles()
	}
	if p, ok := n.sets[id]; ok {
		return p
	}
	return Code(directory.FormatID(id))
}

func (n *Names) readRoles() {
	n.roles, n.sets = map[directory.RoleID]Part{}, map[directory.PermissionSetID]Part{}
	all, err := n.dir.AllRoles(n.ctx)
	if err != nil {
		return
	}
	for _, r := range all {
		n.roles[r.Role.ID] = Say(r.Role.Name)
		n.sets[r.PermissionSet.ID] = Say(r.PermissionSet.Name)
	}
}
