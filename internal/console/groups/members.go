package groups

import (
	"strings"

	"cohort/internal/console/draft"
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/search"
	"cohort/internal/console/sentence"
	"cohort/internal/console/users"
	"cohort/internal/directory"
)

// A membersPage is a part of the users in a group.
type membersPage struct {
	Query string
	Reach string // direct, or all: also those in the groups in it
	Rows  []users.Row
	Next  string
	First string
	Cut   bool // there are more, and no way to page through them
	Below int  // groups in it, at any depth
	Group sentence.Part
	All   bool // whether it is All Users
	Deep  bool // it has too many groups in it to look through them
	May   bool
	Form  pagekit.Form
	Pick  string // the form of those that are chosen; empty without one
}

// maxBelow is how many groups are looked through for members.
const maxBelow = 1000

func groupMembers(q *pagekit.Request) error {
	d, f, err := Load(q, "members")
	if err != nil {
		return err
	}
	page := membersPage{
		Query: strings.TrimSpace(q.Query.Get("q")), Reach: q.Query.Get("reach"), Group: sentence.Say(f.Title),
		All: d.Group.ID == directory.AllUsers,
	}
	where := directory.UsersAnd{}
	if !page.All {
		groups := []directory.GroupID{d.Group.ID}
		if page.Reach == "all" {
			if groups, err = below(q, d.Group.ID); err != nil {
				return err
			}
			page.Below = len(groups) - 1
			page.Deep = page.Below > maxBelow
		}
		where = append(where, directory.UsersIn{Groups: groups, At: q.PageTime()})
	}
	var list []directory.UserDetail
	if !page.Deep {
		if list, err = membersWhere(q, &page, where); err != nil {
			return err
		}
	}
	for i := range list {
		page.Rows = append(page.Rows, users.NewRow(q, &list[i]))
	}
	if page.Reach != "all" && q.MayChange(directory.ManageGroups) && !page.All {
		page.Pick = "pick"
		for i := range page.Rows {
			page.Rows[i].Drafted = drafting.As(q, draft.KeyOf(directory.RemoveMember{Group: d.Group.ID, User: list[i].User.ID}))
		}
	}
	page.May, page.Form = !page.All && (q.MayChange(directory.ManageGroups) || q.MayChange(directory.ManageUsers)),
		q.Form()
	f.Data = page
	return q.Show("group_members", f)
}

func membersWhere(q *pagekit.Request, page *membersPage, where directory.UsersAnd) ([]directory.UserDetail, error) {
	if page.Query != "" {
		list, err := search.FindUsersIn(q, page.Query, pagekit.RowsShown, where)
		page.Cut = len(list) == pagekit.RowsShown
		return list, err
	}
	if text := q.Query.Get("after"); text != "" {
		after, err := directory.ParseID[directory.UserID]("after", text)
		if err != nil {
			return nil, err
		}
		where = append(where, directory.UsersAfter(after))
		page.First = q.With("after", "")
	}
	list, _, err := q.Dir.Users(q.Context(), directory.UserQuery{Where: where, Limit: pagekit.RowsShown + 1,
		Uncounted: true})
	if len(list) > pagekit.RowsShown {
		list = list[:pagekit.RowsShown]
		page.Next = q.With("after", directory.FormatID(list[pagekit.RowsShown-1].User.ID))
	}
	return list, err
}

// below are a group and those in it, at any depth; if they are too many, a few
// more than those.
func below(q *pagekit.Request, top directory.GroupID) ([]directory.GroupID, error) {
	list, known := []directory.GroupID{top}, map[directory.GroupID]bool{top: true}
	for i := 0; i < len(list); i++ {
		children, err := q.Dir.ChildGroups(q.Context(), list[i])
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

// editMembers puts a user into the group of the page or takes it out.
func editMembers(q *pagekit.Request) ([]directory.Edit, error) {
	group, err := q.PathGroupID()
	if err != nil {
		return nil, err
	}
	if q.Typed("do") == "remove" {
		return drafting.ChosenUsers(q, func(user directory.UserID) directory.Edit {
			return directory.RemoveMember{Group: group,
				User: user}
		})
	}
	user, err := search.TypedUser(q, "user")
	return []directory.Edit{directory.AddMember{Group: group, User: user}}, err
}
