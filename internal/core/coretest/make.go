package coretest

import "cohort/internal/directory"

// Text is a value of a textual type.
func Text(s string) directory.Value { return directory.Value{Text: s} }

// Group makes a group.
func (w *World) Group(name string) directory.GroupID {
	w.T.Helper()
	return directory.GroupID(w.Do(directory.CreateGroup{Name: name}).Results[0].ID)
}

// User makes a user.
func (w *World) User(name string) directory.UserID {
	w.T.Helper()
	return directory.UserID(w.Do(directory.CreateUser{FirstName: name}).Results[0].ID)
}

// Attribute makes an attribute that users can view.
func (w *World) Attribute(name string, t directory.Type) directory.AttributeID {
	w.T.Helper()
	return directory.AttributeID(w.Do(directory.CreateAttribute{Name: name, Type: t, UserCanView: true}).Results[0].ID)
}

// WithPermissions makes a user that has permissions and a credential.
func (w *World) WithPermissions(name string, permissions ...string) directory.UserID {
	w.T.Helper()
	u := directory.Made[directory.UserID](0)
	done := w.Do(
		directory.CreateUser{FirstName: name},
		directory.CreateAPICredential{User: u},
		directory.CreatePermissionSet{Name: name, Permissions: permissions},
		directory.CreateRole{
			Name: name, PermissionSet: directory.Made[directory.PermissionSetID](2), ModelSet: directory.AllModels,
		},
		directory.SetUserRoles{User: u, Roles: []directory.RoleID{directory.Made[directory.RoleID](3)}},
	)
	return directory.UserID(done.Results[0].ID)
}

// Privileged makes a chain of groups, the first of which gives the role of
// administrators.
func (w *World) Privileged(names ...string) (chain []directory.GroupID) {
	w.T.Helper()
	for i, name := range names {
		chain = append(chain, w.Group(name))
		if i > 0 {
			w.Do(directory.AddParent{Group: chain[i], Parent: chain[i-1]})
		}
	}
	w.Do(directory.SetGroupRoles{Group: chain[0], Roles: []directory.RoleID{directory.AdminRole}})
	return chain
}
