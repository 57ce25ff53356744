package view

import (
	"context"
	"slices"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/resolve"
	"cohort/internal/store"
)

// An AnswerState is the directory at a revision, as far as one answer rests on it.
type AnswerState struct {
	Revision directory.Revision
	Until    directory.Instant // the state holds before then: now, or the time of the next change
	Catalog  *resolve.Catalog
	Rows     *directory.UserRows // of the user; nil if it is not there, or a group is asked about
	Language directory.Language
}

// FollowAnswer gives f the state of a revision, 0 is the last, from which the answer
// to a question can be followed back, and takes from what f finds what the caller may
// not see. It needs the permissions to see history and to read the answer.
func (a *View) FollowAnswer(
	ctx context.Context, about directory.AnswerQuestion, rev directory.Revision,
	f func(store.Reader, AnswerState) (directory.AnswerTimeline, error),
) (out directory.AnswerTimeline, err error) {
	err = a.ReadHistory(ctx, func(v *Scope, r store.Reader) error {
		if err := v.mayFollow(about); err != nil {
			return err
		}
		from, err := a.answerState(ctx, v, r, about, rev)
		if err != nil {
			return err
		}
		out, err = f(r, from)
		v.redactTimeline(&out)
		return err
	})
	return out, err
}

// mayFollow refuses questions whose answer of now the caller may not read.
func (v *Scope) mayFollow(about directory.AnswerQuestion) error {
	if _, err := v.Attribute(about.Attribute); err != nil {
		return err
	}
	if about.Group != 0 {
		_, err := v.group(about.Group)
		return err
	}
	if !v.isMe(about.User) && !v.has(directory.ReadEffective, directory.SetValues) {
		return directory.NotFound("user", about.User)
	}
	if !v.seesValue(about.User, about.Attribute) {
		return directory.NotFound("attribute", about.Attribute)
	}
	return nil
}

// answerState is the state from which an answer is followed back.
func (a *View) answerState(
	ctx context.Context, v *Scope, r store.Reader, about directory.AnswerQuestion, rev directory.Revision,
) (AnswerState, error) {
	from := AnswerState{Revision: v.Head.Revision, Until: v.At, Catalog: v.Catalog, Language: a.core.Language()}
	if rev != 0 && rev < v.Head.Revision {
		then, _, err := a.core.Past(ctx, r, v.State, v.At, directory.Point{Revision: rev})
		if err != nil {
			return from, err
		}
		next, err := r.Record(ctx, rev+1)
		if err != nil {
			return from, err
		}
		from.Revision, from.Until, from.Catalog = rev, next.Header.At, then.Catalog
	}
	if about.User == 0 {
		return from, nil
	}
	rows, err := core.PastUser(ctx, r, about.User, from.Revision)
	from.Rows = rows
	return from, err
}

// redactTimeline takes from a timeline what the caller may not see.
func (v *Scope) redactTimeline(t *directory.AnswerTimeline) {
	if v.seesGroups() {
		return
	}
	sees := v.Groups()
	for i := range t.Moments {
		m := &t.Moments[i]
		v.redact(&m.Before)
		v.redact(&m.After)
		m.Writes = slices.DeleteFunc(m.Writes, func(w directory.RowWrite) bool {
			row := w.Row()
			return slices.ContainsFunc(row.Objects(), func(o directory.Object) bool {
				return o.Kind == directory.ObjectGroup && !sees(directory.GroupID(o.ID))
			})
		})
		name := m.GroupName
		m.GroupName = func(id directory.GroupID) string {
			if !sees(id) {
				return ""
			}
			return name(id)
		}
	}
}
