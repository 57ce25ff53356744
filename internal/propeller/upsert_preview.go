package propeller

import (
	"net/http"

	"cohort/internal/directory"
	"cohort/internal/propeller/bulk"
	"cohort/internal/propeller/fault"
)

// pending holds the objects that a previewed call would create, by what finds them, so that
// later items can use them as parents.
type pending struct {
	byID  map[string]directory.GroupID
	byKey map[bulk.SourceKey]directory.GroupID
}

func (p *pending) note(l bulk.Link, id directory.GroupID) {
	if l.ID != "" && l.ID != "0" {
		p.byID[l.ID] = id
	}
	if l.Own.SourceID != "" {
		p.byKey[l.Own] = id
	}
}

// find finds an object that the call would create, by id or by source.
func (p *pending) find(id string, key bulk.SourceKey) (directory.GroupID, bool) {
	if p == nil {
		return 0, false
	}
	made, ok := p.byID[id]
	if !ok {
		made, ok = p.byKey[key]
	}
	return made, ok
}

// show answers with the preview of the call as one change.
func (c *upsertCall) show(order []int) error {
	shown, err := c.Preview(c.Results, func() ([]directory.Edit, []int, error) { return c.gather(order) },
		func(i int, err error) { c.refused[i] = c.Explain(i, err) })
	return c.showBulk(shown, err)
}

// gather returns the edits of all items that are not refused.
func (c *upsertCall) gather(order []int) (edits []directory.Edit, owner []int, err error) {
	made := &pending{byID: map[string]directory.GroupID{}, byKey: map[bulk.SourceKey]directory.GroupID{}}
	for _, i := range order {
		r := &c.Results[i]
		r.Reset()
		if c.refused[i] != nil {
			r.Fail(c.refused[i])
			continue
		}
		l := c.links[i]
		if _, twice := made.find(l.ID, l.Own); twice {
			r.Note(0, false)
			r.Message = "What an item does to an object that an item before it makes is not shown."
			continue
		}
		n, in, err := c.readItem(i)
		if err != nil {
			return nil, nil, err
		}
		w := c.writing(c.dir, 0)
		w.base, w.made = len(edits), made
		list, err := c.edits(i, n, in, w)
		if err != nil {
			if refusesPreview(err) {
				return nil, nil, err
			}
			c.refused[i] = c.Explain(i, err)
			r.Fail(c.refused[i])
			continue
		}
		if w.id == 0 && len(list) > 0 {
			made.note(l, directory.Made[directory.GroupID](w.base))
		}
		changed := !changesNothing(list)
		if r.Changed = &changed; !changed {
			continue
		}
		for _, edit := range list {
			edits, owner = append(edits, edit), append(owner, i)
		}
	}
	return edits, owner, nil
}

// refusesPreview reports whether an error is not the refusal of an item.
func refusesPreview(err error) bool { return fault.Of(err).Status >= http.StatusInternalServerError }
