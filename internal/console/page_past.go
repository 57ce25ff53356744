package console

import (
	"cmp"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// asOf leads to a page as it was at a time: at the last change before it.
func asOf(q *request) error {
	back := backTo(q.query.Get("back"))
	when, err := parseTimeField("when", q.query.Get("when"))
	if err != nil {
		return err
	}
	if when == 0 || when > q.now() {
		return q.see(back)
	}
	list, err := q.dir.Changes(q.ctx(), directory.ChangeQuery{Newest: true, Limit: 1, To: when + 1})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return directory.Invalid("when", "is before the directory was made")
	}
	return q.see(link(Root, "at", itoa(list[0].Revision)) + strings.TrimPrefix(back, Root))
}

// A comparePage is the values of two users, or of one at two times.
type comparePage struct {
	A, B       part
	UserA      string
	UserB      string
	Rows       []compareRow
	Same       int
	Problem    string
	Everything bool
	All        string // the address with the equal ones
	Next, Prev string
	Shown      string
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

// compare shows what two users have, those first that differ.
func compare(q *request) error {
	page := comparePage{UserA: q.query.Get("a"), UserB: q.query.Get("b"), Everything: q.query.Get("all") != "", All: q.with("all", "1")}
	if page.UserA != "" && page.UserB != "" {
		if err := q.compareUsers(&page); err != nil {
			if kind := directory.KindOf(err); kind != directory.KindInvalid && kind != directory.KindNotFound {
				return err
			}
			page.Problem = errorPageOf(err).Text
		}
	}
	return q.show("compare", frame{Title: "Compare two users", Section: "users", Data: page})
}

func (q *request) compareUsers(page *comparePage) error {
	a, err := q.oneUser("a")
	if err != nil {
		return err
	}
	b, err := q.oneUser("b")
	if err != nil {
		return err
	}
	page.A, page.B = q.names.userPart(&a), q.names.userPart(&b)
	page.UserA, page.UserB = directory.FormatID(a.User.ID), directory.FormatID(b.User.ID)
	rows, err := q.compareRows(a.User.ID, b.User.ID)
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

func (q *request) oneUser(field string) (directory.UserDetail, error) {
	found, err := q.findUsers(q.query.Get(field), 2)
	return one(field, q.query.Get(field), found, err)
}

func (q *request) compareRows(a, b directory.UserID) (rows []compareRow, err error) {
	attrs, err := q.dir.Attributes(q.ctx())
	if err != nil {
		return nil, err
	}
	attrs = slices.DeleteFunc(attrs, func(a directory.Attribute) bool { return a.ID.Computed() })
	ids := make([]directory.AttributeID, len(attrs))
	for i := range attrs {
		ids[i] = attrs[i].ID
	}
	of := func(id directory.UserID) (map[directory.AttributeID]directory.Effective, error) {
		list, err := q.dir.Effective(q.ctx(), id, ids)
		byID := map[directory.AttributeID]directory.Effective{}
		for _, e := range list {
			byID[e.Attribute] = e
		}
		return byID, err
	}
	left, err := of(a)
	if err != nil {
		return nil, err
	}
	right, err := of(b)
	if err != nil {
		return nil, err
	}
	for i := range attrs {
		at := &attrs[i]
		l, r := left[at.ID], right[at.ID]
		rows = append(rows, compareRow{
			Attribute: named(cmp.Or(at.Label, at.Name), q.to("attributes", at.Name)),
			A:         effectiveValue(at, &l, q.Language), B: effectiveValue(at, &r, q.Language), ChipA: q.chipOf(&l), ChipB: q.chipOf(&r),
			WhyA: q.to("users", directory.FormatID(a), "why", at.Name), WhyB: q.to("users", directory.FormatID(b), "why", at.Name),
			Differs: !sameValue(&l, &r),
		})
	}
	slices.SortStableFunc(rows, func(a, b compareRow) int {
		return cmp.Or(boolInt(b.Differs)-boolInt(a.Differs), strings.Compare(a.Attribute.Text, b.Attribute.Text))
	})
	return rows, nil
}

// sameValue compares what two users have. Hidden values are the same only where
// one and the same row is: nothing else is known of them.
func sameValue(a, b *directory.Effective) bool {
	return (a.Origin() == directory.OriginNone) == (b.Origin() == directory.OriginNone) && a.Value().Equal(b.Value())
}
