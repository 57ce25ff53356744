package plan

import (
	"cohort/internal/directory"
	"cohort/internal/working"
)

// group returns a group that is there, or not found.
func (p *Planner) group(id directory.GroupID) (directory.Group, error) {
	g, ok := p.Catalog.Group(id)
	if !ok {
		return g, directory.NotFound("group", id)
	}
	return g, nil
}

func (p *Planner) createGroup(e directory.CreateGroup) (directory.Result, error) {
	g := directory.Group{Name: e.Name, Language: e.Language, Description: e.Description, CreatedAt: p.At}
	if err := p.parseGroup(&g, e.UniqueName); err != nil {
		return directory.Result{}, err
	}
	id, err := p.NewGroupID(e.ID)
	if err != nil {
		return directory.Result{}, err
	}
	g.ID = id
	if e.UniqueName {
		p.uniques = append(p.uniques, id.Object())
	}
	return made(id), p.Put(g)
}

func (p *Planner) updateGroup(e directory.UpdateGroup) error {
	g, err := p.group(e.Group)
	if err != nil {
		return err
	}
	renames := e.Name != nil && *e.Name != g.Name
	set(&g.Name, e.Name)
	set(&g.Language, e.Language)
	set(&g.Description, e.Description)
	if err := p.parseGroup(&g, e.UniqueName && renames); err != nil {
		return err
	}
	if e.UniqueName && renames {
		p.uniques = append(p.uniques, g.ID.Object())
	}
	return p.Put(g)
}

func (p *Planner) parseGroup(g *directory.Group, unique bool) error {
	var err error
	if g.Name, err = directory.ParseName("name", g.Name); err != nil {
		return err
	}
	if g.Language, err = directory.ParseLanguage("language", string(g.Language)); err != nil {
		return err
	}
	if g.Description, err = directory.ParseDescription("description", g.Description); err != nil {
		return err
	}
	if !unique {
		return nil
	}
	_, taken, err := p.Find(directory.GroupNameKey(g.Name), g.Key())
	if err == nil && taken {
		err = directory.Taken("name", "is the name of another group")
	}
	return err
}

// deleteGroup marks the group. Its memberships, nestings and values are invisible
// at once, because every reader checks the mark.
func (p *Planner) deleteGroup(e directory.DeleteGroup) error {
	g, err := p.group(e.Group)
	if err != nil {
		return err
	}
	g.DeletedRev = p.revision
	return p.Put(g)
}

func (p *Planner) addMember(e directory.AddMember) error {
	if _, err := p.group(e.Group); err != nil {
		return err
	}
	rows, err := p.User(e.User)
	if err != nil {
		return err
	}
	if e.Group == directory.AllUsers {
		return nil // everyone is in it
	}
	for _, m := range rows.Memberships {
		if m.Group == e.Group {
			return p.keepMember(m, e.Window)
		}
	}
	if n := p.Catalog.CountGroups(rows); n >= directory.MaxUserGroups {
		return directory.Invalid("group", "would be the user's group number %d; the most is %d", n+1, directory.MaxUserGroups)
	}
	m := directory.Membership{User: e.User, Group: e.Group, Position: lastPosition(rows.Memberships) + directory.OrderGap}
	set(&m.Window, e.Window)
	return p.Put(m)
}

// keepMember gives an existing membership the window that the edit asks for. Without
// one, a membership in force stays as it is, and any other begins anew.
func (p *Planner) keepMember(m directory.Membership, window *directory.Window) error {
	if window == nil && m.InForce(p.At) {
		return nil
	}
	m.Window = directory.Window{}
	set(&m.Window, window)
	return p.Put(m)
}

func lastPosition(memberships []directory.Membership) int64 {
	if len(memberships) == 0 {
		return 0
	}
	return memberships[len(memberships)-1].Position
}

func (p *Planner) removeMember(e directory.RemoveMember) error {
	if _, err := p.group(e.Group); err != nil {
		return err
	}
	if _, err := p.User(e.User); err != nil {
		return err
	}
	m, ok, err := working.Get[directory.Membership](p.Change, directory.Membership{User: e.User, Group: e.Group}.Key())
	if err != nil {
		return err
	}
	if !ok {
		return directory.NotFound("membership", e.Group)
	}
	return p.Remove(m.Key())
}

func (p *Planner) setFirstGroup(e directory.SetFirstGroup) error {
	rows, err := p.User(e.User)
	if err != nil {
		return err
	}
	first, ok := p.firstMembership(rows)
	if e.Group == 0 || e.Group == directory.AllUsers {
		if !ok {
			return nil
		}
		return p.Remove(first.Key())
	}
	if !ok {
		return p.moveToFirst(e, rows, nil)
	}
	if first.Group == e.Group {
		return nil
	}
	return p.moveToFirst(e, rows, &first)
}

// firstMembership is the first one in force of a group that is there.
func (p *Planner) firstMembership(rows *directory.UserRows) (directory.Membership, bool) {
	for _, m := range rows.Memberships {
		if _, ok := p.Catalog.Group(m.Group); ok && m.InForce(p.At) {
			return m, true
		}
	}
	return directory.Membership{}, false
}

// moveToFirst puts the membership of e.Group where first was, or before all.
func (p *Planner) moveToFirst(e directory.SetFirstGroup, rows *directory.UserRows, first *directory.Membership) error {
	position := int64(directory.OrderGap)
	if first != nil {
		position = first.Position
	} else if len(rows.Memberships) > 0 {
		position = rows.Memberships[0].Position - directory.OrderGap
	}
	if first != nil {
		if err := p.Remove(first.Key()); err != nil {
			return err
		}
	}
	if err := p.addMember(directory.AddMember{Group: e.Group, User: e.User}); err != nil {
		return err
	}
	m, _, err := working.Get[directory.Membership](p.Change, directory.Membership{User: e.User, Group: e.Group}.Key())
	if err != nil {
		return err
	}
	m.Position = position
	return p.Put(m)
}
