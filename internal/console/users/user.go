package users

import (
	"net/url"
	"slices"
	"strings"

	"cohort/internal/console/changes"
	"cohort/internal/console/draft"
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/console/values"
	"cohort/internal/directory"
)

// Load loads the user in the path, and the frame that the pages of a user share.
func Load(q *pagekit.Request, current string) (u directory.UserDetail, f pagekit.Frame, err error) {
	id, err := directory.ParseID[directory.UserID]("user", q.R.PathValue("id"))
	if err != nil {
		return u, f, directory.NotFound("user", q.R.PathValue("id"))
	}
	if u, err = q.Dir.WholeUser(q.Context(), id); err != nil {
		return u, f, err
	}
	refs, err := q.Dir.Sources(q.Context(), directory.Object{Kind: directory.ObjectUser, ID: int64(id)})
	if err != nil {
		return u, f, err
	}
	text := directory.FormatID(id)
	f = pagekit.Frame{Title: sentence.UserName(&u.UserRows), Section: "users", Kind: "User", Search: " ",
		About: pagekit.ObjectOf(id)}
	if u.User.Kind == directory.KindService {
		f.Kind = "Service account"
	}
	f.Tabs = q.Tabs(current, "users", text, []pagekit.Tab{
		{Name: "Values"}, {Name: "Groups", Count: sentence.Itoa(len(u.Memberships))}, {Name: "Access"}, {Name: "History"},
	})
	f.Facts, f.Calls = Facts(&u, refs), callsOfUser(q, id, current)
	return u, f, nil
}

// Facts returns the facts under the name of a user.
func Facts(u *directory.UserDetail, refs [][]directory.SourceReference) []pagekit.Fact {
	facts := []pagekit.Fact{{Label: "id", Copy: directory.FormatID(u.User.ID)}}
	if email := u.Email(); email != "" {
		facts = append(facts, pagekit.Fact{Label: "e-mail", Copy: email})
	}
	if u.User.Disabled {
		facts = append(facts, pagekit.Fact{Parts: sentence.Parts(sentence.Part{Text: "disabled", Kind: "warning"})})
	}
	return append(facts, pagekit.SourceFacts(refs)...)
}

func userValues(q *pagekit.Request) error {
	u, f, err := Load(q, "values")
	if err != nil {
		return err
	}
	list, err := q.Dir.Effective(q.Context(), u.User.ID, nil)
	if err != nil {
		return err
	}
	own := map[directory.AttributeID]directory.Window{}
	for _, v := range u.Values {
		own[v.Attribute] = v.Window
	}
	page, shown, err := values.NewPage(q, "user", list, func(id directory.AttributeID) bool {
		_,
			ok := own[id]
		return ok
	})
	if err != nil {
		return err
	}
	for _, s := range shown {
		row := values.NewRow(q, &s.Definition, &s.Effective)
		if w, ok := own[s.Definition.ID]; ok {
			row.Own = true
			row.Window = values.WindowNote(q, w)
		}
		row.Why = q.To("users", directory.FormatID(u.User.ID), "why", s.Definition.Name)
		editUserRow(q, &row, &u, &s.Definition)
		page.Rows = append(page.Rows, row)
	}
	page.Here, page.MaySet = q.With(), q.May(directory.SetValues)
	page.Compare = CompareWith(q, u.User.ID)
	f.Data = page
	return q.Show("user_values", f)
}

// editUserRow adds the edit link or the form to a row, if the person may change the value.
func editUserRow(q *pagekit.Request, row *values.Row, u *directory.UserDetail, a *directory.Attribute) {
	if !q.MayChange(directory.SetValues) && (q.Past != 0 || !u.Self || !a.UserCanEdit) {
		return
	}
	row.Edit = q.With("edit", a.Name) + "#row-" + a.Name
	row.Drafted = drafting.As(q, draft.KeyOf(directory.SetUserValue{User: u.User.ID, Attribute: a.ID}))
	if q.Query.Get("edit") != a.Name {
		return
	}
	own := directory.UserValue{}
	for _, v := range u.Values {
		if v.Attribute == a.ID {
			own = v
		}
	}
	row.Editor = values.NewEditor(q, draft.KeyOf(directory.SetUserValue{User: u.User.ID, Attribute: a.ID}), a, row.Own,
		own.Value,
		own.Window)
}

