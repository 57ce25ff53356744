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

// A membersPage is one page of the members of a group.
type membersPage struct {
	Query string
	Reach string // empty for direct members; all for members of nested groups, too
	Rows  []users.Row
	Next  string
	First string
	Cut   bool // more users match than the page shows
	Below int  // nested groups, at any depth
	Group sentence.Part
	All   bool // whether it is All Users
	Deep  bool // whether it has too many nested groups to search
	May   bool
	Form  pagekit.Form
	Pick  string // id of the form for chosen users; empty without the form
}

// maxBelow limits the nested groups that are searched for members.
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

// below returns a group and its nested groups, at any depth. It stops soon after maxBelow.
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

// editMembers adds a user to a group, or removes the selected ones.
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
