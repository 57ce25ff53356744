package history

import (
	"context"
	"slices"

	"cohort/internal/directory"
)

// How far back the change is looked for that set a candidate.
const (
	sinceChanges = 30 // changes of its owner
	sinceRows    = 200
	sinceOf      = 12 // candidates, the strongest
)

// A Setting is how a candidate of an explanation came to be what it is.
type Setting struct {
	Change directory.CommittedChange // revision 0 if it is older than what was looked at
	Known  bool                      // false of what was not looked for
}

// Settings are those of the candidates of an explanation of a user's value, or of a
// group's if user is 0, in their order.
func Settings(ctx context.Context, a Reader, user directory.UserID, attribute directory.AttributeID,
	candidates []directory.Candidate) ([]Setting, error) {
	list := make([]Setting, len(candidates))
	if attribute.Computed() {
		return list, nil
	}
	for i := range candidates[:min(len(candidates), sinceOf)] {
		c := &candidates[i]
		var object directory.Object
		var set func(directory.RowWrite) bool
		switch {
		case c.Origin == directory.OriginGroup && c.Group != directory.HiddenGroup:
			object, set = c.Group.Object(), setsGroupValue(c.Group, attribute)
		case c.Origin == directory.OriginUser && user != 0:
			object, set = user.Object(), setsUserValue(user, attribute)
		case c.Origin == directory.OriginDefault:
			object, set = attribute.Object(), setsDefault(attribute)
		default:
			continue
		}
		change, err := lastThat(ctx, a, object, set)
		if err != nil {
			return nil, err
		}
		list[i] = Setting{change, true}
	}
	return list, nil
}

// lastThat is the last change of an object one of whose rows is of some kind; none if
// it is older than what is looked at.
func lastThat(ctx context.Context, a Reader, object directory.Object,
	set func(directory.RowWrite) bool) (none directory.CommittedChange, err error) {
	list, err := Changes(ctx, a, directory.ChangeQuery{Object: &object, Newest: true, Limit: sinceChanges})
	if err != nil {
		return none, err
	}
	for i := range list {
		rows, err := RowsOfChange(ctx, a, list[i].Revision, &object, sinceRows)
		if directory.KindOf(err) == directory.KindGone {
			continue
		}
		if err != nil {
			return none, err
		}
		if slices.ContainsFunc(rows.Writes, set) {
			return list[i], nil
		}
	}
	return none, nil
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
