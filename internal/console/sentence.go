package console

import (
	"cmp"

	"cohort/internal/directory"
	"cohort/internal/render"
)

// edit says in a sentence what an edit does. Made ids are named by what the
// edits before it make.
func (n *names) edit(e directory.Edit, before []directory.Edit) []part {
	t := sentenceWriter{n, before}
	for _, tell := range []func(directory.Edit) []part{t.ofUser, t.ofGroup, t.ofAttribute, t.ofValue, t.ofAccess, t.ofRole,
		t.ofPast} {
		if out := tell(e); out != nil {
			return out
		}
	}
	return parts(say(e.EditName()))
}

// A sentenceWriter names things, also those that earlier edits of the change make.
type sentenceWriter struct {
	*names
	before []directory.Edit
}

func (t *sentenceWriter) made(edit int) directory.Edit {
	if edit < len(t.before) {
		return t.before[edit]
	}
	return nil
}

func (t *sentenceWriter) u(id directory.UserID) part {
	if i, ok := directory.MadeBy(id); ok {
		if e, ok := t.made(i).(directory.CreateUser); ok {
			return say(newUserName(e))
		}
		return say("the new user")
	}
	return t.user(id)
}

func newUserName(e directory.CreateUser) string {
	u := directory.User{FirstName: e.FirstName, LastName: e.LastName}
	return cmp.Or(u.DisplayName(), e.ContactEmail, "the new user")
}

func (t *sentenceWriter) g(id directory.GroupID) part {
	if i, ok := directory.MadeBy(id); ok {
		if e, ok := t.made(i).(directory.CreateGroup); ok && e.Name != "" {
			return say(e.Name)
		}
		return say("the new group")
	}
	return t.group(id)
}

func (t *sentenceWriter) a(id directory.AttributeID) (part, directory.Attribute) {
	if i, ok := directory.MadeBy(id); ok {
		if e, ok := t.made(i).(directory.CreateAttribute); ok {
			return say(e.Name), directory.Attribute{Name: e.Name, Type: e.Type, Hidden: e.Hidden}
		}
	}
	return t.attribute(id)
}

func (t *sentenceWriter) object(o directory.Object) part {
	switch o.Kind {
	case directory.ObjectUser:
		return t.u(directory.UserID(o.ID))
	case directory.ObjectGroup:
		return t.g(directory.GroupID(o.ID))
	case directory.ObjectAttribute:
		p, _ := t.a(directory.AttributeID(o.ID))
		return p
	default:
		return say(o.String())
	}
}

func (t *sentenceWriter) value(a *directory.Attribute, v directory.Value) part {
	return valueOf(a, v, t.q.Language).part()
}

func (t *sentenceWriter) ofUser(e directory.Edit) []part {
	switch e := e.(type) {
	case directory.CreateUser:
		what := "Create the user "
		if e.Kind == directory.KindService {
			what = "Create the service account "
		}
		return parts(say(what), say(newUserName(e)))
	case directory.UpdateUser:
		return t.updateUser(e)
	case directory.DeleteUser:
		return parts(say("Delete "), t.u(e.User))
	case directory.AddMember:
		out := parts(say("Add "), t.u(e.User), say(" to "), t.g(e.Group))
		if e.Window != nil {
			out = append(out, say(windowText(*e.Window)))
		}
		return out
	case directory.RemoveMember:
		return parts(say("Remove "), t.u(e.User), say(" from "), t.g(e.Group))
	case directory.SetFirstGroup:
		return parts(say("Make "), t.g(e.Group), say(" the first group of "), t.u(e.User))
	case directory.SetLoginEmail:
		return parts(say("Set the login e-mail of "), t.u(e.User), say(" to "), part{Text: e.Email, Kind: "value"})
	case directory.SetIdentity:
		return parts(say("Link "), t.u(e.User), say(" to a "), code(string(e.Kind)), say(" account"))
	case directory.EraseUser:
		return parts(say("Erase "), t.u(e.User))
	}
	return nil
}

func (t *sentenceWriter) updateUser(e directory.UpdateUser) []part {
	var list []part
	set := func(field string, to *string) {
		if to != nil {
			list = append(list, say(field+" to "), part{Text: cmp.Or(*to, "nothing"), Kind: "value"}, say(", "))
		}
	}
	set("first name", e.FirstName)
	set("last name", e.LastName)
	set("contact e-mail", e.ContactEmail)
	set("time zone", e.Timezone)
	if e.Language != nil {
		set("language", (*string)(e.Language))
	}
	var out []part
	if len(list) > 0 {
		out = join(parts(say("Set of "), t.u(e.User), say(" the ")), list[:len(list)-1])
	}
	if e.Disabled != nil {
		verb := "Enable "
		if *e.Disabled {
			verb = "Disable "
		}
		if len(out) > 0 {
			verb = "; " + verb
		}
		out = append(out, say(verb), t.u(e.User))
	}
	if out == nil {
		out = parts(say("Leave "), t.u(e.User), say(" as it is"))
	}
	return out
}

