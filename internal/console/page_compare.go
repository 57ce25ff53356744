package console

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// A comparePage is the values of two users, or of one at two times, or now and
// as the draft would have them.
type comparePage struct {
	A, B       part
	UserA      string
	UserB      string
	With       string // user, time or draft
	When       string
	Rows       []compareRow
	Same       int
	Problem    string
	Everything bool
	All        string // the address with the equal ones
	Next, Prev string
	Shown      string
	Past       bool
	Users      []directory.UserID // who they are
}

// A compareRow is one attribute of both.
type compareRow struct {
	Attribute  part
	A, B       value
	ChipA      chip
	ChipB      chip
	WhyA, WhyB string
	Differs    bool
}

// A side is one of the two that are compared: who, and in which directory.
type side struct {
	*request
	user directory.UserID
	name part
}

// compare shows what two sides have, those first that differ.
func compare(q *request) error {
	page := comparePage{
		UserA: q.query.Get("a"), UserB: q.query.Get("b"), With: cmp.Or(q.query.Get("with"), "user"),
		When:       q.query.Get("when"),
		Everything: q.query.Get("all") != "", All: q.with("all", "1"), Past: q.past != 0,
	}
	if page.UserA != "" && (page.UserB != "" || page.With != "user") {
		err := q.compareSides(&page)
		switch directory.KindOf(err) {
		case directory.KindInternal, directory.KindUnavailable, directory.KindUnauthenticated:
			if err != nil {
				return err
			}
		default:
			page.Problem = errorPageOf(err).Text
		}
	}
	f := frame{Title: "Compare", Section: "users", Data: page}
	for _, id := range page.Users {
		user := directory.FormatID(id)
		f.Calls = append(f.Calls, q.calls().cli("effective", user).
			native("users/"+user+"/effective"+q.asOfParameter()).list...)
	}
	return q.show("compare", f)
}

func (q *request) compareSides(page *comparePage) error {
	u, err := q.oneUser("a")
	if err != nil {
		return err
	}
	a := side{q, u.User.ID, q.names.userPart(&u)}
	b, err := q.otherSide(page, a)
	if err != nil {
		return err
	}
	page.A, page.B, page.UserA, page.Users = a.name, b.name, q.typedAs(&u), []directory.UserID{a.user}
	if b.user != a.user {
		page.Users = append(page.Users, b.user)
	}
	rows, err := compareRows(a, b)
	if err != nil {
		return err
	}
	if !page.Everything {
		all := len(rows)
		rows = slices.DeleteFunc(rows, func(r compareRow) bool { return !r.Differs })
		page.Same = all - len(rows)
	}
	from, to := q.slice(len(rows), &page.Prev, &page.Next)
	page.Rows, page.Shown = rows[from:to], rangeText(from, to, len(rows))
	return nil
}

// otherSide is what the first side is compared with.
func (q *request) otherSide(page *comparePage, a side) (side, error) {
	switch page.With {
	case "time":
		when, err := parseTimeField("when", page.When)
		if err != nil {
			return side{}, err
		}
		if when == 0 {
			return side{}, directory.Missing("when")
		}
		rev, err := q.revisionAt(when)
		if err != nil {
			return side{}, err
		}
		then, err := q.live.At(q.ctx(), directory.Point{Revision: rev})
		if err != nil {
			return side{}, err
		}
		other := q.through(then)
		other.past = rev
		name := named("after change "+number(itoa(rev)), other.to("users", directory.FormatID(a.user)))
		return side{other, a.user, name}, nil
	case "draft":
		d, err := q.draft()
		if err != nil {
			return side{}, err
		}
		if d.Count() == 0 {
			return side{}, directory.Invalid("draft", "is empty: edit something first")
		}
		would, err := q.live.Suppose(q.ctx(), d.Edits())
		if err != nil {
			return side{}, err
		}
		return side{q.through(would), a.user, named("with the draft", Root+"/draft")}, nil
	}
	u, err := q.oneUser("b")
	if err != nil {
		return side{}, err
	}
	page.UserB = q.typedAs(&u)
	return side{q, u.User.ID, q.names.userPart(&u)}, nil
}

// typedAs is what people would type for a user: an e-mail or the name, if nobody else has
// it, or the id.
func (q *request) typedAs(u *directory.UserDetail) string {
	for _, text := range []string{u.Email(), u.User.ContactEmail, u.User.DisplayName()} {
		if text == "" {
			continue
		}
		if found, err := q.findUsers(text, 2); err == nil && len(found) == 1 && found[0].User.ID == u.User.ID {
			return text
		}
	}
	return directory.FormatID(u.User.ID)
}

func (q *request) oneUser(field string) (directory.UserDetail, error) {
	found, err := q.findUsers(q.query.Get(field), 2)
	return one(field, q.query.Get(field), found, err)
}

// values are what the side has of every attribute that people made.
func (s side) values() (map[directory.AttributeID]seen, error) {
	attrs, err := s.dir.Attributes(s.ctx())
	if err != nil {
		return nil, err
	}
	list, err := s.dir.Effective(s.ctx(), s.user, nil)
	if err != nil {
		return nil, err
	}
	of := map[directory.AttributeID]seen{}
	for _, a := range attrs {
		if i := slices.IndexFunc(list, func(e directory.Effective) bool { return e.Attribute == a.ID }); i >= 0 &&
			!a.ID.Computed() {
			of[a.ID] = seen{list[i], a}
		}
	}
	return of, nil
}

func (s side) show(v *seen) (value, chip, string) {
	return effectiveValue(&v.attribute, &v.Effective, s.Language), s.chipOf(&v.Effective),
		s.to("users", directory.FormatID(s.user), "why", v.attribute.Name)
}

func compareRows(a, b side) (rows []compareRow, err error) {
	left, err := a.values()
	if err != nil {
		return nil, err
	}
	right, err := b.values()
	if err != nil {
		return nil, err
	}
	ids := map[directory.AttributeID]directory.Attribute{}
	for id, v := range right {
		ids[id] = v.attribute
	}
	for id, v := range left {
		ids[id] = v.attribute
	}
	for id, at := range ids {
		row := compareRow{Attribute: named(cmp.Or(at.Label, at.Name), a.to("attributes", at.Name))}
		l, inLeft := left[id]
		r, inRight := right[id]
		if inLeft {
			row.A, row.ChipA, row.WhyA = a.show(&l)
		}
		if inRight {
			row.B, row.ChipB, row.WhyB = b.show(&r)
		}
		row.Differs = inLeft != inRight || !sameValue(&l.Effective, &r.Effective)
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b compareRow) int {
		if a.Differs != b.Differs {
			return map[bool]int{true: -1, false: 1}[a.Differs]
		}
		return cmp.Or(strings.Compare(a.Attribute.Text, b.Attribute.Text),
			strings.Compare(a.WhyA, b.WhyA))
	})
	return rows, nil
}

// sameValue compares what two sides have. Hidden values are the same only where
// one and the same row is: nothing else is known of them.
func sameValue(a, b *directory.Effective) bool {
	return (a.Origin == directory.OriginNone) == (b.Origin == directory.OriginNone) && a.Value.Equal(b.Value)
}

// compareWith is the address of a comparison of a user.
func (q *request) compareWith(user directory.UserID) string {
	return q.to("compare") + "?" + url.Values{"a": {directory.FormatID(user)}}.Encode()
}
