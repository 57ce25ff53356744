package main

import (
	"context"
	"errors"
	"fmt"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/sample"
	"cohort/perf/measure"
)

// members changes who is in a group of a million, and in one of ten.
func members(ctx context.Context, l *lab) (r measure.Result, err error) {
	path, d, err := l.million(ctx)
	if err != nil {
		return r, err
	}
	if path, err = l.copied(path); err != nil {
		return r, err
	}
	o, err := open(ctx, path, core.Options{})
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
	found, err := l.alternate(ctx,
		measure.Side{Name: "one member of all, s",
			Run: func(ctx context.Context) (float64, error) { return o.inAndOut(ctx, large, d) }},
		measure.Side{Name: "one member of ten, s",
			Run: func(ctx context.Context) (float64, error) { return o.inAndOut(ctx, small, d) }},
		measure.Side{Name: "delete the group of all, s",
			Run: func(ctx context.Context) (float64, error) { return o.deleteAndRevert(ctx, large) }},
		measure.Side{Name: "delete the group of ten, s",
			Run: func(ctx context.Context) (float64, error) { return o.deleteAndRevert(ctx, small) }})
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

func groupOfTen(ctx context.Context, o *opened, d *sample.Directory) (directory.GroupID, error) {
	edits := []directory.Edit{directory.CreateGroup{Name: "Ten"}}
	for i := range 10 {
		edits = append(edits, directory.AddMember{Group: directory.Made[directory.GroupID](0), User: d.UserID(i)})
	}
	done, err := o.as().Commit(ctx, directory.Change{Edits: edits})
	if err != nil {
		return 0, err
	}
	return directory.GroupID(done.Results[0].ID), nil
}

// inAndOut takes members out of a group and puts them in again; it returns the
// mean time of a change.
func (o *opened) inAndOut(ctx context.Context, group directory.GroupID, d *sample.Directory) (float64, error) {
	const changes = 100
	took, err := measure.Elapsed(func() error {
		for i := range changes / 2 {
			user := d.UserID(i % 10)
			if err := o.do(ctx, directory.RemoveMember{Group: group, User: user}); err != nil {
				return err
			}
			if err := o.do(ctx, directory.AddMember{Group: group, User: user}); err != nil {
				return err
			}
		}
		return nil
	})
	return took / changes, err
}

func (o *opened) do(ctx context.Context, edits ...directory.Edit) error {
	_, err := o.as().Commit(ctx, directory.Change{Edits: edits})
	return err
}

// deleteAndRevert deletes a group, and brings it back after the clock has
// stopped.
func (o *opened) deleteAndRevert(ctx context.Context, group directory.GroupID) (float64, error) {
	var done directory.Committed
	took, err := measure.Elapsed(func() (err error) {
		done, err = o.as().Commit(ctx, directory.Change{Edits: []directory.Edit{directory.DeleteGroup{Group: group}}})
		return err
	})
	if err != nil {
		return 0, err
	}
	_, err = history.Revert(ctx, o.as(), done.Revision, "")
	return took, err
}
