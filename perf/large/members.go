package large

import (
	"context"
	"errors"
	"fmt"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/sample"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// Members changes members of a group of a million, and of a group of ten.
func Members(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	path, d, err := l.Million(ctx)
	if err != nil {
		return r, err
	}
	if path, err = l.Copied(path); err != nil {
		return r, err
	}
	o, err := lab.Open(ctx, path, core.Options{})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	users := d.Shape().Users
	large := d.Group(0)
	small, err := groupOfTen(ctx, o, d)
	if err != nil {
		return r, err
	}
	found, err := l.Alternate(ctx,
		measure.Side{Name: "one member of all, s",
			Run: func(ctx context.Context) (float64, error) { return inAndOut(ctx, o, large, d) }},
		measure.Side{Name: "one member of ten, s",
			Run: func(ctx context.Context) (float64, error) { return inAndOut(ctx, o, small, d) }},
		measure.Side{Name: "delete the group of all, s",
			Run: func(ctx context.Context) (float64, error) { return deleteAndRevert(ctx, o, large) }},
		measure.Side{Name: "delete the group of ten, s",
			Run: func(ctx context.Context) (float64, error) { return deleteAndRevert(ctx, o, small) }})
	if err != nil {
		return r, err
	}
	r.AtMost(fmt.Sprintf("add or remove one member of a group with %d", users), 10e-3, measure.Seconds, found[0])
	r.AtMost("the same, against a group with 10", 1.5, measure.Ratio, found[0].Per(found[1]))
	r.AtMost(fmt.Sprintf("delete a group with %d members", users), 10e-3, measure.Seconds, found[2])
	r.Note("A group with 10 members: %s to add or remove one, %s to delete it. The mean of 100 durable changes by "+
		"round; deletions are reverted, which is not counted.",
		measure.Seconds.Format(found[1].Median()), measure.Seconds.Format(found[3].Median()))
	return r, nil
}

func groupOfTen(ctx context.Context, o *lab.Opened, d *sample.Directory) (directory.GroupID, error) {
	edits := []directory.Edit{directory.CreateGroup{Name: "Ten"}}
	for i := range 10 {
		edits = append(edits, directory.AddMember{Group: directory.Made[directory.GroupID](0), User: d.UserID(i)})
	}
	done, err := o.View().Commit(ctx, directory.Change{Edits: edits})
	if err != nil {
		return 0, err
	}
	return directory.GroupID(done.Results[0].ID), nil
}

// inAndOut removes members from a group and adds them again. It returns the mean time of a
// change.
func inAndOut(ctx context.Context, o *lab.Opened, group directory.GroupID, d *sample.Directory) (float64, error) {
	const changes = 100
	took, err := measure.Elapsed(func() error {
		for i := range changes / 2 {
			user := d.UserID(i % 10)
			if err := o.Do(ctx, directory.RemoveMember{Group: group, User: user}); err != nil {
				return err
			}
			if err := o.Do(ctx, directory.AddMember{Group: group, User: user}); err != nil {
				return err
			}
		}
		return nil
	})
	return took / changes, err
}

// deleteAndRevert measures how long deleting a group takes, and then reverts it.
func deleteAndRevert(ctx context.Context, o *lab.Opened, group directory.GroupID) (float64, error) {
	var done directory.Committed
	took, err := measure.Elapsed(func() (err error) {
		done, err = o.View().Commit(ctx, directory.Change{Edits: []directory.Edit{directory.DeleteGroup{Group: group}}})
		return err
	})
	if err != nil {
		return 0, err
	}
	_, err = history.Revert(ctx, o.View(), done.Revision, "")
	return took, err
}
