package core

import (
	"context"
	"slices"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/impact"
	"cohort/internal/state"
	"cohort/internal/store"
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
	leave, err := a.core.previews.Enter(ctx)
	if err != nil {
		return directory.Preview{}, err
	}
	defer leave()
	var out directory.Preview
	err = a.read(ctx, func(v *view, r store.Reader) error {
		p, err := a.core.planner(ctx, r, v.State, a.caller)
		if err != nil {
			return err
		}
		p.numbered = change.Numbered
		if err := p.planTrial(change.Edits); err != nil {
			return err
		}
		out, err = a.preview(ctx, v, p.impact(v.State), change)
		return err
	})
	if err == nil && out.Token != "" {
		a.closeLook()
		a.core.previews.Share(ctx, out.Token)
	}
	return out, err
}

func (a *Access) preview(ctx context.Context, v *view, c *impact.Change, change directory.Change) (directory.Preview, error) {
	reach := c.Reach()
	if err := v.mayPreview(reach); err != nil {
		return directory.Preview{}, err
	}
	out, err := c.Compare(ctx, reach, a.core.opt.Language)
	if err != nil {
		return out, err
	}
	v.redactPreview(&out, c, v.me != nil && reach.IsOnly(v.me.User.ID))
	out.GroupNames = c.GroupNames(&out)
	if out.Changed {
		out.Token, out.ExpiresAt, err = a.core.previews.Remember(c, reach, change.Edits)
	}
	return out, err
}

// impact is the planned change as its effects are compared.
func (p *planner) impact(s *state.State) *impact.Change {
	return &impact.Change{
		Before: s.Catalog, After: p.catalog, Writes: p.writes(), Changed: len(p.secrets) > 0, Results: p.results,
		Reader: p.reader, Base: baseOf(s), At: p.at, Caller: p.caller, Misfits: p.kept,
		User: func(id directory.UserID) (before, after *directory.UserRows, err error) {
			u, err := p.anyUser(id)
			if err != nil {
				return nil, nil, err
			}
			return &u.before, &u.after, nil
		},
	}
}

// planTrial plans edits that are not committed: it refuses what would tell whether
// hidden values fit.
func (p *planner) planTrial(edits []directory.Edit) error {
	if err := p.planEdits(edits); err != nil {
		return err
	}
	if p.blind {
		return directory.Invalid("misfits", "cannot be tried as drop or convert: whether hidden values fit is not told")
	}
	return nil
}

// baseOf is what previews call the state.
func baseOf(s *state.State) impact.Base { return impact.Base{Lineage: s.Lineage, Head: s.Head} }

// mayPreview refuses to show values of others to somebody who may not read
// them.
func (v *view) mayPreview(r *impact.Reach) error {
	if v.has(directory.ReadEffective, directory.SetValues) || v.me != nil && r.IsOnly(v.me.User.ID) {
		return nil
	}
	return directory.Forbidden("the permission %s is needed to see what a change does to others", directory.ReadEffective)
}

// redactPreview leaves out what the caller does not see: attributes, and what is
// told of groups.
func (v *view) redactPreview(p *directory.Preview, c *impact.Change, own bool) {
	for i := range p.Sample {
		v.redact(&p.Sample[i].Before)
		v.redact(&p.Sample[i].After)
	}
	hidden := func(id directory.AttributeID) bool {
		attr, ok := c.After.Attribute(id)
		if !ok {
			attr, ok = c.Before.Attribute(id)
		}
		return ok && (!v.seesAttribute(&attr) || id.Computed() && !own && !v.seesUsers())
	}
	p.Sample = slices.DeleteFunc(p.Sample, func(s directory.AffectedUser) bool { return hidden(s.Attribute) })
	p.Attributes = slices.DeleteFunc(p.Attributes, func(e directory.AttributeEffect) bool {
		if e.After.ID == 0 {
			return hidden(e.Before.ID)
		}
		return hidden(e.After.ID)
	})
}
