package impact

import (
	"context"
	"fmt"
	"slices"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/resolve"
	"cohort/internal/store"
)

// A Change is a planned change, as its effects are compared.
type Change struct {
	Before, After *resolve.Catalog // After is nobody's but the change's
	Writes        []directory.RowWrite
	Changed       bool // it changes something beside its writes
	Results       []directory.Result
	Reader        store.Reader // as of the state before
	Base          Base
	At            directory.Instant
	Caller        directory.Caller
	Misfits       map[directory.AttributeID]int // values that stay though they do not fit
	// User returns a user as the change finds it and as it leaves it; one without
	// an id is not there.
	User func(directory.UserID) (before, after *directory.UserRows, err error)
}

// A Base is the state that a change was planned on.
type Base struct {
	Head    store.Head
	Lineage uint64 // states of different lineages have no history in common
}

// Compare says what the change does to the effective values of the users and groups
// that it reaches. The preview names no groups and has no token yet.
func (c *Change) Compare(ctx context.Context, r *Reach, lang directory.Language) (directory.Preview, error) {
	out := directory.Preview{
		Revision: c.Base.Head.Revision, Changed: len(c.Writes) > 0 || c.Changed, Results: withoutSecrets(c.Results),
	}
	t := newTally(r, lang, c.At)
	if err := t.walk(ctx, c, r); err != nil {
		return out, err
	}
	out.Examined, out.Affected, out.Attributes, out.Sample = t.examined, t.affected, t.attributes(), t.examples()
	total, err := countUsers(ctx, c.Reader, c.Base.Head)
	if err != nil {
		return out, err
	}
	out.Total = total
	out.Groups = r.groupsAffected(lang, c.At)
	w := warner{Change: c, preview: &out}
	return out, w.warn(ctx)
}

// Affected counts the users and groups whose effective values change. If the change
// can reach more than most users, Affected looks at none of them and returns an upper
// bound.
func (c *Change) Affected(ctx context.Context, lang directory.Language, most int64) (directory.Affected, error) {
	r := c.Reach()
	out := directory.Affected{Groups: r.groupsAffected(lang, c.At)}
	reached, err := c.reached(ctx, r)
	if err != nil {
		return out, err
	}
	if reached > most {
		out.Users.Users, out.AtMost = reached, true
		return out, nil
	}
	t := newTally(r, lang, c.At)
	err = t.walk(ctx, c, r)
	out.Users, out.Examined = t.affected, t.examined
	return out, err
}

// walk compares every user that is reached.
func (t *tally) walk(ctx context.Context, c *Change, r *Reach) error {
	for _, id := range r.touched {
		before, after, err := c.User(id)
		if err != nil {
			return err
		}
		t.compare(present(before), present(after), t.all)
	}
	if len(t.attrs) == 0 {
		return nil
	}
	return r.effectiveInputs(ctx, c.Reader, c.Base.Head, c.At, func(users []directory.UserRows) error {
		admission.AddUsers(ctx, len(users))
		for i := range users {
			if err := t.compareInputs(ctx, c.Reader, &users[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// present is nil for a user that is not there or marked deleted.
func present(u *directory.UserRows) *directory.UserRows {
	if !u.User.Exists() {
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

// GroupNames are the names of the groups that a preview mentions.
func (c *Change) GroupNames(p *directory.Preview) map[directory.GroupID]string {
	names := map[directory.GroupID]string{}
	name := func(ids ...directory.GroupID) {
		for _, id := range ids {
			if g, ok := c.After.Group(id); ok {
				names[id] = g.Name
			} else if g, ok := c.Before.Group(id); ok {
				names[id] = g.Name
			}
		}
	}
	for _, w := range p.Warnings {
		name(w.Group)
	}
	for _, s := range p.Sample {
		for _, x := range []directory.Explanation{s.Before, s.After} {
			name(x.Groups...)
			for _, by := range x.Candidates {
				name(by.Group, by.By)
				name(by.Path...)
			}
		}
	}
	return names
}

// A warner looks for what people want to know before they commit.
type warner struct {
	*Change
	preview *directory.Preview
}

func (w *warner) add(code directory.WarningCode, g directory.GroupID, a directory.AttributeID, format string,
	args ...any) {
	w.preview.Warnings = append(w.preview.Warnings, directory.Warning{Code: code, Group: g, Attribute: a,
		Msg: fmt.Sprintf(format, args...)})
}

func (w *warner) warn(ctx context.Context) error {
	for _, r := range w.Results {
		for _, what := range r.Skipped {
			w.add(directory.WarnLeavesOut, 0, 0, "The revert leaves out: %s.", what)
		}
	}
	if n := w.preview.Affected.All(); n > 1 && n >= w.preview.Total.All() {
		w.add(directory.WarnEveryone, 0, 0, "All %d users are affected.", n)
	}
	lost := map[directory.GroupID]int64{}
	for _, wr := range w.Writes {
		switch is := wr.After.(type) {
		case nil:
			if m, ok := wr.Before.(directory.Membership); ok && m.InForce(w.At) {
				lost[m.Group]++
			}
		case directory.Attribute:
			was, _ := wr.Before.(directory.Attribute)
			if is.Hidden && !was.Hidden && was.ID != 0 {
				w.add(directory.WarnHidesAttribute, 0, is.ID, "The values of %s become hidden. This cannot be undone.", is.Name)
			}
			if n := w.Misfits[is.ID]; n > 0 {
				w.add(directory.WarnKeepsMisfits, 0, is.ID, "%d of the values of %s stay though they do not fit.", n, is.Name)
			}
		case directory.GroupValue:
			w.defaultHidden(wr, is)
		case directory.Group:
			if was, ok := wr.Before.(directory.Group); ok && was.DeletedRev == 0 && is.DeletedRev != 0 {
				lost[is.ID] = -1 // all of them, however many there are
			}
		}
	}
	return w.losses(ctx, lost)
}

// defaultHidden warns of a value that everyone gets in place of the default.
func (w *warner) defaultHidden(wr directory.RowWrite, is directory.GroupValue) {
	a, ok := w.After.Attribute(is.Attribute)
	if wr.Before == nil && is.Group == directory.AllUsers && ok && a.HasDefault() {
		w.add(directory.WarnHidesDefault, is.Group, a.ID, "A value of All Users hides the default of %s from everyone.",
			a.Name)
	}
}

// losses warns of groups that lose more than half of their members.
func (w *warner) losses(ctx context.Context, lost map[directory.GroupID]int64) error {
	var ids []directory.GroupID
	for id := range lost {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	counts, err := w.Reader.MemberCounts(ctx, ids, w.At)
	if err != nil {
		return err
	}
	for i, id := range ids {
		n := lost[id]
		if n < 0 {
			n = counts[i]
		}
		if g, ok := w.Before.Group(id); ok && counts[i] > 0 && 2*n > counts[i] {
			w.add(directory.WarnLosesMembers, id, 0, "The group %s loses %d of its %d members.", g.Name, n, counts[i])
		}
	}
	return nil
}
