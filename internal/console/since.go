package console

import (
	"slices"

	"cohort/internal/directory"
	"cohort/internal/history"
)

// How far back the change is looked for that set a candidate.
const (
	sinceChanges = 30 // changes of its owner
	sinceRows    = 200
	sinceOf      = 12 // candidates, the strongest
)

// A since is when a candidate came to be what it is, and by which change.
type since struct {
	At     directory.Instant
	Change part
	Who    part
	Before bool // it was so before the changes that were looked at
}

// sinceWhen finds which changes set the candidates of an explanation, or that they
// are older than what was looked at.
func (q *request) sinceWhen(page *whyAnswer, of subject, a *directory.Attribute) error {
	if a.ID.Computed() || !q.may(directory.SeeHistory) {
		return nil
	}
	if q.query.Get("since") == "" {
		page.SinceHref = q.with("since", "1")
		return nil
	}
	page.HasSince = true
	x, err := q.explain(of, a)
	if err != nil {
		return err
	}
	for i := range x.Candidates[:min(len(x.Candidates), sinceOf)] {
		c := &x.Candidates[i]
		var object directory.Object
		var set func(directory.RowWrite) bool
		switch {
		case c.Origin == directory.OriginGroup && c.Group != directory.HiddenGroup:
			object, set = c.Group.Object(), setsGroupValue(c.Group, a.ID)
		case c.Origin == directory.OriginUser:
			object, set = of.user.Object(), setsUserValue(of.user, a.ID)
		case c.Origin == directory.OriginDefault:
			object, set = a.ID.Object(), setsDefault(a.ID)
		default:
			continue
		}
		found, err := q.lastThat(object, set)
		if err != nil {
			return err
		}
		page.Candidates[i].Since = found
	}
	return nil
}

// lastThat is the last change of an object one of whose rows is of some kind.
func (q *request) lastThat(object directory.Object, set func(directory.RowWrite) bool) (*since, error) {
	list, err := history.Changes(q.ctx(), q.dir, directory.ChangeQuery{Object: &object, Newest: true, Limit: sinceChanges})
	if err != nil {
		return nil, err
	}
	for i := range list {
		rows, err := history.RowsOfChange(q.ctx(), q.dir, list[i].Revision, &object, sinceRows)
		if directory.KindOf(err) == directory.KindGone {
			continue
		}
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(rows.Writes, set) {
			line := q.changeLine(&list[i], 0)
			return &since{At: line.At, Who: line.Who, Change: named("change "+number(itoa(list[i].Revision)), line.Href)}, nil
		}
	}
	return &since{Before: true}, nil
}

func setsGroupValue(group directory.GroupID, a directory.AttributeID) func(directory.RowWrite) bool {
	return func(w directory.RowWrite) bool {
		v, ok := w.After.(directory.GroupValue)
		return ok && v.Group == group && v.Attribute == a
	}
}

func setsUserValue(user directory.UserID, a directory.AttributeID) func(directory.RowWrite) bool {
	return func(w directory.RowWrite) bool {
		v, ok := w.After.(directory.UserValue)
		return ok && v.User == user && v.Attribute == a
	}
}

func setsDefault(a directory.AttributeID) func(directory.RowWrite) bool {
	return func(w directory.RowWrite) bool {
		before, _ := w.Before.(directory.Attribute)
		after, ok := w.After.(directory.Attribute)
		return ok && after.ID == a && !before.Default.Equal(after.Default)
	}
}
