package groups

import (
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/search"
	"cohort/internal/directory"
)

// editNesting changes the parents, the children, the name or the description of a group, or
// deletes it.
func editNesting(q *pagekit.Request) ([]directory.Edit, error) {
	group, err := q.PathGroupID()
	if err != nil {
		return nil, err
	}
	switch q.Typed("do") {
	case "remove":
		parent, err := directory.ParseID[directory.GroupID]("parent", q.Typed("parent"))
		return []directory.Edit{directory.RemoveParent{Group: group, Parent: parent}}, err
	case "move":
		return typedMove(q, group)
	case "child":
		name, err := directory.ParseRequiredName("name", q.Typed("name"))
		if err != nil {
			return nil, err
		}
		list := []directory.Edit{directory.CreateGroup{Name: name}}
		if group != directory.AllUsers {
			list = append(list, directory.AddParent{Group: directory.Made[directory.GroupID](0), Parent: group})
		}
		return list, nil
	case "rename":
		return typedGroupUpdate(q, group)
	case "delete":
		return []directory.Edit{directory.DeleteGroup{Group: group}}, nil
	}
	parent, err := search.TypedGroup(q, "parent")
	return []directory.Edit{directory.AddParent{Group: group, Parent: parent}}, err
}

// typedMove moves a group from one parent to another.
func typedMove(q *pagekit.Request, group directory.GroupID) ([]directory.Edit, error) {
	from, err := directory.ParseID[directory.GroupID]("from", q.Typed("from"))
	if err != nil {
		return nil, err
	}
	to, err := directory.ParseID[directory.GroupID]("parent", q.Typed("parent"))
	if err != nil {
		return nil, err
	}
	var list []directory.Edit
	if to != directory.AllUsers {
		list = append(list, directory.AddParent{Group: group, Parent: to})
	}
	if from != directory.AllUsers && from != to {
		list = append(list, directory.RemoveParent{Group: group, Parent: from})
	}
	return list, nil
}

// typedGroupUpdate returns the changes in the form of a group's name and description.
func typedGroupUpdate(q *pagekit.Request, group directory.GroupID) ([]directory.Edit, error) {
	g, err := q.Dir.Group(q.Context(), group)
	if err != nil {
		return nil, err
	}
	e := directory.UpdateGroup{Group: group}
	if q.R.PostForm.Has("name") {
		name, err := directory.ParseRequiredName("name", q.Typed("name"))
		if err != nil {
			return nil, err
		}
		e.Name = drafting.Changed(g.Name, name)
	}
	if q.R.PostForm.Has("description") {
		description, err := directory.ParseDescription("description", q.TypedLines("description"))
		if err != nil {
			return nil, err
		}
		e.Description = drafting.Changed(g.Description, description)
	}
	if e == (directory.UpdateGroup{Group: group}) {
		return nil, nil
	}
	return []directory.Edit{e}, nil
}

// newGroup creates a group without parents.
func newGroup(q *pagekit.Request) ([]directory.Edit, error) {
	name, err := directory.ParseRequiredName("name", q.Typed("name"))
	return []directory.Edit{directory.CreateGroup{Name: name}}, err
}
