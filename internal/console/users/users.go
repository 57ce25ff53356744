package users

import (
	"strings"

	"cohort/internal/console/draft"
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/search"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// A usersPage is one page of the list of users.
type usersPage struct {
	Query string
	State string
	Rows  []Row
	Next  string
	First string
	Cut   bool // more users match than the page shows
	All   bool // whether the person may see other users
	New   bool // whether the form for a new user is open
	May   bool
	Form  pagekit.Form
	Open  string // the address of the form
	Pick  string // id of the form for chosen users; empty without the form
}

// A Row is a user in a list.
type Row struct {
	Name     sentence.Part
	Email    string
	ID       string
	Groups   []sentence.Part
	Disabled bool
	Service  bool
	Note     string
	Drafted  []sentence.Part
}

func users(q *pagekit.Request) error {
	page := usersPage{
		Query: strings.TrimSpace(q.Query.Get("q")), State: q.Query.Get("state"),
		All: q.May(directory.SeeUsers) || q.May(directory.ManageUsers),
	}
	var list []directory.UserDetail
	var err error
	if page.Query != "" {
		list, err = search.FindUsers(q, page.Query, pagekit.RowsShown)
		page.Cut = len(list) == pagekit.RowsShown
	} else {
		list, err = userPage(q, &page)
	}
	if err != nil {
		return err
	}
	for i := range list {
		page.Rows = append(page.Rows, NewRow(q, &list[i]))
	}
	page.May, page.Form, page.Open = q.MayChange(directory.ManageUsers), q.Form(), q.With("new", "1")
	page.New = page.May && (q.Query.Get("new") != "" || page.Form.Problem != "" && page.Form.Typed["do"] == "")
	if page.May {
		page.Pick = "pick"
		for i := range page.Rows {
			page.Rows[i].Drafted = drafting.As(q, draft.KeyOf(directory.UpdateUser{User: list[i].User.ID}))
		}
	}
	return q.Show("users", pagekit.Frame{
		Title: "Users", Section: "users", Data: page, Search: " ",
		Calls: q.Calls().CLI("user", "list").Native("users").Looker("users").List,
	})
}

// userPage loads the users that follow the one in the parameter after.
func userPage(q *pagekit.Request, page *usersPage) ([]directory.UserDetail, error) {
	where := directory.UsersAnd{}
	switch page.State {
	case "disabled":
		where = append(where, directory.UsersEnabled(false))
	case "service":
		where = append(where, directory.UsersOfKind(directory.KindService))
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

// NewRow returns a user as a row of a list.
func NewRow(q *pagekit.Request, u *directory.UserDetail) Row {
	row := Row{
		Name: q.Names.UserPart(u), Email: u.Email(), ID: directory.FormatID(u.User.ID),
		Disabled: u.User.Disabled, Service: u.User.Kind == directory.KindService,
	}
	var in []sentence.Part
	for i, m := range u.Memberships {
		if i == 3 {
			in = append(in, sentence.Quiet("+"+sentence.Itoa(len(u.Memberships)-3)))
			break
		}
		in = append(in, q.Names.Group(m.Group))
	}
	row.Groups = in
	return row
}

// Page returns a page of the users that a filter selects, by id, and the links to the first
// and the next page. It begins after the user in the parameter after.
func Page(q *pagekit.Request, where directory.UserFilter) (list []directory.UserDetail, first, next string, err error) {
	and := directory.UsersAnd{where}
	if text := q.Query.Get("after"); text != "" {
		after, err := directory.ParseID[directory.UserID]("after", text)
		if err != nil {
			return nil, "", "", err
		}
		and = append(and, directory.UsersAfter(after))
		first = q.With("after", "")
	}
	list, _, err = q.Dir.Users(q.Context(), directory.UserQuery{Where: and, Limit: pagekit.RowsShown + 1, Uncounted: true})
	if err != nil {
		return nil, "", "", err
	}
	if len(list) > pagekit.RowsShown {
		list = list[:pagekit.RowsShown]
		next = q.With("after", directory.FormatID(list[pagekit.RowsShown-1].User.ID))
	}
	return list, first, next, nil
}
