package view

import (
	"context"
	"slices"

	"cohort/internal/admission"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/impact"
	"cohort/internal/plan"
	"cohort/internal/store"
)

// Preview says what a change would do to effective values. It runs the planner
// that commits, on rows and a catalog that are thrown away, and then looks at
// every user whom the change can reach, twice: its cost grows with those users,
// its memory does not. Refusals are those of Commit. Who may not read effective
// values may only preview what concerns itself alone.
func (a *View) Preview(ctx context.Context, change directory.Change) (directory.Preview, error) {
	if err := core.CheckChange(change); err != nil {
		return directory.Preview{}, err
	}
	admission.AddEdits(ctx, len(change.Edits))
	leave, err := a.core.Previews().Enter(ctx, a.caller.User)
	if err != nil {
		return directory.Preview{}, err
	}
	defer leave()
	var out directory.Preview
	err = a.Read(ctx, func(v *Scope, r store.Reader) error {
		p, err := plan.Try(ctx, a.core.Env(), r, v.State, a.caller, change)
		if err != nil {
			return err
		}
		out, err = a.preview(ctx, v, core.ImpactOf(p, v.State), change)
		return err
	})
	if err == nil && out.Token != "" {
		a.closeLook()
		a.core.Previews().Share(ctx, out.Token)
	}
	return out, err
}

func (a *View) preview(ctx context.Context, v *Scope, c *impact.Change,
	change directory.Change) (directory.Preview, error) {
	reach := c.Reach()
	if err := v.mayPreview(reach); err != nil {
		return directory.Preview{}, err
	}
	out, err := c.Compare(ctx, reach, a.core.Language())
	if err != nil {
		return out, err
	}
	v.redactPreview(&out, c, v.me != nil && reach.IsOnly(v.me.User.ID))
	out.GroupNames = c.GroupNames(&out)
	if out.Changed {
		out.Token, out.ExpiresAt, err = a.core.Previews().Remember(c, reach, change.Edits)
	}
	return out, err
}

// mayPreview refuses to show values of others to somebody who may not read
// them.
func (v *Scope) mayPreview(r *impact.Reach) error {
	if v.has(directory.ReadEffective, directory.SetValues) || v.me != nil && r.IsOnly(v.me.User.ID) {
		return nil
	}
	return directory.Forbidden("the permission %s is needed to see what a change does to others", directory.ReadEffective)
}

// redactPreview leaves out what the caller does not see: attributes, and what is
// told of groups.
func (v *Scope) redactPreview(p *directory.Preview, c *impact.Change, own bool) {
	for i := range p.Sample {
		v.redact(&p.Sample[i].Before)
		v.redact(&p.Sample[i].After)
	}
	hidden := func(id directory.AttributeID) bool {
		attr, ok := c.After.Attribute(id)
		if !ok {
			attr, ok = c.Before.Attribute(id)
		}
		return ok && (!v.SeesAttribute(&attr) || id.Computed() && !own && !v.SeesUsers())
	}
	p.Sample = slices.DeleteFunc(p.Sample, func(s directory.AffectedUser) bool { return hidden(s.Attribute) })
	p.Attributes = slices.DeleteFunc(p.Attributes, func(e directory.AttributeEffect) bool {
		if e.After.ID == 0 {
			return hidden(e.Before.ID)
		}
		return hidden(e.After.ID)
	})
}
