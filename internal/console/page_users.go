package console

import (
	"strings"

	"cohort/internal/console/draft"
	"cohort/internal/directory"
)

const rowsShown = 40 // of a list

// A usersPage is a part of the list of users.
type usersPage struct {
	Query string
	State string
	Rows  []userRow
	Next  string
	First string
	Cut   bool // there are more, and no way to page through them
	All   bool // whether the person sees others
	New   bool // whether the form for a new one is open
	May   bool
	Form  form
	Open  string // the address of the form
	Pick  string // the form of those that are chosen; empty without one
}

// A userRow is a user in a list.
type userRow struct {
	Name     part
	Email    string
	ID       string
	Groups   []part
	Disabled bool
	Service  bool
	Note     string
	Drafted  []part
}

func users(q *request) error {
	page := usersPage{
		Query: strings.TrimSpace(q.query.Get("q")), State: q.query.Get("state"),
		All: q.may(directory.SeeUsers) || q.may(directory.ManageUsers),
	}
	var list []directory.UserDetail
	var err error
	if page.Query != "" {
		list, err = q.findUsers(page.Query, rowsShown)
		page.Cut = len(list) == rowsShown
	} else {
		list, err = q.userPage(&page)
	}
	if err != nil {
		return err
	}
	for i := range list {
		page.Rows = append(page.Rows, q.userRow(&list[i]))
	}
	page.May, page.Form, page.Open = q.mayChange(directory.ManageUsers), q.form(), q.with("new", "1")
	page.New = page.May && (q.query.Get("new") != "" || page.Form.Problem != "" && page.Form.Typed["do"] == "")
	if page.May {
		page.Pick = "pick"
		for i := range page.Rows {
			page.Rows[i].Drafted = q.draftedAs(draft.KeyOf(directory.UpdateUser{User: list[i].User.ID}))
		}
	}
	return q.show("users", frame{
		Title: "Users", Section: "users", Data: page, Search: " ",
		Calls: q.calls().cli("user", "list").native("users").looker("users").list,
	})
}

// userPage loads the users from where the parameter after says.
func (q *request) userPage(page *usersPage) ([]directory.UserDetail, error) {
	where := directory.UsersAnd{}
	switch page.State {
	case "disabled":
		where = append(where, directory.UsersEnabled(false))
	case "service":
		where = append(where, directory.UsersOfKind(directory.KindService))
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

func (q *request) userRow(u *directory.UserDetail) userRow {
	row := userRow{
		Name: q.names.userPart(u), Email: u.Email(), ID: directory.FormatID(u.User.ID),
		Disabled: u.User.Disabled, Service: u.User.Kind == directory.KindService,
	}
	var in []part
	for i, m := range u.Memberships {
		if i == 3 {
			in = append(in, quiet("+"+itoa(len(u.Memberships)-3)))
			break
		}
		in = append(in, q.names.group(m.Group))
	}
	row.Groups = in
	return row
}
