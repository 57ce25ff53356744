package core

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/store"
)

const (
	previewsAtOnce = 2
	previewQueue   = 10 * time.Second // how long a preview waits for its turn
)

// Preview says what a change would do to effective values. It runs the planner
// that commits, on rows and a catalog that are thrown away, and then looks at
// every user whom the change can reach, twice: its cost grows with those users,
// its memory does not. Refusals are those of Commit. Who may not read effective
// values may only preview what concerns itself alone.
func (a *Access) Preview(ctx context.Context, change directory.Change) (directory.Preview, error) {
	if err := checkChange(change); err != nil {
		return directory.Preview{}, err
	}
	admission.AddEdits(ctx, len(change.Edits))
	leave, err := a.core.previews.enter(ctx)
	if err != nil {
		return directory.Preview{}, err
	}
	defer leave()
	var out directory.Preview
	err = a.read(ctx, func(v *view, r store.Reader) error {
		p, err := a.core.planner(ctx, r, v.state, a.caller)
		if err != nil {
			return err
		}
		if err := p.planEdits(change.Edits); err != nil {
			return err
		}
		out, err = a.preview(ctx, v, p, change)
		return err
	})
	if err == nil && out.Token != "" {
		a.closeLook()
		a.core.sharePreview(ctx, out.Token)
	}
	return out, err
}

func (a *Access) preview(ctx context.Context, v *view, p *planner, change directory.Change) (directory.Preview, error) {
	writes := p.writes()
	out := directory.Preview{
		Revision: v.head.Revision, Changed: len(writes)+len(p.secrets) > 0, Results: withoutSecrets(p.results),
	}
	reach := p.reach(v.catalog, writes)
	if err := v.mayPreview(reach); err != nil {
		return out, err
	}
	t := newTally(reach, a.core.opt.Language, p.at)
	if err := t.walk(ctx, p, reach); err != nil {
		return out, err
	}
	out.Examined, out.Affected, out.Attributes, out.Sample = t.examined, t.affected, t.attributes(), t.examples()
	total, err := countUsers(ctx, p.reader, v.head)
	if err != nil {
		return out, err
	}
	out.Total = total
	out.Groups = reach.groupsAffected(a.core.opt.Language, p.at)
	w := warner{planner: p, writes: writes, preview: &out}
	if err := w.warn(v); err != nil {
		return out, err
	}
	v.redactPreview(&out, reach)
	out.GroupNames = groupNames(&out, reach)
	if out.Changed {
		out.Token, out.ExpiresAt, err = a.core.remember(v, p, reach, change)
	}
	return out, err
}

// mayPreview refuses to show values of others to somebody who may not read
// them.
func (v *view) mayPreview(r *reach) error {
	if v.has(directory.ReadEffective, directory.SetValues) {
		return nil
	}
	alone := !r.everyone && len(r.groups) == 0 && len(r.owners) == 0
	if alone && !slices.ContainsFunc(r.touched, func(id directory.UserID) bool { return !v.isMe(id) }) {
		return nil
	}
	return directory.Forbidden("the permission %s is needed to see what a change does to others", directory.ReadEffective)
}

// redactPreview leaves out what the caller does not see: attributes, and candidates of
// groups.
func (v *view) redactPreview(p *directory.Preview, r *reach) {
	sees := v.groups()
	for i := range p.Sample {
		for _, x := range []*directory.Explanation{&p.Sample[i].Before, &p.Sample[i].After} {
			x.Candidates = slices.DeleteFunc(x.Candidates, func(c directory.Candidate) bool {
				return c.Origin == directory.OriginGroup && !sees(c.Group)
			})
		}
	}
	hidden := func(id directory.AttributeID) bool {
		attr, ok := r.after.Attribute(id)
		if !ok {
			attr, ok = r.before.Attribute(id)
		}
		return ok && !v.seesAttribute(&attr)
	}
	p.Sample = slices.DeleteFunc(p.Sample, func(s directory.AffectedUser) bool { return hidden(s.Attribute) })
	p.Attributes = slices.DeleteFunc(p.Attributes, func(e directory.AttributeEffect) bool {
		return hidden(e.After.ID + e.Before.ID*boolID(e.After.ID == 0))
	})
}

func boolID(b bool) directory.AttributeID {
	if b {
		return 1
	}
	return 0
}

