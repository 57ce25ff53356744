package why

import (
	"cmp"
	"slices"
	"strings"

	"cohort/internal/console/pagekit"
	"cohort/internal/console/search"
	"cohort/internal/console/sentence"
	"cohort/internal/console/values"
	"cohort/internal/directory"
)

// A comparePage compares the values of two users, of one user at two times, or of one user
// without and with the draft.
type comparePage struct {
	A, B       sentence.Part
	UserA      string
	UserB      string
	With       string // user, time or draft
	When       string
	Rows       []compareRow
	Same       int
	Problem    string
	Everything bool
	All        string // the address that also has equal values
	Next, Prev string
	Shown      string
	Past       bool
	Users      []directory.UserID // the users that are compared
}

// A compareRow is one attribute of both sides.
type compareRow struct {
	Attribute  sentence.Part
	A, B       sentence.Value
	ChipA      sentence.Chip
	ChipB      sentence.Chip
	WhyA, WhyB string
	Differs    bool
}

// A side is one side of a comparison: a user, in the directory of a request.
type side struct {
	*pagekit.Request
	user directory.UserID
	name sentence.Part
}

// compare answers with the values of two sides; those that differ come first.
func compare(q *pagekit.Request) error {
	page := comparePage{
		UserA: q.Query.Get("a"), UserB: q.Query.Get("b"), With: cmp.Or(q.Query.Get("with"), "user"),
		When:       q.Query.Get("when"),
		Everything: q.Query.Get("all") != "", All: q.With("all", "1"), Past: q.Past != 0,
	}
	if page.UserA != "" && (page.UserB != "" || page.With != "user") {
		err := compareSides(q, &page)
		switch directory.KindOf(err) {
		case directory.KindInternal, directory.KindUnavailable, directory.KindUnauthenticated:
			if err != nil {
				return err
			}
		default:
			page.Problem = pagekit.NewErrorPage(err).Text
		}
	}
	f := pagekit.Frame{Title: "Compare", Section: "users", Data: page}
	for _, id := range page.Users {
		user := directory.FormatID(id)
		f.Calls = append(f.Calls, q.Calls().CLI("effective", user).
			Native("users/"+user+"/effective"+q.AsOfParameter()).List...)
	}
	return q.Show("compare", f)
}

func compareSides(q *pagekit.Request, page *comparePage) error {
	u, err := oneUser(q, "a")
	if err != nil {
		return err
	}
	a := side{q, u.User.ID, q.Names.UserPart(&u)}
	b, err := otherSide(q, page, a)
	if err != nil {
		return err
	}
	page.A, page.B, page.UserA, page.Users = a.name, b.name, typedAs(q, &u), []directory.UserID{a.user}
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
	from, to := q.Slice(len(rows), &page.Prev, &page.Next)
	page.Rows, page.Shown = rows[from:to], pagekit.RangeText(from, to, len(rows))
	return nil
}

// otherSide returns the side that the first one is compared with.
func otherSide(q *pagekit.Request, page *comparePage, a side) (side, error) {
	switch page.With {
	case "time":
		when, err := pagekit.ParseTimeField("when", page.When)
		if err != nil {
			return side{}, err
		}
		if when == 0 {
			return side{}, directory.Missing("when")
		}
		rev, err := q.RevisionAt(when)
		if err != nil {
			return side{}, err
		}
		then, err := q.Live.At(q.Context(), directory.Point{Revision: rev})
		if err != nil {
			return side{}, err
		}
		other := q.Through(then)
		other.Past = rev
		name := sentence.Named("after change "+sentence.Number(sentence.Itoa(rev)), other.To("users",
			directory.FormatID(a.user)))
		return side{other, a.user, name}, nil
	case "draft":
		d, err := q.Draft()
		if err != nil {
			return side{}, err
		}
		if d.Count() == 0 {
			return side{}, directory.Invalid("draft", "is empty: edit something first")
		}
		would, err := q.Live.Suppose(q.Context(), d.Edits())
		if err != nil {
			return side{}, err
		}
		return side{q.Through(would), a.user, sentence.Named("with the draft", pagekit.Root+"/draft")}, nil
	}
	u, err := oneUser(q, "b")
	if err != nil {
		return side{}, err
	}
	page.UserB = typedAs(q, &u)
	return side{q, u.User.ID, q.Names.UserPart(&u)}, nil
}

// typedAs returns what people would type for a user: an e-mail or a name that no other user
// has, else the id.
func typedAs(q *pagekit.Request, u *directory.UserDetail) string {
	for _, text := range []string{u.Email(), u.User.ContactEmail, u.User.DisplayName()} {
		if text == "" {
			continue
		}
		if found, err := search.FindUsers(q, text, 2); err == nil && len(found) == 1 && found[0].User.ID == u.User.ID {
			return text
		}
	}
	return directory.FormatID(u.User.ID)
}

func oneUser(q *pagekit.Request, field string) (directory.UserDetail, error) {
	found, err := search.FindUsers(q, q.Query.Get(field), 2)
	return search.One(field, q.Query.Get(field), found, err)
}

// values returns the effective values of the side, without computed attributes.
func (s side) values() (map[directory.AttributeID]values.Effective, error) {
	attrs, err := s.Dir.Attributes(s.Context())
	if err != nil {
		return nil, err
	}
	list, err := s.Dir.Effective(s.Context(), s.user, nil)
	if err != nil {
		return nil, err
	}
	of := map[directory.AttributeID]values.Effective{}
	for _, a := range attrs {
		if i := slices.IndexFunc(list, func(e directory.Effective) bool { return e.Attribute == a.ID }); i >= 0 &&
			!a.ID.Computed() {
			of[a.ID] = values.Effective{Effective: list[i], Definition: a}
		}
	}
	return of, nil
}

func (s side) show(v *values.Effective) (sentence.Value, sentence.Chip, string) {
	return sentence.EffectiveValue(&v.Definition, &v.Effective, s.Language), s.Names.Chip(&v.Effective),
		s.To("users", directory.FormatID(s.user), "why", v.Definition.Name)
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
		ids[id] = v.Definition
	}
	for id, v := range left {
		ids[id] = v.Definition
	}
	for id, at := range ids {
		row := compareRow{Attribute: sentence.Named(cmp.Or(at.Label, at.Name), a.To("attributes", at.Name))}
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

// sameValue compares the values of two sides. Hidden values are equal only if they come from
// the same row, because nothing else is known of them.
func sameValue(a, b *directory.Effective) bool {
	return (a.Origin == directory.OriginNone) == (b.Origin == directory.OriginNone) && a.Value.Equal(b.Value)
}
