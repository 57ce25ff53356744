package groups

import (
	"slices"
	"strconv"

	"cohort/internal/directory"
	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
	"cohort/internal/scim/users"
)

// MembersPerChange is how many members one change takes. The rest of its edits is for the
// group itself.
const MembersPerChange = directory.MaxEdits - 10

// A memberPart is what one change adds and removes.
type memberPart struct {
	adds, removes []resource.Member
	counted       int // removals of later changes, which the guard counts with this one
	later         bool
}

// memberParts cuts a difference into changes: groups first, so that the first change shows
// what may refuse them, then new users, then removed users. It looks for everything that would
// refuse a later change, so that nothing is done by halves: users who do not exist join the
// unknown ids.
func memberParts(q *protocol.Request, adds, removes []resource.Member, m *memberSet) ([]memberPart, error) {
	if len(adds) > q.MembersAtOnce {
		nobodies, err := nobodies(q, adds)
		if err != nil {
			return nil, err
		}
		adds = slices.DeleteFunc(slices.Clone(adds), func(who resource.Member) bool {
			if nobodies[who] {
				m.unknown = append(m.unknown, who.String())
			}
			return nobodies[who]
		})
	}
	var parts []memberPart
	for len(parts) == 0 || len(adds)+len(removes) > 0 {
		p := memberPart{later: len(parts) > 0}
		p.adds, adds = cutMembers(adds, q.MembersAtOnce)
		p.removes, removes = cutMembers(removes, q.MembersAtOnce-len(p.adds))
		if len(parts) == 0 {
			p.counted = len(removes)
		}
		parts = append(parts, p)
	}
	return parts, nil
}

func cutMembers(list []resource.Member, n int) (head, tail []resource.Member) {
	n = min(len(list), n)
	return list[:n], list[n:]
}

// nobodies returns the users of a list who do not exist.
func nobodies(q *protocol.Request, list []resource.Member) (map[resource.Member]bool, error) {
	missing := map[resource.Member]bool{}
	for chunk := range slices.Chunk(list, protocol.MaxPage) {
		var asked directory.UsersByID
		for _, who := range chunk {
			if _, isGroup := who.Group(); !isGroup {
				asked, missing[who] = append(asked, directory.UserID(who)), true
			}
		}
		if len(asked) == 0 {
			continue
		}
		here, err := q.Dir.UserIDs(q.Context(), append(users.People(), asked), 0, len(asked))
		if err != nil {
			return nil, err
		}
		for _, id := range here {
			delete(missing, resource.Member(id))
		}
	}
	return missing, nil
}

// commitMembers makes the changes after the first one.
func commitMembers(q *protocol.Request, id directory.GroupID, parts []memberPart) error {
	for i, p := range parts {
		_, err := q.Commit(func(now protocol.Directory) ([]directory.Edit, error) { return memberEdits(q, now, id, p, nil) })
		if err != nil {
			f := *protocol.FaultOf(err)
			f.Cause = err
			f.Detail += " " + strconv.Itoa((i+1)*q.MembersAtOnce) + " members were changed before; send the request again."
			return &f
		}
	}
	return nil
}

// memberDelta returns the members to add and to remove. It compares a complete list with the
// current members in one pass, before the writer's turn; members that others add or remove
// meanwhile are not affected.
func memberDelta(q *protocol.Request, id directory.GroupID, m *memberSet) (adds, removes []resource.Member, err error) {
	if !m.all {
		for who, there := range m.changes {
			if there {
				adds = append(adds, who)
			} else {
				removes = append(removes, who)
			}
		}
		slices.Sort(adds)
		slices.Sort(removes)
		return adds, removes, nil
	}
	want := m.base
	if len(m.changes) > 0 {
		want = slices.DeleteFunc(slices.Clone(m.base), func(who resource.Member) bool {
			_,
				changed := m.changes[who]
			return changed
		})
		for who, there := range m.changes {
			if there {
				want = append(want, who)
			}
		}
		slices.Sort(want)
	}
	here := make([]bool, len(want))
	err = eachMember(q, q.Dir, id, func(who resource.Member) error {
		if i, found := slices.BinarySearch(want, who); found {
			here[i] = true
		} else {
			removes = append(removes, who)
		}
		return nil
	})
	for i, who := range want {
		if !here[i] {
			adds = append(adds, who)
		}
	}
	return adds, removes, err
}