// walk compares every user that is reached.
func (t *tally) walk(ctx context.Context, p *planner, r *reach) error {
	for _, id := range r.touched {
		u, err := p.anyUser(id)
		if err != nil {
			return err
		}
		t.compare(present(&u.before), present(&u.after), t.all)
	}
	if len(t.attrs) == 0 {
		return nil
	}
	return r.effectiveInputs(ctx, p.reader, p.head, p.at, func(users []directory.UserRows) error {
		admission.AddUsers(ctx, len(users))
		for i := range users {
			if err := t.compareOutline(ctx, p.reader, &users[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// present is nil for a user that is not there or marked deleted.
func present(u *directory.UserRows) *directory.UserRows {
	if u.User.ID == 0 || u.User.DeletedRev != 0 {
		return nil
	}
	return u
}

func withoutSecrets(results []directory.Result) []directory.Result {
	list := slices.Clone(results)
	for i := range list {
		list[i].Secret = ""
	}
	return list
}

// countUsers counts the users of the directory, disabled ones apart.
func countUsers(ctx context.Context, r store.Reader, head store.Head) (directory.UserCount, error) {
	_, disabled, err := r.Users(ctx, directory.UserQuery{Where: directory.UsersEnabled(false), Limit: 1})
	return directory.UserCount{Users: head.Users - int64(disabled), Disabled: int64(disabled)}, err
}

// groupNames are the names of the groups that a preview mentions.
func groupNames(p *directory.Preview, r *reach) map[directory.GroupID]string {
	names := map[directory.GroupID]string{}
	name := func(ids ...directory.GroupID) {
		for _, id := range ids {
			if g, ok := r.after.Group(id); ok {
				names[id] = g.Name
			} else if g, ok := r.before.Group(id); ok {
				names[id] = g.Name
			}
		}
	}
	for _, w := range p.Warnings {
		name(w.Group)
	}
	for _, s := range p.Sample {
		for _, x := range []directory.Explanation{s.Before, s.After} {
			name(x.Groups()...)
			for _, c := range x.Candidates {
				name(c.Group, c.By)
				name(c.Path...)
			}
		}
	}
	return names
}

// A warner looks for what people would want to know before they commit.
type warner struct {
	*planner
	writes  []directory.RowWrite
	preview *directory.Preview
}

func (w *warner) add(code directory.WarningCode, g directory.GroupID, a directory.AttributeID, format string, args ...any) {
	w.preview.Warnings = append(w.preview.Warnings, directory.Warning{Code: code, Group: g, Attribute: a, Msg: fmt.Sprintf(format, args...)})
}

func (w *warner) warn(v *view) error {
	if n := w.preview.Affected.All(); n > 1 && n >= w.preview.Total.All() {
		w.add(directory.WarnEveryone, 0, 0, "All %d users are affected.", n)
	}
	lost := map[directory.GroupID]int64{}
	for _, wr := range w.writes {
		switch is := wr.After.(type) {
		case nil:
			if m, ok := wr.Before.(directory.Membership); ok && m.InForce(w.at) {
				lost[m.Group]++
			}
		case directory.Attribute:
			was, _ := wr.Before.(directory.Attribute)
			if is.Hidden && !was.Hidden && was.ID != 0 {
				w.add(directory.WarnHidesAttribute, 0, is.ID, "The values of %s become hidden. This cannot be undone.", is.Name)
			}
		case directory.GroupValue:
			w.defaultHidden(wr, is)
		case directory.Group:
			if was, ok := wr.Before.(directory.Group); ok && was.DeletedRev == 0 && is.DeletedRev != 0 {
				lost[is.ID] = -1 // all of them, however many there are
			}
		}
	}
	return w.losses(v, lost)
}

// defaultHidden warns of a value that everyone gets in place of the default.
func (w *warner) defaultHidden(wr directory.RowWrite, is directory.GroupValue) {
	a, ok := w.catalog.Attribute(is.Attribute)
	if wr.Before == nil && is.Group == directory.AllUsers && ok && a.HasDefault() {
		w.add(directory.WarnHidesDefault, is.Group, a.ID, "A value of All Users hides the default of %s from everyone.", a.Name)
	}
}

// losses warns of groups that lose more than half of their members.
func (w *warner) losses(v *view, lost map[directory.GroupID]int64) error {
	var ids []directory.GroupID
	for id := range lost {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	counts, err := w.reader.MemberCounts(w.ctx, ids, w.at)
	if err != nil {
		return err
	}
	for i, id := range ids {
		n := lost[id]
		if n < 0 {
			n = counts[i]
		}
		if g, ok := v.catalog.Group(id); ok && counts[i] > 0 && 2*n > counts[i] {
			w.add(directory.WarnLosesMembers, id, 0, "The group %s loses %d of its %d members.", g.Name, n, counts[i])
		}
	}
	return nil
}
