package resource

import (
	"strconv"
	"strings"

	"cohort/internal/directory"
)

// Users and groups have ids of their own that both count from 1, and clients send bare ids
// where either may stand. So the ids of groups begin with a g in SCIM.

// UserID returns the id of a user.
func UserID(id directory.UserID) string { return strconv.FormatInt(int64(id), 10) }

// GroupID returns the id of a group.
func GroupID(id directory.GroupID) string { return "g" + strconv.FormatInt(int64(id), 10) }

// ParseUserID parses the id of a user. It is false for any other text.
func ParseUserID(s string) (directory.UserID, bool) {
	id, err := directory.ParseID[directory.UserID]("id", s)
	return id, err == nil && id > 0
}

// ParseGroupID parses the id of a group. All Users is not a group of SCIM.
func ParseGroupID(s string) (directory.GroupID, bool) {
	id, err := directory.ParseID[directory.GroupID]("id", strings.TrimPrefix(s, "g"))
	return id, err == nil && id > directory.AllUsers
}

// A Member is a user or a group in a group: users are positive, groups negative.
type Member int64

// Group returns the group that a member is. ok is false for a user.
func (m Member) Group() (id directory.GroupID, ok bool) { return directory.GroupID(-m), m < 0 }

// String returns the id of the member.
func (m Member) String() string {
	if id, ok := m.Group(); ok {
		return GroupID(id)
	}
	return UserID(directory.UserID(m))
}

// ParseMember parses the id of a member. 0 is none.
func ParseMember(s string) Member {
	if strings.HasPrefix(s, "g") {
		id, ok := ParseGroupID(s)
		if !ok {
			return 0
		}
		return Member(-id)
	}
	id, ok := ParseUserID(s)
	if !ok {
		return 0
	}
	return Member(id)
}
