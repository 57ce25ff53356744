package plan

import (
	"cohort/internal/directory"
	"cohort/internal/resolve"
)

// ErrSudoEnded refuses a token whose maker may no longer act as its user.
var ErrSudoEnded = &directory.Error{
	Kind: directory.KindUnauthenticated, Msg: "whoever made this token may not act as its user any more",
}

// MayStandBehind reports whether a user may act as another: with all permissions that
// the other has or will have. Whoever may act as others may act as itself.
func MayStandBehind(c *resolve.Catalog, behind, user *directory.UserRows, at directory.Instant) bool {
	own := c.PermissionsOf(behind, at)
	return !behind.User.Disabled && own.Has(directory.Sudo) &&
		(behind.User.ID == user.User.ID || own.Covers(c.PermissionsFrom(user, at)))
}
