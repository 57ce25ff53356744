package view

import (
	"context"

	"cohort/internal/core"
	"cohort/internal/directory"
)

// pinTo answers all later reads as of a state.
func (a *View) pinTo(p *core.Pinned) {
	a.Refresh()
	if p == nil {
		return
	}
	a.fixed = *p
	if s := a.core.Published().Find(&p.State.Head); s != nil {
		a.fixed.State = s // it knows since when the catalog is the same
	} else {
		s := *p.State
		s.CatalogRev = s.Head.Revision
		a.fixed.State = &s
	}
}

// CatchUp answers the next read as of what every node had written when it was called.
func (a *View) CatchUp(ctx context.Context) error {
	a.Refresh()
	return a.core.Await(ctx, directory.Freshness{Strong: true})
}

// Refresh answers the next read as of the newest state, as if this View were new.
func (a *View) Refresh() {
	a.closeLook()
	a.fixed, a.now, a.entered, a.repeated, a.met = core.Pinned{}, Scope{}, false, 0, nil
}
