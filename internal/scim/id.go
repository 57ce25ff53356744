package scim

import (
	"strconv"
	"strings"

	"cohort/internal/directory"
)

// The ids of users and of groups both count from 1, and clients send bare ones
// where both may stand. So ids of groups begin with a g here.

func userID(id directory.UserID) string   { return strconv.FormatInt(int64(id), 10) }
func groupID(id directory.GroupID) string { return "g" + strconv.FormatInt(int64(id), 10) }

// parseUserID reads the id of a user; anything else is nobody's.
func parseUserID(s string) (directory.UserID, bool) {
	id, err := directory.ParseID[directory.UserID]("id", s)
	return id, err == nil && id > 0
}

// parseGroupID reads the id of a group. All Users is none here.
func parseGroupID(s string) (directory.GroupID, bool) {
	id, err := directory.ParseID[directory.GroupID]("id", strings.TrimPrefix(s, "g"))
	return id, err == nil && id > directory.AllUsers
}

// A member is a user or a group in a group: users are positive, groups negative.
type member int64

func (m member) group() (directory.GroupID, bool) { return directory.GroupID(-m), m < 0 }

// String is the member's id.
func (m member) String() string {
	if id, ok := m.group(); ok {
		return groupID(id)
	}
	return userID(directory.UserID(m))
}

// parseMember reads the id of a member; 0 is nobody's.
func parseMember(s string) member {
	if strings.HasPrefix(s, "g") {
		id, ok := parseGroupID(s)
		if !ok {
			return 0
		}
		return member(-id)
	}
	id, ok := parseUserID(s)
	if !ok {
		return 0
	}
	return member(id)
}
