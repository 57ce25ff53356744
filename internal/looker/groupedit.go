package looker

import (
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
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
	return setFacet(id.Object(), facetContent, can)
}

// createGroup creates a group with a unique name.
func createGroup(q *request) error {
	var in groupEdit
	if err := q.body(&in); err != nil {
		return err
	}
	if err := mustName("name", httpkit.Some(in.Name.Value)); err != nil {
		return err
	}
	edits := []directory.Edit{directory.CreateGroup{Name: in.Name.Value, UniqueName: true}}
	content, err := in.content(directory.Made[directory.GroupID](0))
	if err != nil {
		return err
	}
	done, shown, err := q.commit(append(edits, content...)...)
	if err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyGroup(directory.GroupID(done.Results[0].ID))
}

// updateGroup changes the members that the body names.
func updateGroup(q *request) error {
	id, err := pathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	var in groupEdit
	if err := q.body(&in); err != nil {
		return err
	}
	if err := mustName("name", in.Name); err != nil {
		have, notThere := q.dir.Group(q.ctx(), id)
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
	if _, shown, err := q.commit(append(edits, content...)...); err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyGroup(id)
}

// mustName refuses a given name that is empty or null.
func mustName(field string, name httpkit.Optional[string]) error {
	if name.Set && strings.TrimSpace(name.Value) == "" {
		return directory.Missing(field)
	}
	return nil
}

// deleteGroup deletes a group.
func deleteGroup(q *request) error {
	id, err := pathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	return q.done(directory.DeleteGroup{Group: id})
}

// done runs one edit and answers without content.
func (q *request) done(edit directory.Edit) error {
	if _, shown, err := q.commit(edit); err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.noContent()
}

// allGroupGroups lists the groups directly in a group.
func allGroupGroups(q *request) error {
	id, err := pathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	children, err := q.childGroups(id)
	if err != nil {
		return err
	}
	text, err := groupsText(q, idsOf(children))
	if err != nil {
		return err
	}
	return q.replySelected(text)
}

// childGroups returns the groups directly in a group. All Users contains every other group.
func (q *request) childGroups(id directory.GroupID) ([]directory.Group, error) {
	if id != directory.AllUsers {
		return q.dir.ChildGroups(q.ctx(), id)
	}
	list, err := q.dir.Groups(q.ctx())
	return slices.DeleteFunc(list, func(g directory.Group) bool { return g.ID == directory.AllUsers }), err
}

// addGroupGroup puts a group into another and answers with the former.
func addGroupGroup(q *request) error {
	parent, err := pathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	var in struct {
		GroupID httpkit.Optional[httpkit.LooseID] `json:"group_id"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	child, err := bodyID[directory.GroupID]("group_id", in.GroupID)
	if err != nil {
		return err
	}
	if _, shown, err := q.commit(directory.AddParent{Group: child, Parent: parent}); err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyGroup(child)
}

// deleteGroupFromGroup takes a group out of another.
func deleteGroupFromGroup(q *request) error {
	parent, err := pathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	child, err := pathID[directory.GroupID](q, "deleting_group_id")
	if err != nil {
		return err
	}
	return q.done(directory.RemoveParent{Group: child, Parent: parent})
}

// deleteGroupUser takes a user out of a group.
func deleteGroupUser(q *request) error {
	group, err := pathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	user, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	if u, err := q.dir.WholeUser(q.ctx(), user); err == nil {
		err := q.inForce("membership", group, func(yield func(directory.Window) bool) {
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
	return q.done(directory.RemoveMember{Group: group, User: user})
}

// allGroupUsers lists the users directly in a group. All Users contains everyone.
func allGroupUsers(q *request) error {
	id, err := pathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	if _, err := q.dir.Group(q.ctx(), id); err != nil {
		return err
	}
	if id == directory.AllUsers {
		return q.replyUsers(nil)
	}
	return q.replyUsers(directory.UsersIn{Groups: []directory.GroupID{id}})
}

// addGroupUser puts a user into a group and answers with the user.
func addGroupUser(q *request) error {
	group, err := pathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	var in struct {
		UserID httpkit.Optional[httpkit.LooseID] `json:"user_id"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	user, err := bodyID[directory.UserID]("user_id", in.UserID)
	if err != nil {
		return err
	}
	if _, err := q.dir.User(q.ctx(), user); err != nil {
		return q.unseen(err, directory.ManageGroups)
	}
	if _, shown, err := q.commit(directory.AddMember{Group: group, User: user}); err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyUser(user)
}
