package scim

import (
	"strconv"
	"strings"

	"cohort/internal/directory"
)

// Users and groups have ids of their own that both count from 1, and clients send bare ids
// where either may stand. So the ids of groups begin with a g in SCIM.

func userID(id directory.UserID) string   { return strconv.FormatInt(int64(id), 10) }
func groupID(id directory.GroupID) string { return "g" + strconv.FormatInt(int64(id), 10) }

// parseUserID parses the id of a user. It is false for any other text.
func parseUserID(s string) (directory.UserID, bool) {
	id, err := directory.ParseID[directory.UserID]("id", s)
	return id, err == nil && id > 0
}

// parseGroupID parses the id of a group. All Users is not a group of SCIM.
func parseGroupID(s string) (directory.GroupID, bool) {
	id, err := directory.ParseID[directory.GroupID]("id", strings.TrimPrefix(s, "g"))
	return id, err == nil && id > directory.AllUsers
}

// A member is a user or a group in a group: users are positive, groups negative.
type member int64

func (m member) group() (directory.GroupID, bool) { return directory.GroupID(-m), m < 0 }

// String returns the id of the member.
func (m member) String() string {
	if id, ok := m.group(); ok {
		return groupID(id)
	}
	return userID(directory.UserID(m))
}

// parseMember parses the id of a member. 0 is none.
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