func windowText(w directory.Window) string {
	const day = "2 January 2006 15:04 UTC"
	switch {
	case w.Always():
		return ", without an end"
	case w.StartsAt == 0:
		return " until " + w.ExpiresAt.Time().Format(day)
	case w.ExpiresAt == 0:
		return " from " + w.StartsAt.Time().Format(day)
	}
	return " from " + w.StartsAt.Time().Format(day) + " until " + w.ExpiresAt.Time().Format(day)
}

func (t *sentenceWriter) ofGroup(e directory.Edit) []part {
	switch e := e.(type) {
	case directory.CreateGroup:
		return parts(say("Create the group "), say(cmp.Or(e.Name, "without a name")))
	case directory.UpdateGroup:
		if e.Name != nil {
			return parts(say("Rename "), t.g(e.Group), say(" to "), part{Text: *e.Name, Kind: "value"})
		}
		if e.Description != nil {
			return parts(say("Describe "), t.g(e.Group), say(" as "),
				part{Text: render.Shorten(cmp.Or(*e.Description, "nothing"), maxShown), Kind: "value"})
		}
		return parts(say("Change "), t.g(e.Group))
	case directory.DeleteGroup:
		return parts(say("Delete the group "), t.g(e.Group))
	case directory.AddParent:
		return parts(say("Put "), t.g(e.Group), say(" into "), t.g(e.Parent))
	case directory.RemoveParent:
		return parts(say("Take "), t.g(e.Group), say(" out of "), t.g(e.Parent))
	case directory.SetFirstParent:
		if e.Parent == 0 || e.Parent == directory.AllUsers {
			return parts(say("Take "), t.g(e.Group), say(" out of its first parent"))
		}
		return parts(say("Move "), t.g(e.Group), say(" into "), t.g(e.Parent))
	}
	return nil
}

func (t *sentenceWriter) ofAttribute(e directory.Edit) []part {
	switch e := e.(type) {
	case directory.CreateAttribute:
		return parts(say("Create the attribute "), code(e.Name), say(" of type "+string(e.Type)))
	case directory.UpdateAttribute:
		a, _ := t.a(e.Attribute)
		return join(parts(say("Change "), a), attributeChanges(e))
	case directory.DeleteAttribute:
		a, _ := t.a(e.Attribute)
		return parts(say("Delete the attribute "), a, say(" with all its values"))
	case directory.RenumberValues:
		a, _ := t.a(e.Attribute)
		return parts(say("Renumber the ranks of "), a)
	}
	return nil
}

func attributeChanges(e directory.UpdateAttribute) []part {
	var out []part
	add := func(p ...part) {
		sep := ", "
		if len(out) == 0 {
			sep = ": "
		}
		out = append(append(out, say(sep)), p...)
	}
	if e.Name != nil {
		add(say("name "), code(*e.Name))
	}
	if e.Label != nil {
		add(say("label "), part{Text: *e.Label, Kind: "value"})
	}
	if e.Type != nil {
		add(say("type "), code(string(*e.Type)))
	}
	if e.Rule != nil {
		add(say("rule "), code(string(*e.Rule)))
	}
	if e.UserValueMode != nil {
		add(say("a user's own value "), code(string(*e.UserValueMode)))
	}
	if e.Default != nil {
		add(say("another default"))
	}
	if e.Description != nil {
		add(say("description "), part{Text: render.Shorten(cmp.Or(*e.Description, "nothing"), maxShown), Kind: "value"})
	}
	if e.Allowed != nil || e.Pattern != nil || e.Least != nil || e.Greatest != nil || e.MaxLength != nil {
		add(say("other constraints"))
	}
	if e.Misfits != "" {
		add(say("values that do not fit are " + map[directory.Misfits]string{
			directory.DropMisfits: "dropped", directory.ConvertMisfits: "converted", directory.KeepMisfits: "kept",
		}[e.Misfits]))
	}
	if e.Hidden != nil {
		add(say("hidden"))
	}
	for _, flag := range []struct {
		set  *bool
		what string
	}{{e.UserCanView, "view"}, {e.UserCanEdit, "edit"}} {
		if flag.set != nil {
			word := "users cannot "
			if *flag.set {
				word = "users can "
			}
			add(say(word + flag.what + " it"))
		}
	}
	return out
}

func (t *sentenceWriter) ofValue(e directory.Edit) []part {
	switch e := e.(type) {
	case directory.SetGroupValue:
		name, a := t.a(e.Attribute)
		out := parts(say("Set "), name, say(" of "), t.g(e.Group), say(" to "), t.value(&a, e.Value))
		if e.Rank != nil {
			out = append(out, say(" at rank "+itoa(*e.Rank)))
		}
		if e.Window != nil {
			out = append(out, say(windowText(*e.Window)))
		}
		return out
	case directory.DeleteGroupValue:
		name, _ := t.a(e.Attribute)
		return parts(say("Remove the value of "), name, say(" from "), t.g(e.Group))
	case directory.SetGroupValues:
		name, _ := t.a(e.Attribute)
		items := make([]part, len(e.Items))
		for i, item := range e.Items {
			items[i] = t.g(item.Group)
		}
		return join(parts(say("Order the values of "), name, say(": ")), listed(items, 6))
	case directory.SetUserValue:
		name, a := t.a(e.Attribute)
		out := parts(say("Set "), name, say(" of "), t.u(e.User), say(" to "), t.value(&a, e.Value))
		if e.Window != nil {
			out = append(out, say(windowText(*e.Window)))
		}
		return out
	case directory.DeleteUserValue:
		name, _ := t.a(e.Attribute)
		return parts(say("Remove the own value of "), name, say(" from "), t.u(e.User))
	}
	return nil
}

