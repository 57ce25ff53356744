package console

import (
	"strings"

	"cohort/internal/console/draft"
	"cohort/internal/directory"
)

// A membersPage is a part of the users in a group.
type membersPage struct {
	Query string
	Reach string // direct, or all: also those in the groups in it
	Rows  []userRow
	Next  string
	First string
	Cut   bool // there are more, and no way to page through them
	Below int  // groups in it, at any depth
	Group part
	All   bool // whether it is All Users
	Deep  bool // it has too many groups in it to look through them
	May   bool
	Form  form
	Pick  string // the form of those that are chosen; empty without one
}

// maxBelow is how many groups are looked through for members.
const maxBelow = 1000

func groupMembers(q *request) error {
	d, f, err := q.loadGroup("members")
	if err != nil {
		return err
	}
	page := membersPage{
		Query: strings.TrimSpace(q.query.Get("q")), Reach: q.query.Get("reach"), Group: say(f.Title),
		All: d.Group.ID == directory.AllUsers,
	}
	where := directory.UsersAnd{}
	if !page.All {
		groups := []directory.GroupID{d.Group.ID}
		if page.Reach == "all" {
			if groups, err = q.below(d.Group.ID); err != nil {
				return err
			}
			page.Below = len(groups) - 1
			page.Deep = page.Below > maxBelow
		}
		where = append(where, directory.UsersIn{Groups: groups, At: q.now()})
	}
	var list []directory.UserDetail
	if !page.Deep {
		if list, err = q.membersWhere(&page, where); err != nil {
			return err
		}
	}
	for i := range list {
		page.Rows = append(page.Rows, q.userRow(&list[i]))
	}
	if page.Reach != "all" && q.mayChange(directory.ManageGroups) && !page.All {
		page.Pick = "pick"
		for i := range page.Rows {
			page.Rows[i].Drafted = q.draftedAs(draft.KeyOf(directory.RemoveMember{Group: d.Group.ID, User: list[i].User.ID}))
		}
	}
	page.May, page.Form = !page.All && (q.mayChange(directory.ManageGroups) || q.mayChange(directory.ManageUsers)),
		q.form()
	f.Data = page
	return q.show("group_members", f)
}

func (q *request) membersWhere(page *membersPage, where directory.UsersAnd) ([]directory.UserDetail, error) {
	if page.Query != "" {
		list, err := q.findUsersIn(page.Query, rowsShown, where)
		page.Cut = len(list) == rowsShown
		return list, err
	}
	if text := q.query.Get("after"); text != "" {
		after, err := directory.ParseID[directory.UserID]("after", text)
		if err != nil {
			return nil, err
		}
		where = append(where, directory.UsersAfter(after))
		page.First = q.with("after", "")
	}
	list, _, err := q.dir.Users(q.ctx(), directory.UserQuery{Where: where, Limit: rowsShown + 1, Uncounted: true})
	if len(list) > rowsShown {
		list = list[:rowsShown]
		page.Next = q.with("after", directory.FormatID(list[rowsShown-1].User.ID))
	}
	return list, err
}

// below are a group and those in it, at any depth; if they are too many, a few
// more than those.
func (q *request) below(top directory.GroupID) ([]directory.GroupID, error) {
	list, known := []directory.GroupID{top}, map[directory.GroupID]bool{top: true}
	for i := 0; i < len(list); i++ {
		children, err := q.dir.ChildGroups(q.ctx(), list[i])
		if err != nil {
			return nil, err
		}
		for _, g := range children {
			if !known[g.ID] {
				known[g.ID] = true
				list = append(list, g.ID)
			}
		}
		if len(list) > maxBelow {
			break
		}
	}
	return list, nil
}
