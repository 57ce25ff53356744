package intake

import (
	"context"
	"slices"

	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/view"
)

// ReadLive reads the directory as a caller sees it, in the form that plans compare.
func ReadLive(ctx context.Context, dir *view.View) (*desired.Live, error) {
	r := &liveReader{ctx: ctx, dir: dir, live: &desired.Live{}}
	for _, read := range []func() error{r.attributes, r.roles, r.groups, r.users} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return r.live, nil
}

type liveReader struct {
	ctx  context.Context
	dir  *view.View
	live *desired.Live
}

// sources are those of n objects.
func (r *liveReader) sources(n int, object func(i int) directory.Object) ([]map[string]string, error) {
	objects := make([]directory.Object, n)
	for i := range objects {
		objects[i] = object(i)
	}
	lists, err := r.dir.Sources(r.ctx, objects...)
	if err != nil {
		return nil, err
	}
	out := make([]map[string]string, n)
	for i, list := range lists {
		out[i] = make(map[string]string, len(list))
		for _, s := range list {
			out[i][s.Source] = s.SourceID
		}
	}
	return out, nil
}

func (r *liveReader) attributes() error {
	list, err := r.dir.Attributes(r.ctx)
	if err != nil {
		return err
	}
	sources, err := r.sources(len(list), func(i int) directory.Object { return list[i].ID.Object() })
	if err != nil {
		return err
	}
	for i, a := range list {
		one := desired.LiveAttribute{Attribute: a, HasSecret: a.Default.Sealed != 0, Sources: sources[i]}
		if one.HasSecret {
			one.Default = directory.Value{}
		}
		r.live.Attributes = append(r.live.Attributes, one)
	}
	return nil
}

func (r *liveReader) roles() error {
	list, err := r.dir.AllRoles(r.ctx)
	if err != nil {
		return err
	}
	sources, err := r.sources(len(list), func(i int) directory.Object { return list[i].Role.ID.Object() })
	if err != nil {
		return err
	}
	for i := range list {
		role := &list[i].Role
		r.live.Roles = append(r.live.Roles, desired.LiveRole{
			ID: role.ID, Name: role.Name, PermissionSet: role.PermissionSet, ModelSet: role.ModelSet, BuiltIn: role.BuiltIn,
			Sources: sources[i],
		})
	}
	permissionSets, err := r.dir.PermissionSets(r.ctx)
	if err != nil {
		return err
	}
	for _, s := range permissionSets {
		r.live.PermissionSets = append(r.live.PermissionSets,
			desired.LiveSet{ID: int64(s.ID), Name: s.Name, Names: s.Permissions, BuiltIn: s.BuiltIn})
	}
	modelSets, err := r.dir.ModelSets(r.ctx)
	for _, s := range modelSets {
		r.live.ModelSets = append(r.live.ModelSets, desired.LiveSet{ID: int64(s.ID), Name: s.Name, Names: s.Models,
			BuiltIn: s.BuiltIn})
	}
	return err
}

// pageOf is how many objects are read together.
const pageOf = 1000

func (r *liveReader) groups() error {
	list, err := r.dir.Groups(r.ctx)
	if err != nil {
		return err
	}
	ids := make([]directory.GroupID, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
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

func (r *liveReader) group(d *directory.GroupDetail, sources map[string]string) (desired.LiveGroup, error) {
	g := desired.LiveGroup{
		ID: d.Group.ID, Name: d.Group.Name, Description: d.Group.Description, Language: d.Group.Language,
		Parents: slices.DeleteFunc(slices.Clone(d.Parents),
			func(id directory.GroupID) bool { return id == directory.AllUsers }),
		Roles: d.Roles, Sources: sources, Members: d.Members,
	}
	values, err := r.dir.WholeValuesOf(r.ctx, d.Group.ID)
	for _, v := range values {
		one := liveValue(v.Attribute, v.Value, v.Window)
		one.Rank = v.Rank
		g.Values = append(g.Values, one)
	}
	return g, err
}

func liveValue(a directory.AttributeID, v directory.Value, w directory.Window) desired.LiveValue {
	if v.Sealed != 0 {
		return desired.LiveValue{Attribute: a, Hidden: true, Window: w}
	}
	return desired.LiveValue{Attribute: a, Value: v, Window: w}
}

func (r *liveReader) users() error {
	for after := int64(0); ; {
		q := directory.UserQuery{Where: directory.UsersAnd{directory.UsersAfter(after)}, Limit: pageOf, Uncounted: true}
		page, err := r.dir.WholeUsers(r.ctx, q)
		if err != nil {
			return err
		}
		sources, err := r.sources(len(page), func(i int) directory.Object { return page[i].User.ID.Object() })
		if err != nil {
			return err
		}
		for i := range page {
			r.live.Users = append(r.live.Users, liveUser(&page[i], sources[i]))
		}
		if len(page) < pageOf {
			return nil
		}
		after = int64(page[len(page)-1].User.ID)
	}
}

func liveUser(d *directory.UserDetail, sources map[string]string) desired.LiveUser {
	login, _ := d.Credential(directory.CredentialEmail)
	u := desired.LiveUser{
		ID: d.User.ID, Kind: d.User.Kind, FirstName: d.User.FirstName, LastName: d.User.LastName, Email: login.Shown,
		ContactEmail: d.User.ContactEmail, Timezone: d.User.Timezone, Language: d.User.Language, Disabled: d.User.Disabled,
		Roles: d.Roles, Sources: sources, Identities: map[string]string{},
	}
	for _, c := range d.Credentials {
		if c.Kind != directory.CredentialEmail && c.Kind != directory.CredentialAPI {
			u.Identities[string(c.Kind)] = c.Identifier
		}
	}
	for _, m := range d.Memberships {
		u.Memberships = append(u.Memberships, desired.LiveMember{Group: m.Group, Window: m.Window})
	}
	for _, v := range d.Values {
		u.Values = append(u.Values, liveValue(v.Attribute, v.Value, v.Window))
	}
	return u
}