func (t *sentenceWriter) ofAccess(e directory.Edit) []part {
	switch e := e.(type) {
	case directory.CreateAPICredential:
		return parts(say("Make an API credential for "), t.u(e.User))
	case directory.UpdateCredential:
		verb := "Change"
		if e.Disabled != nil {
			verb = "Enable"
			if *e.Disabled {
				verb = "Disable"
			}
		}
		if e.ExpiresAt != nil && *e.ExpiresAt != 0 {
			return parts(say("End a credential of "), t.u(e.User), say(" at "+exactTime(*e.ExpiresAt)))
		}
		return parts(say(verb+" a credential of "), t.u(e.User))
	case directory.DeleteCredential:
		return parts(say("Delete a credential of "), t.u(e.User))
	case directory.SetSource:
		return parts(say("Give "), t.object(e.Object), say(" the id "), code(e.SourceID), say(" in "), code(e.Source))
	case directory.DeleteSource:
		return parts(say("Remove the id of "), t.object(e.Object), say(" in "), code(e.Source))
	case directory.SetFacet:
		f := directory.Facet{Dialect: e.Dialect, Kind: e.Kind, Name: e.Name, Data: e.Data}
		if finding, why, ok := directory.MutedBy(f); ok {
			out := parts(say("Mute "), code(finding))
			if why != "" {
				out = append(out, say(": "+why))
			}
			return out
		}
		return parts(say("Set what "), code(e.Dialect), say(" keeps with "), t.object(e.Object), say(" as "), code(e.Kind))
	case directory.DeleteFacet:
		if e.Dialect == directory.LintDialect {
			return parts(say("List "), code(e.Name), say(" again"))
		}
		return parts(say("Remove what "), code(e.Dialect), say(" keeps with "), t.object(e.Object), say(" as "), code(e.Kind))
	}
	return nil
}

func (t *sentenceWriter) rolesOf(ids []directory.RoleID) []part {
	if len(ids) == 0 {
		return parts(say("none"))
	}
	list := make([]part, len(ids))
	for i, id := range ids {
		if j, ok := directory.MadeBy(id); ok {
			list[i] = say("the new role")
			if e, ok := t.made(j).(directory.CreateRole); ok {
				list[i] = say(e.Name)
			}
			continue
		}
		list[i] = t.role(id)
	}
	return listed(list, 6)
}

func (t *sentenceWriter) ofRole(e directory.Edit) []part {
	switch e := e.(type) {
	case directory.CreatePermissionSet:
		return parts(say("Create the permission set "), say(e.Name))
	case directory.UpdatePermissionSet:
		return parts(say("Change the permission set "), t.permissionSet(e.PermissionSet))
	case directory.DeletePermissionSet:
		return parts(say("Delete the permission set "), t.permissionSet(e.PermissionSet))
	case directory.CreateModelSet:
		return parts(say("Create the model set "), say(e.Name))
	case directory.UpdateModelSet:
		return parts(say("Change the model set "), code(directory.FormatID(e.ModelSet)))
	case directory.DeleteModelSet:
		return parts(say("Delete the model set "), code(directory.FormatID(e.ModelSet)))
	case directory.CreateRole:
		return parts(say("Create the role "), say(e.Name))
	case directory.UpdateRole:
		return parts(say("Change the role "), t.role(e.Role))
	case directory.DeleteRole:
		return parts(say("Delete the role "), t.role(e.Role))
	case directory.SetUserRoles:
		return join(parts(say("Set the roles of "), t.u(e.User), say(" to ")), t.rolesOf(e.Roles))
	case directory.SetGroupRoles:
		return join(parts(say("Set the roles of "), t.g(e.Group), say(" to ")), t.rolesOf(e.Roles))
	}
	return nil
}

func (t *sentenceWriter) ofPast(e directory.Edit) []part {
	switch e := e.(type) {
	case directory.Revert:
		return parts(say("Revert change "), named(number(itoa(e.Revision)), t.q.to("changes", itoa(e.Revision))))
	case directory.PruneHistory:
		return parts(say("Prune the history up to change " + number(itoa(e.Through))))
	case directory.Initialize:
		return parts(say("Make the directory"))
	case directory.TimePassed:
		return parts(say("Time passed: windows opened or closed"))
	case directory.ForgetFacets:
		return parts(say("Forget every " + e.Kind + " that " + e.Dialect + " has kept"))
	case directory.Baseline:
		rows := int64(0)
		for _, c := range e.Counts {
			rows += c.Rows
		}
		return parts(say("Import " + plural(rows, "row") + ", part " + number(itoa(e.Part))))
	}
	return nil
}