// A MemberRow is a group that a user is in, or a group in a group.
type MemberRow struct {
	Group   sentence.Part
	Path    string
	Window  string
	First   bool
	ID      string
	Drafted []sentence.Part
}

// A userGroupsPage lists the groups of a user, direct and inherited.
type userGroupsPage struct {
	Rows     []MemberRow
	Through  []MemberRow
	More     int // inherited groups that are not shown
	Everyone sentence.Part
	Total    int
	Next     string
	Prev     string
	Form     pagekit.Form
	May      bool
}

func userGroups(q *pagekit.Request) error {
	u, f, err := Load(q, "groups")
	if err != nil {
		return err
	}
	page := userGroupsPage{Everyone: q.Names.Group(directory.AllUsers), Total: len(u.Memberships)}
	from, to := q.Slice(len(u.Memberships), &page.Prev, &page.Next)
	direct := map[directory.GroupID]bool{}
	for i, m := range u.Memberships {
		direct[m.Group] = true
		if i >= from && i < to {
			page.Rows = append(page.Rows, MemberRow{
				Group: q.Names.Group(m.Group), Path: q.Names.PathText(m.Group), Window: values.WindowNote(q, m.Window),
				First:   i == 0,
				ID:      directory.FormatID(m.Group),
				Drafted: drafting.As(q, draft.KeyOf(directory.AddMember{Group: m.Group, User: u.User.ID})),
			})
		}
	}
	all, err := q.Dir.AllGroupsOf(q.Context(), u.User.ID)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(id directory.GroupID) bool { return direct[id] })
	page.More = max(0, len(all)-pagekit.RowsShown)
	for _, id := range all[:len(all)-page.More] {
		page.Through = append(page.Through, MemberRow{Group: q.Names.Group(id), Path: q.Names.PathText(id)})
	}
	slices.SortFunc(page.Through, func(a, b MemberRow) int { return strings.Compare(a.Group.Text, b.Group.Text) })
	page.Form, page.May = q.Form(), q.MayChange(directory.ManageGroups) || q.MayChange(directory.ManageUsers)
	f.Data = page
	return q.Show("user_groups", f)
}

func userHistory(q *pagekit.Request) error {
	u, f, err := Load(q, "history")
	if err != nil {
		return err
	}
	return changes.Show(q, f, directory.Object{Kind: directory.ObjectUser, ID: int64(u.User.ID)})
}

func callsOfUser(q *pagekit.Request, id directory.UserID, page string) []pagekit.Call {
	user := directory.FormatID(id)
	switch page {
	case "values":
		return q.Calls().CLI("effective", user).Native("users/" + user + "/effective" + q.AsOfParameter()).
			Looker("users/" + user + "/attribute_values").Propeller("users/id/" + user + "/effective").List
	case "groups":
		return q.Calls().CLI("user", "show", user).Native("users/" + user).
			Looker("users/" + user + "?fields=id,group_ids").Propeller("users/id/" + user).List
	case "access":
		return q.Calls().CLI("credential", "list", user).Native("users/" + user).Looker("users/" + user + "/roles").List
	case "history":
		return q.Calls().CLI("log", "user:"+user).Native("changes?object=user:" + user).List
	}
	return nil
}

// editUserValue sets or removes a user's own value.
func editUserValue(q *pagekit.Request) ([]directory.Edit, error) {
	id, err := q.PathUserID()
	if err != nil {
		return nil, err
	}
	s, err := values.TypedSetting(q, func(a directory.AttributeID) (*directory.Value, directory.Window, error) {
		v, _, err := drafting.UserValue(q, id, a)
		if err != nil || v == nil {
			return nil, directory.Window{}, err
		}
		return &v.Value, v.Window, nil
	})
	if s.Remove {
		return []directory.Edit{directory.DeleteUserValue{User: id, Attribute: s.Attribute}}, err
	}
	return []directory.Edit{directory.SetUserValue{User: id, Attribute: s.Attribute, Value: s.Value, Window: s.Window}},
		err
}

// CompareWith returns the address of the page that compares a user.
func CompareWith(q *pagekit.Request, user directory.UserID) string {
	return q.To("compare") + "?" + url.Values{"a": {directory.FormatID(user)}}.Encode()
}
