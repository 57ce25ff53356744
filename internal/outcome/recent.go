package outcome

import (
	"slices"

	"cohort/internal/directory"
)

// requireRecentSignIn refuses a change by a person who has not signed in recently, if it gives
// permissions to anybody, or writes what decides about them: roles, credentials, and the keys by
// which sign-in and other systems recognize users and groups.
func (c *Check) requireRecentSignIn(writes []directory.RowWrite) error {
	if !c.Stale {
		return nil
	}
	powers := c.powerCheck(0, func(given, _ directory.Permissions, _ directory.Object) error {
		if given == 0 {
			return nil
		}
		return signInAgain()
	})
	if slices.ContainsFunc(writes, powers.decides) {
		return signInAgain()
	}
	return powers.compareAll(writes)
}

// decides reports whether a row decides about permissions by itself. A membership or nesting that
// gives nothing new does, too: it remains when another one ends.
func (c *powerCheck) decides(w directory.RowWrite) bool {
	switch r := w.Row().(type) {
	case directory.PermissionSet, directory.ModelSet, directory.Role, directory.GroupRole, directory.UserRole,
		directory.Credential, directory.SourceReference:
		return true
	case directory.Membership:
		return w.After != nil && c.conveyed(c.Catalog, c.after, r.Group) != 0
	case directory.Nesting:
		return w.After != nil && c.conveyed(c.Catalog, c.after, r.Parent) != 0
	}
	return false
}

func signInAgain() error {
	return &directory.Error{Kind: directory.KindForbidden, Msg: "sign in again first", Err: directory.ErrSignInAgain}
}
