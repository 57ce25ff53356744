package console

import (
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/render"
)

// A part is a piece of a sentence: a text, the name of a thing that leads to
// its page, or a value.
type part struct {
	Text string
	Href string
	Kind string // "", value, hidden, code or quiet
}

func say(text string) part              { return part{Text: text} }
func code(text string) part             { return part{Text: text, Kind: "code"} }
func quiet(text string) part            { return part{Text: text, Kind: "quiet"} }
func named(text, href string) part      { return part{Text: text, Href: href} }
func parts(list ...part) []part         { return list }
func join(lists ...[]part) (out []part) { return slices.Concat(lists...) }

// names gives names of things and the addresses of their pages. Objects that the
// person may not see are named by id.
type names struct {
	q      *request
	users  map[directory.UserID]part
	groups map[directory.GroupID]part
	roles  map[directory.RoleID]part
	sets   map[directory.PermissionSetID]part // of the roles
}

func (n *names) user(id directory.UserID) part {
	if p, ok := n.users[id]; ok {
		return p
	}
	if n.users == nil {
		n.users = map[directory.UserID]part{}
	}
	p := part{Text: "user " + directory.FormatID(id)}
	switch u, err := n.q.dir.WholeUser(n.q.ctx(), id); {
	case id == 0:
		p = part{Text: "the server"}
	case err == nil:
		p = n.userPart(&u)
	}
	n.users[id] = p
	return p
}

// userPart is how a user is named: by its name, else its e-mail, else its id.
func (n *names) userPart(u *directory.UserDetail) part {
	return named(userName(&u.UserRows), n.q.to("users", directory.FormatID(u.User.ID)))
}

func userName(u *directory.UserRows) string {
	if name := u.User.DisplayName(); name != "" {
		return name
	}
	if email := u.Email(); email != "" {
		return email
	}
	return "User " + directory.FormatID(u.User.ID)
}

func (n *names) group(id directory.GroupID) part {
	if id == directory.HiddenGroup {
		return say("a group that you may not see")
	}
	if p, ok := n.groups[id]; ok {
		return p
	}
	if n.groups == nil {
		n.groups = map[directory.GroupID]part{}
	}
	p := part{Text: "group " + directory.FormatID(id)}
	if g, err := n.q.dir.Group(n.q.ctx(), id); err == nil {
		p = n.groupPart(&g)
	}
	n.groups[id] = p
	return p
}

func (n *names) groupPart(g *directory.Group) part {
	name := g.Name
	if name == "" {
		name = "Group " + directory.FormatID(g.ID)
	}
	return named(name, n.q.to("groups", directory.FormatID(g.ID)))
}

// groupName is for sentences: empty if nothing is known of the group.
func (n *names) groupName(id directory.GroupID) string {
	if g, err := n.q.dir.Group(n.q.ctx(), id); err == nil {
		return g.Name
	}
	return ""
}

func (n *names) attribute(id directory.AttributeID) (part, directory.Attribute) {
	a, err := n.q.dir.Attribute(n.q.ctx(), id)
	if err != nil {
		return part{Text: "attribute " + directory.FormatID(id)}, directory.Attribute{ID: id, Type: directory.TypeString}
	}
	return named(a.Name, n.q.to("attributes", a.Name)), a
}

func (n *names) role(id directory.RoleID) part {
	if n.roles == nil {
		n.readRoles()
	}
	if p, ok := n.roles[id]; ok {
		return p
	}
	return part{Text: "role " + directory.FormatID(id)}
}

// permissionSet is the name of a set that a role has, or its id.
func (n *names) permissionSet(id directory.PermissionSetID) part {
	if n.sets == nil {
		n.readRoles()
	}
	if p, ok := n.sets[id]; ok {
		return p
	}
	return code(directory.FormatID(id))
}

func (n *names) readRoles() {
	n.roles, n.sets = map[directory.RoleID]part{}, map[directory.PermissionSetID]part{}
	all, err := n.q.dir.AllRoles(n.q.ctx())
	if err != nil {
		return
	}
	for _, r := range all {
		n.roles[r.Role.ID] = say(r.Role.Name)
		n.sets[r.PermissionSet.ID] = say(r.PermissionSet.Name)
	}
}

// listed joins things as a sentence does: "A, B and C".
func listed(items []part, most int) []part {
	var out []part
	for i, item := range items {
		switch {
		case i == most && len(items) > most+1:
			return append(out, say(" and "+number(itoa(len(items)-most))+" more"))
		case i == 0:
		case i == len(items)-1:
			out = append(out, say(" and "))
		default:
			out = append(out, say(", "))
		}
		out = append(out, item)
	}
	return out
}

// A value is a value as pages show it: the text of a hidden one is never in it.
type value struct {
	Set    bool
	Hidden bool
	Texts  []string // one, or the elements of a list
	Others int      // texts in further languages
	Type   string
}

const maxShown = 200 // runes of a value on a page

func valueOf(a *directory.Attribute, v directory.Value, lang directory.Language) value {
	out := value{Set: true, Type: string(a.Type)}
	if a.Hidden || v.Sealed != 0 {
		out.Hidden = true
		return out
	}
	text, ok := v.In(lang)
	if !ok && len(v.Texts) > 0 {
		text = v.Texts[0].Text
	}
	out.Others = max(0, len(v.Texts)-1)
	switch a.Type {
	case directory.TypeList, directory.TypeEnumList:
		out.Texts = directory.SplitList(text)
	case directory.TypeYesNo:
		out.Texts = []string{"no"}
		if directory.YesNo(text) {
			out.Texts = []string{"yes"}
		}
	default:
		out.Texts = []string{text}
	}
	for i, t := range out.Texts {
		out.Texts[i] = render.Shorten(t, maxShown)
	}
	return out
}

func effectiveValue(a *directory.Attribute, e *directory.Effective, lang directory.Language) value {
	if e.Origin == directory.OriginNone {
		return value{Type: string(a.Type)}
	}
	return valueOf(a, e.Value, lang)
}

// Text is the value in a line.
func (v value) Text() string {
	switch {
	case !v.Set:
		return "no value"
	case v.Hidden:
		return "hidden"
	case len(v.Texts) == 1 && v.Texts[0] == "":
		return "empty"
	}
	return strings.Join(v.Texts, ", ")
}

func (v value) part() part {
	switch {
	case !v.Set:
		return quiet("no value")
	case v.Hidden:
		return part{Text: "hidden", Kind: "hidden"}
	case len(v.Texts) == 1 && v.Texts[0] == "":
		return quiet("the empty text")
	}
	return part{Text: v.Text(), Kind: "value"}
}

// A chip says where a value comes from; its origin has the same colour
// everywhere.
type chip struct {
	Origin string
	Text   string
	Groups []part
}

func (q *request) chipOf(e *directory.Effective) chip {
	c := chip{Origin: e.Origin.String(), Text: e.Origin.String()}
	switch e.Origin {
	case directory.OriginUser:
		c.Text = "own"
	case directory.OriginSystem:
		c.Text = "computed"
	case directory.OriginNone:
		c.Text = "none"
	case directory.OriginGroup, directory.OriginDefault:
	}
	for _, g := range e.Groups {
		c.Groups = append(c.Groups, q.names.group(g))
	}
	return c
}
