package looker

import (
	"slices"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
)

// A groupEdit holds the members of a group that callers may write.
type groupEdit struct {
	Name                    httpkit.Optional[string] `json:"name"`
	CanAddToContentMetadata httpkit.LooseBool        `json:"can_add_to_content_metadata"`
}

// content returns the edit that stores whether a group can be used in content. Nothing is
// stored for a group that can.
func (in *groupEdit) content(id directory.GroupID) ([]directory.Edit, error) {
	can := in.CanAddToContentMetadata.Optional
	can.Null = can.Null || can.Value
	return document.SetFacet(id.Object(), document.FacetContent, can)
}

// createGroup creates a group with a unique name.
func createGroup(q *protocol.Request) error {
	var in groupEdit
	if err := q.Body(&in); err != nil {
		return err
	}
	if err := protocol.MustName("name", httpkit.Some(in.Name.Value)); err != nil {
		return err
	}
	edits := []directory.Edit{directory.CreateGroup{Name: in.Name.Value, UniqueName: true}}
	content, err := in.content(directory.Made[directory.GroupID](0))
	if err != nil {
		return err
	}
	done, shown, err := q.Commit(append(edits, content...)...)
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return document.ReplyGroup(q, directory.GroupID(done.Results[0].ID))
}

// updateGroup changes the members that the body names.
func updateGroup(q *protocol.Request) error {
	id, err := protocol.PathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	var in groupEdit
	if err := q.Body(&in); err != nil {
		return err
	}
	if err := protocol.MustName("name", in.Name); err != nil {
		have, notThere := q.Dir.Group(q.Context(), id)
		if notThere != nil {
			return notThere
		}
		if have.Name != "" {
			return err
		}
		in.Name = httpkit.Optional[string]{} // writes back a group that another dialect created without a name
	}
	// An edit that changes nothing is planned, too, so that the permission does not depend on
	// the body.
	edits := []directory.Edit{directory.UpdateGroup{Group: id, Name: in.Name.Ptr(), UniqueName: true}}
	content, err := in.content(id)
	if err != nil {
		return err
	}
	if _, shown, err := q.Commit(append(edits, content...)...); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return document.ReplyGroup(q, id)
}

// deleteGroup deletes a group.
func deleteGroup(q *protocol.Request) error {
	id, err := protocol.PathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	return q.Done(directory.DeleteGroup{Group: id})
}

// allGroupGroups lists the groups directly in a group.
func allGroupGroups(q *protocol.Request) error {
	id, err := protocol.PathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	children, err := childGroups(q, id)
	if err != nil {
		return err
	}
	text, err := document.GroupsText(q, idsOf(children))
	if err != nil {
		return err
	}
	return q.Send(text)
}

// childGroups returns the groups directly in a group. All Users contains every other group.
func childGroups(q *protocol.Request, id directory.GroupID) ([]directory.Group, error) {
	if id != directory.AllUsers {
		return q.Dir.ChildGroups(q.Context(), id)
	}
	list, err := q.Dir.Groups(q.Context())
	return slices.DeleteFunc(list, func(g directory.Group) bool { return g.ID == directory.AllUsers }), err
}

// addGroupGroup puts a group into another and answers with the former.
func addGroupGroup(q *protocol.Request) error {
	parent, err := protocol.PathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	var in struct {
		GroupID httpkit.Optional[httpkit.LooseID] `json:"group_id"`
	}
	if err := q.Body(&in); err != nil {
		return err
	}
	child, err := protocol.BodyID[directory.GroupID]("group_id", in.GroupID)
	if err != nil {
		return err
	}
	if _, shown, err := q.Commit(directory.AddParent{Group: child, Parent: parent}); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return document.ReplyGroup(q, child)
}

// deleteGroupFromGroup takes a group out of another.
func deleteGroupFromGroup(q *protocol.Request) error {
	parent, err := protocol.PathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	child, err := protocol.PathID[directory.GroupID](q, "deleting_group_id")
	if err != nil {
		return err
	}
	return q.Done(directory.RemoveParent{Group: child, Parent: parent})
}

// deleteGroupUser takes a user out of a group.
func deleteGroupUser(q *protocol.Request) error {
	group, err := protocol.PathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	user, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	if u, err := q.Dir.WholeUser(q.Context(), user); err == nil {
		err := inForce(q, "membership", group, func(yield func(directory.Window) bool) {
			for _, m := range u.Memberships {
				if m.Group == group && !yield(m.Window) {
					return
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return q.Done(directory.RemoveMember{Group: group, User: user})
}

// allGroupUsers lists the users directly in a group. All Users contains everyone.
func allGroupUsers(q *protocol.Request) error {
	id, err := protocol.PathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	if _, err := q.Dir.Group(q.Context(), id); err != nil {
		return err
	}
	if id == directory.AllUsers {
		return document.ReplyUsers(q, nil)
	}
	return document.ReplyUsers(q, directory.UsersIn{Groups: []directory.GroupID{id}})
}

// addGroupUser puts a user into a group and answers with the user.
func addGroupUser(q *protocol.Request) error {
	group, err := protocol.PathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	var in struct {
		UserID httpkit.Optional[httpkit.LooseID] `json:"user_id"`
	}
	if err := q.Body(&in); err != nil {
		return err
	}
	user, err := protocol.BodyID[directory.UserID]("user_id", in.UserID)
	if err != nil {
		return err
	}
	if _, err := q.Dir.User(q.Context(), user); err != nil {
		return q.Unseen(err, directory.ManageGroups)
	}
	if _, shown, err := q.Commit(directory.AddMember{Group: group, User: user}); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return document.ReplyUser(q, user)
}
