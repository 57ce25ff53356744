package reconcile

import (
	"context"
	"fmt"
	"time"

	"cohort/client"
	"cohort/internal/desired"
	"cohort/internal/directory"
)

// Progress is called with the number of objects of a kind that were read.
type Progress func(kind string, n int)

// Read reads the content of a server, and the language of its texts. It reads users only for
// plans that concern them, because there can be many.
func Read(ctx context.Context, c *client.Client, users bool,
	progress Progress) (*desired.Live, directory.Language, error) {
	defs, err := c.StoredDefinitions(ctx)
	if err != nil {
		return nil, "", err
	}
	r := &reader{live: &desired.Live{}}
	r.definitions(&defs)
	err = c.StoredGroups(ctx, func(page []client.StoredGroup) {
		for i := range page {
			r.live.Groups = append(r.live.Groups, r.group(&page[i]))
		}
		progress("groups", len(r.live.Groups))
	})
	if err == nil && users {
		err = c.StoredUsers(ctx, func(page []client.StoredUser) {
			for i := range page {
				r.live.Users = append(r.live.Users, r.user(&page[i]))
			}
			progress("users", len(r.live.Users))
		})
	}
	if err == nil {
		err = r.err
	}
	return r.live, directory.Language(defs.Language), err
}

// A reader converts replies to a snapshot.
type reader struct {
	live *desired.Live
	err  error // the first invalid id
}

func id[T directory.ID](r *reader, text string) T {
	n, err := directory.ParseID[T]("id", text)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("the server shows an id that is none: %w", err)
	}
	return n
}

func ids[T directory.ID](r *reader, texts []string) []T {
	var list []T
	for _, text := range texts {
		list = append(list, id[T](r, text))
	}
	return list
}

func (r *reader) definitions(d *client.StoredDefinitions) {
	for i := range d.Attributes {
		a := &d.Attributes[i]
		one := desired.LiveAttribute{Sources: a.Sources, Attribute: directory.Attribute{
			ID: id[directory.AttributeID](r, a.ID), Name: a.Name, Label: a.Label, Type: directory.Type(a.Type),
			Rule:          directory.Rule(a.Rule),
			UserValueMode: directory.UserValueMode(a.UserValueMode), Hidden: a.Hidden, UserCanView: a.UserCanView,
			UserCanEdit: a.UserCanEdit,
			System:      a.System, Permanent: a.Permanent, Description: a.Description, Constraints: directory.Constraints{
				Pattern: a.Pattern, Least: a.Least, Greatest: a.Greatest, MaxLength: a.MaxLength,
			},
		}}
		for _, v := range a.Allowed {
			one.Allowed = append(one.Allowed, directory.AllowedValue(v))
		}
		if a.Default != nil {
			one.HasSecret, one.Default = a.Default.Hidden, valueOf(a.Default)
		}
		r.live.Attributes = append(r.live.Attributes, one)
	}
	for i := range d.Roles {
		role := &d.Roles[i]
		r.live.Roles = append(r.live.Roles, desired.LiveRole{
			ID: id[directory.RoleID](r, role.ID), Name: role.Name, BuiltIn: role.BuiltIn, Sources: role.Sources,
			PermissionSet: id[directory.PermissionSetID](r, role.PermissionSet),
			ModelSet:      id[directory.ModelSetID](r, role.ModelSet),
		})
	}
	r.live.PermissionSets, r.live.ModelSets = r.sets(d.PermissionSets), r.sets(d.ModelSets)
}

func (r *reader) sets(list []client.StoredSet) []desired.LiveSet {
	sets := make([]desired.LiveSet, len(list))
	for i, s := range list {
		sets[i] = desired.LiveSet{ID: int64(id[directory.ValueID](r, s.ID)), Name: s.Name, Names: s.Names, BuiltIn: s.BuiltIn}
	}
	return sets
}

func valueOf(v *client.StoredValue) directory.Value {
	if v.Text != nil {
		return directory.Value{Text: *v.Text}
	}
	var value directory.Value
	for language, text := range v.Texts {
		value = value.With(directory.Language(language), text)
	}
	return value
}

func windowOf(from, until *time.Time) (w directory.Window) {
	if from != nil {
		w.StartsAt = directory.InstantOf(*from)
	}
	if until != nil {
		w.ExpiresAt = directory.InstantOf(*until)
	}
	return w
}

func (r *reader) values(list []client.StoredValue) []desired.LiveValue {
	var values []desired.LiveValue
	for i := range list {
		v := &list[i]
		values = append(values, desired.LiveValue{
			Attribute: id[directory.AttributeID](r, v.Attribute), Value: valueOf(v), Hidden: v.Hidden, Rank: v.Rank,
			Window: windowOf(v.StartsAt, v.ExpiresAt),
		})
	}
	return values
}

func (r *reader) group(g *client.StoredGroup) desired.LiveGroup {
	return desired.LiveGroup{
		ID: id[directory.GroupID](r, g.ID), Name: g.Name, Language: directory.Language(g.Language),
		Description: g.Description,
		Parents:     ids[directory.GroupID](r, g.Parents), Roles: ids[directory.RoleID](r, g.Roles), Sources: g.Sources,
		Values: r.values(g.Values), Members: g.Members,
	}
}

func (r *reader) user(u *client.StoredUser) desired.LiveUser {
	out := desired.LiveUser{
		ID: id[directory.UserID](r, u.ID), Kind: directory.UserKind(u.Kind), FirstName: u.FirstName, LastName: u.LastName,
		Email: u.Email, ContactEmail: u.ContactEmail, Timezone: u.Timezone, Language: directory.Language(u.Language),
		Disabled: u.Disabled,
		Values:   r.values(u.Values), Roles: ids[directory.RoleID](r, u.Roles), Sources: u.Sources,
		Identities: u.Identities,
	}
	for _, m := range u.Groups {
		out.Memberships = append(out.Memberships, desired.LiveMember{
			Group: id[directory.GroupID](r, m.Group), Window: windowOf(m.StartsAt, m.ExpiresAt),
		})
	}
	return out
}
