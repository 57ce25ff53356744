package intake

import (
	"context"
	"slices"

	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/view"
)

// ReadAbout reads what edits are about, and what has the same names: as much of a
// directory as it takes to say by name what the edits do.
func ReadAbout(ctx context.Context, dir *view.View, edits []directory.Edit) (*desired.Live, error) {
	r := &aboutReader{
		liveReader: liveReader{ctx: ctx, dir: dir, live: &desired.Live{}}, groups: map[directory.GroupID]bool{},
		users: map[directory.UserID]bool{}, ranked: map[directory.AttributeID]bool{}, emails: map[string]bool{},
		names: map[string]bool{},
	}
	for _, edit := range edits {
		r.subjects(edit)
	}
	for _, read := range []func() error{r.attributes, r.roles, r.theUsers, r.namesakes, r.theGroups, r.orders,
		r.nameGroups} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return r.live, nil
}

// An aboutReader reads the objects that edits are about.
type aboutReader struct {
	liveReader

	groups map[directory.GroupID]bool
	users  map[directory.UserID]bool
	ranked map[directory.AttributeID]bool // some of whose values change places
	emails map[string]bool                // of new users
	names  map[string]bool                // of new users without an e-mail
	made   []string                       // names of new groups
}

// subjects notes what an edit is about.
func (r *aboutReader) subjects(edit directory.Edit) {
	switch e := edit.(type) {
	case directory.CreateUser:
		if e.ContactEmail != "" {
			r.emails[e.ContactEmail] = true
		} else {
			r.names[(&directory.User{FirstName: e.FirstName, LastName: e.LastName}).DisplayName()] = true
		}
	case directory.UpdateUser:
		r.users[e.User] = true
	case directory.SetUserRoles:
		r.users[e.User] = true
	case directory.AddMember:
		r.users[e.User], r.groups[e.Group] = true, true
	case directory.RemoveMember:
		r.users[e.User], r.groups[e.Group] = true, true
	case directory.SetUserValue:
		r.users[e.User] = true
	case directory.DeleteUserValue:
		r.users[e.User] = true
	case directory.CreateGroup:
		r.made = append(r.made, e.Name)
	case directory.UpdateGroup:
		r.groups[e.Group] = true
	case directory.SetGroupRoles:
		r.groups[e.Group] = true
	case directory.AddParent:
		r.groups[e.Group], r.groups[e.Parent] = true, true
	case directory.RemoveParent:
		r.groups[e.Group], r.groups[e.Parent] = true, true
	case directory.SetGroupValue:
		r.groups[e.Group] = true
		r.ranked[e.Attribute] = r.ranked[e.Attribute] || e.Rank != nil
	case directory.DeleteGroupValue:
		r.groups[e.Group] = true
	}
}

func existing[ID directory.ID](set map[ID]bool) []ID {
	var list []ID
	for id := range set {
		if id > 0 {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

func (r *aboutReader) theUsers() error {
	for page := range slices.Chunk(existing(r.users), pageOf) {
		list, err := r.dir.WholeUsers(r.ctx, directory.UserQuery{Where: directory.UsersByID(page), Uncounted: true})
		if err != nil {
			return err
		}
		if err := r.addUsers(list); err != nil {
			return err
		}
		for i := range list {
			u := &r.live.Users[len(r.live.Users)-len(list)+i]
			switch {
			case u.Email != "":
			case u.ContactEmail != "":
				r.emails[u.ContactEmail] = true
			default:
				r.names[list[i].User.DisplayName()] = true
			}
			for _, m := range u.Memberships {
				r.groups[m.Group] = true
			}
		}
	}
	return nil
}

func (r *aboutReader) addUsers(list []directory.UserDetail) error {
	sources, err := r.sources(len(list), func(i int) directory.Object { return list[i].User.ID.Object() })
	for i := range sources {
		r.live.Users = append(r.live.Users, liveUser(&list[i], sources[i]))
	}
	return err
}

// namesakes reads other users who have an e-mail or name that the edits' users have.
func (r *aboutReader) namesakes() error {
	others := map[directory.UserID]bool{}
	look := func(ids []directory.UserID, err error) error {
		for _, id := range ids {
			others[id] = !r.users[id]
		}
		return err
	}
	for email := range r.emails {
		if err := look(r.dir.UsersByEmail(r.ctx, email)); err != nil {
			return err
		}
	}
	for name := range r.names {
		if name == "" {
			continue
		}
		if err := look(r.dir.UsersByName(r.ctx, name)); err != nil {
			return err
		}
	}
	for id, other := range others {
		if !other {
			continue
		}
		u, err := r.dir.WholeUser(r.ctx, id)
		if err == nil {
			err = r.addUsers([]directory.UserDetail{u})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// theGroups reads groups and the groups that they are in.
func (r *aboutReader) theGroups() error {
	if err := r.addGroups(existing(r.groups)); err != nil {
		return err
	}
	near := map[directory.GroupID]bool{}
	for i := range r.live.Groups {
		for _, parent := range r.live.Groups[i].Parents {
			near[parent] = !r.groups[parent]
		}
	}
	return r.addGroups(slices.DeleteFunc(existing(near), func(id directory.GroupID) bool { return !near[id] }))
}

func (r *aboutReader) addGroups(ids []directory.GroupID) error {
	for page := range slices.Chunk(ids, pageOf) {
		details, err := r.dir.GroupDetails(r.ctx, page)
		if err != nil {
			return err
		}
		sources, err := r.sources(len(details), func(i int) directory.Object { return details[i].Group.ID.Object() })
		if err != nil {
			return err
		}
		for i := range details {
			g, err := r.group(&details[i], sources[i])
			if err != nil {
				return err
			}
			r.live.Groups = append(r.live.Groups, g)
		}
	}
	return nil
}

// orders reads all values of attributes of which some change places.
func (r *aboutReader) orders() error {
	whole := len(r.live.Groups) // others have only values that are ordered
	at := map[directory.GroupID]int{}
	for i := range r.live.Groups {
		at[r.live.Groups[i].ID] = i
	}
	for _, a := range existing(r.ranked) {
		if !r.ranked[a] {
			continue
		}
		values, err := r.dir.WholeValues(r.ctx, a)
		if err != nil {
			return err
		}
		for _, v := range values {
			i, there := at[v.Group]
			if !there {
				i = len(r.live.Groups)
				at[v.Group] = i
				r.live.Groups = append(r.live.Groups, desired.LiveGroup{ID: v.Group})
			}
			if i >= whole {
				one := liveValue(a, v.Value, v.Window)
				one.Rank = v.Rank
				r.live.Groups[i].Values = append(r.live.Groups[i].Values, one)
			}
		}
	}
	return nil
}

// nameGroups names the groups of which only values were read, and adds those that have
// the name of another one.
func (r *aboutReader) nameGroups() error {
	all, err := r.dir.Groups(r.ctx)
	if err != nil {
		return err
	}
	at := map[directory.GroupID]int{}
	for i := range r.live.Groups {
		at[r.live.Groups[i].ID] = i
	}
	names := map[string]bool{}
	for _, name := range r.made {
		names[name] = true
	}
	for i := range all {
		if k, there := at[all[i].ID]; there {
			r.live.Groups[k].Name = all[i].Name
			names[all[i].Name] = true
		}
	}
	for i := range all {
		if _, there := at[all[i].ID]; !there && names[all[i].Name] {
			r.live.Groups = append(r.live.Groups, desired.LiveGroup{ID: all[i].ID, Name: all[i].Name})
		}
	}
	return nil
}
