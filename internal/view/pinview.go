package view

import (
	"cohort/internal/core"
)

// pinTo has all reads from now on answered as of a state.
func (a *View) pinTo(p *core.Pinned) {
	a.Refresh()
	if p == nil {
		return
	}
	a.fixed = *p
	if s := a.core.Published().Find(&p.State.Head); s != nil {
		a.fixed.State = s // it says since when the catalog is the same
	} else {
		s := *p.State
		s.CatalogRev = s.Head.Revision
		a.fixed.State = &s
	}
}

// Refresh has the next read answered as of the newest state, as if this View
// had just been made.
func (a *View) Refresh() {
	a.closeLook()
	a.fixed, a.now, a.entered, a.repeated, a.met = core.Pinned{}, Scope{}, false, 0, nil
}
