package sentence

import (
	"cmp"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/render"
)

// A sentenceWriter names objects, also those that earlier edits of the change create.
type sentenceWriter struct {
	*Names
	before []directory.Edit
}

func (t *sentenceWriter) made(edit int) directory.Edit {
	if edit < len(t.before) {
		return t.before[edit]
	}
	return nil
}

func (t *sentenceWriter) u(id directory.UserID) Part {
	if i, ok := directory.MadeBy(id); ok {
		if e, ok := t.made(i).(directory.CreateUser); ok {
			return Say(newUserName(e))
		}
		return Say("the new user")
	}
	return t.User(id)
}

func newUserName(e directory.CreateUser) string {
	u := directory.User{FirstName: e.FirstName, LastName: e.LastName}
	return cmp.Or(u.DisplayName(), e.ContactEmail, "the new user")
}

func (t *sentenceWriter) g(id directory.GroupID) Part {
	if i, ok := directory.MadeBy(id); ok {
		if e, ok := t.made(i).(directory.CreateGroup); ok && e.Name != "" {
			return Say(e.Name)
		}
		return Say("the new group")
	}
	return t.Group(id)
}

func (t *sentenceWriter) a(id directory.AttributeID) (Part, directory.Attribute) {
	if i, ok := directory.MadeBy(id); ok {
		if e, ok := t.made(i).(directory.CreateAttribute); ok {
			return Say(e.Name), directory.Attribute{Name: e.Name, Type: e.Type, Hidden: e.Hidden}
		}
	}
	return t.Attribute(id)
}

func (t *sentenceWriter) object(o directory.Object) Part {
	switch o.Kind {
	case directory.ObjectUser:
		return t.u(directory.UserID(o.ID))
	case directory.ObjectGroup:
		return t.g(directory.GroupID(o.ID))
	case directory.ObjectAttribute:
		p, _ := t.a(directory.AttributeID(o.ID))
		return p
	default:
		return Say(o.String())
	}
}

func (t *sentenceWriter) value(a *directory.Attribute, v directory.Value) Part {
	return ValueOf(a, v, t.language).Part()
}

func (t *sentenceWriter) ofUser(e directory.Edit) []Part {
	switch e := e.(type) {
	case directory.CreateUser:
		what := "Create the user "
		if e.Kind == directory.KindService {
			what = "Create the service account "
		}
		return Parts(Say(what), Say(newUserName(e)))
	case directory.UpdateUser:
		return t.updateUser(e)
	case directory.DeleteUser:
		return Parts(Say("Delete "), t.u(e.User))
	case directory.AddMember:
		out := Parts(Say("Add "), t.u(e.User), Say(" to "), t.g(e.Group))
		if e.Window != nil {
			out = append(out, Say(WindowText(*e.Window)))
		}
		return out
	case directory.RemoveMember:
		return Parts(Say("Remove "), t.u(e.User), Say(" from "), t.g(e.Group))
	case directory.SetFirstGroup:
		return Parts(Say("Make "), t.g(e.Group), Say(" the first group of "), t.u(e.User))
	case directory.SetLoginEmail:
		return Parts(Say("Set the login e-mail of "), t.u(e.User), Say(" to "), Part{Text: e.Email, Kind: "value"})
	case directory.SetIdentity:
		return Parts(Say("Link "), t.u(e.User), Say(" to a "), Code(string(e.Kind)), Say(" account"))
	case directory.EraseUser:
		return Parts(Say("Erase "), t.u(e.User))
	}
	return nil
}

func (t *sentenceWriter) updateUser(e directory.UpdateUser) []Part {
	var list []Part
	set := func(field string, to *string) {
		if to != nil {
			list = append(list, Say(field+" to "), Part{Text: cmp.Or(*to, "nothing"), Kind: "value"}, Say(", "))
		}
	}
	set("first name", e.FirstName)
	set("last name", e.LastName)
	set("contact e-mail", e.ContactEmail)
	set("time zone", e.Timezone)
	if e.Language != nil {
		set("language", (*string)(e.Language))
	}
	var out []Part
	if len(list) > 0 {
		out = join(Parts(Say("Change "), t.u(e.User), Say(": ")), list[:len(list)-1])
	}
	if e.Disabled != nil {
		verb := "Enable "
		if *e.Disabled {
			verb = "Disable "
		}
		if len(out) > 0 {
			verb = "; " + strings.ToLower(verb)
		}
		out = append(out, Say(verb), t.u(e.User))
	}
	if out == nil {
		out = Parts(Say("Change nothing of "), t.u(e.User))
	}
	return out
}

func (t *sentenceWriter) ofGroup(e directory.Edit) []Part {
	switch e := e.(type) {
	case directory.CreateGroup:
		return Parts(Say("Create the group "), Say(cmp.Or(e.Name, "without a name")))
	case directory.UpdateGroup:
		if e.Name != nil {
			return Parts(Say("Rename "), t.g(e.Group), Say(" to "), Part{Text: *e.Name, Kind: "value"})
		}
		if e.Description != nil {
			return Parts(Say("Describe "), t.g(e.Group), Say(" as "),
				Part{Text: render.Shorten(cmp.Or(*e.Description, "nothing"), MaxShown), Kind: "value"})
		}
		return Parts(Say("Change "), t.g(e.Group))
	case directory.DeleteGroup:
		return Parts(Say("Delete the group "), t.g(e.Group))
	case directory.AddParent:
		return Parts(Say("Put "), t.g(e.Group), Say(" into "), t.g(e.Parent))
	case directory.RemoveParent:
		return Parts(Say("Take "), t.g(e.Group), Say(" out of "), t.g(e.Parent))
	case directory.SetFirstParent:
		if e.Parent == 0 || e.Parent == directory.AllUsers {
			return Parts(Say("Take "), t.g(e.Group), Say(" out of its first parent"))
		}
		return Parts(Say("Move "), t.g(e.Group), Say(" into "), t.g(e.Parent))
	}
	return nil
}

func (t *sentenceWriter) ofAttribute(e directory.Edit) []Part {
	switch e := e.(type) {
	case directory.CreateAttribute:
		return Parts(Say("Create the attribute "), Code(e.Name), Say(" of type "+string(e.Type)))
	case directory.UpdateAttribute:
		a, _ := t.a(e.Attribute)
		return join(Parts(Say("Change "), a), attributeChanges(e))
	case directory.DeleteAttribute:
		a, _ := t.a(e.Attribute)
		return Parts(Say("Delete the attribute "), a, Say(" with all its values"))
	case directory.RenumberValues:
		a, _ := t.a(e.Attribute)
		return Parts(Say("Renumber the ranks of "), a)
	}
	return nil
}

func attributeChanges(e directory.UpdateAttribute) []Part {
	var out []Part
	add := func(p ...Part) {
		sep := ", "
		if len(out) == 0 {
			sep = ": "
		}
		out = append(append(out, Say(sep)), p...)
	}
	if e.Name != nil {
		add(Say("name "), Code(*e.Name))
	}
	if e.Label != nil {
		add(Say("label "), Part{Text: *e.Label, Kind: "value"})
	}
	if e.Type != nil {
		add(Say("type "), Code(string(*e.Type)))
	}
	if e.Rule != nil {
		add(Say("rule "), Code(string(*e.Rule)))
	}
	if e.UserValueMode != nil {
		add(Say("a user's own value "), Code(string(*e.UserValueMode)))
	}
	if e.Default != nil {
		add(Say("another default"))
	}
	if e.Description != nil {
		add(Say("description "), Part{Text: render.Shorten(cmp.Or(*e.Description, "nothing"), MaxShown), Kind: "value"})
	}
	if e.Allowed != nil || e.Pattern != nil || e.Least != nil || e.Greatest != nil || e.MaxLength != nil {
		add(Say("other constraints"))
	}
	if e.Misfits != "" {
		add(Say("values that do not fit are " + map[directory.Misfits]string{
			directory.DropMisfits: "dropped", directory.ConvertMisfits: "converted", directory.KeepMisfits: "kept",
		}[e.Misfits]))
	}
	if e.Hidden != nil {
		add(Say("hidden"))
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
			add(Say(word + flag.what + " it"))
		}
	}
	return out
}

func (t *sentenceWriter) ofValue(e directory.Edit) []Part {
	switch e := e.(type) {
	case directory.SetGroupValue:
		name, a := t.a(e.Attribute)
		out := Parts(Say("Set "), name, Say(" of "), t.g(e.Group), Say(" to "), t.value(&a, e.Value))
		if e.Rank != nil {
			out = append(out, Say(" at rank "+Itoa(*e.Rank)))
		}
		if e.Window != nil {
			out = append(out, Say(WindowText(*e.Window)))
		}
		return out
	case directory.DeleteGroupValue:
		name, _ := t.a(e.Attribute)
		return Parts(Say("Remove the value of "), name, Say(" from "), t.g(e.Group))
	case directory.SetGroupValues:
		name, _ := t.a(e.Attribute)
		items := make([]Part, len(e.Items))
		for i, item := range e.Items {
			items[i] = t.g(item.Group)
		}
		return join(Parts(Say("Order the values of "), name, Say(": ")), Listed(items, 6))
	case directory.SetUserValue:
		name, a := t.a(e.Attribute)
		out := Parts(Say("Set "), name, Say(" of "), t.u(e.User), Say(" to "), t.value(&a, e.Value))
		if e.Window != nil {
			out = append(out, Say(WindowText(*e.Window)))
		}
		return out
	case directory.DeleteUserValue:
		name, _ := t.a(e.Attribute)
		return Parts(Say("Remove the own value of "), name, Say(" from "), t.u(e.User))
	}
	return nil
}

func (t *sentenceWriter) ofAccess(e directory.Edit) []Part {
	switch e := e.(type) {
	case directory.CreateAPICredential:
		return Parts(Say("Create an API credential for "), t.u(e.User))
	case directory.UpdateCredential:
		verb := "Change"
		if e.Disabled != nil {
			verb = "Enable"
			if *e.Disabled {
				verb = "Disable"
			}
		}
		if e.ExpiresAt != nil && *e.ExpiresAt != 0 {
			return Parts(Say("End a credential of "), t.u(e.User), Say(" at "+ExactTime(*e.ExpiresAt)))
		}
		return Parts(Say(verb+" a credential of "), t.u(e.User))
	case directory.DeleteCredential:
		return Parts(Say("Delete a credential of "), t.u(e.User))
	case directory.SetSource:
		return Parts(Say("Give "), t.object(e.Object), Say(" the id "), Code(e.SourceID), Say(" in "), Code(e.Source))
	case directory.DeleteSource:
		return Parts(Say("Remove the id of "), t.object(e.Object), Say(" in "), Code(e.Source))
	case directory.SetFacet:
		f := directory.Facet{Dialect: e.Dialect, Kind: e.Kind, Name: e.Name, Data: e.Data}
		if finding, why, ok := directory.MutedBy(f); ok {
			out := Parts(Say("Mute "), Code(finding))
			if why != "" {
				out = append(out, Say(": "+why))
			}
			return out
		}
		return Parts(Say("Set the "), Code(e.Kind), Say(" that "), Code(e.Dialect), Say(" stores with "), t.object(e.Object))
	case directory.DeleteFacet:
		if e.Dialect == directory.LintDialect {
			return Parts(Say("Unmute "), Code(e.Name))
		}
		return Parts(Say("Remove the "), Code(e.Kind), Say(" that "), Code(e.Dialect), Say(" stores with "),
			t.object(e.Object))
	}
	return nil
}

func (t *sentenceWriter) rolesOf(ids []directory.RoleID) []Part {
	if len(ids) == 0 {
		return Parts(Say("none"))
	}
	list := make([]Part, len(ids))
	for i, id := range ids {
		if j, ok := directory.MadeBy(id); ok {
			list[i] = Say("the new role")
			if e, ok := t.made(j).(directory.CreateRole); ok {
				list[i] = Say(e.Name)
			}
			continue
		}
		list[i] = t.Role(id)
	}
	return Listed(list, 6)
}

func (t *sentenceWriter) ofRole(e directory.Edit) []Part {
	switch e := e.(type) {
	case directory.CreatePermissionSet:
		return Parts(Say("Create the permission set "), Say(e.Name))
	case directory.UpdatePermissionSet:
		return Parts(Say("Change the permission set "), t.permissionSet(e.PermissionSet))
	case directory.DeletePermissionSet:
		return Parts(Say("Delete the permission set "), t.permissionSet(e.PermissionSet))
	case directory.CreateModelSet:
		return Parts(Say("Create the model set "), Say(e.Name))
	case directory.UpdateModelSet:
		return Parts(Say("Change the model set "), Code(directory.FormatID(e.ModelSet)))
	case directory.DeleteModelSet:
		return Parts(Say("Delete the model set "), Code(directory.FormatID(e.ModelSet)))
	case directory.CreateRole:
		return Parts(Say("Create the role "), Say(e.Name))
	case directory.UpdateRole:
		return Parts(Say("Change the role "), t.Role(e.Role))
	case directory.DeleteRole:
		return Parts(Say("Delete the role "), t.Role(e.Role))
	case directory.SetUserRoles:
		return join(Parts(Say("Set the roles of "), t.u(e.User), Say(" to ")), t.rolesOf(e.Roles))
	case directory.SetGroupRoles:
		return join(Parts(Say("Set the roles of "), t.g(e.Group), Say(" to ")), t.rolesOf(e.Roles))
	}
	return nil
}

func (t *sentenceWriter) ofPast(e directory.Edit) []Part {
	switch e := e.(type) {
	case directory.Revert:
		return Parts(Say("Revert change "), Named(Number(Itoa(e.Revision)), t.to("changes", Itoa(e.Revision))))
	case directory.PruneHistory:
		return Parts(Say("Prune the history up to change " + Number(Itoa(e.Through))))
	case directory.Initialize:
		return Parts(Say("Initialize the directory"))
	case directory.TimePassed:
		return Parts(Say("Time passed: windows opened or closed"))
	case directory.ForgetFacets:
		return Parts(Say("Delete every " + e.Kind + " that " + e.Dialect + " has stored"))
	case directory.Baseline:
		rows := int64(0)
		for _, c := range e.Counts {
			rows += c.Rows
		}
		return Parts(Say("Import " + Plural(rows, "row") + ", part " + Number(Itoa(e.Part))))
	}
	return nil
}
