package propeller

import (
	"net/http"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/render"
)

// maxPreviewRefusals is how many refused items a preview finds. For each, it is planned again
// without the item.
const maxPreviewRefusals = 100

// A bulkPreview is the effect of a bulk call as one change, and the outcome of each item.
type bulkPreview struct {
	render.Preview
	Items []bulkResult `json:"items"`
}

// showBulk answers with the preview of a bulk call. gather returns the edits of the items that
// are not refused, and the item that each edit belongs to. refuse marks an item as refused.
func (q *request) showBulk(
	results []bulkResult, gather func() (edits []directory.Edit, owner []int, err error), refuse func(i int, err error),
) error {
	for range maxPreviewRefusals {
		edits, owner, err := gather()
		if err != nil {
			return err
		}
		var shown directory.Preview
		if len(edits) > 0 {
			shown, err = q.dir.Preview(q.ctx(), directory.Change{Edits: edits, Comment: q.comment})
		}
		if i, ok := refusedOwner(err, owner); err != nil && ok {
			refuse(i, err)
			continue
		}
		if err != nil {
			return err
		}
		for i := range results {
			if r := &results[i]; r.Error == "" {
				r.Success = true
			}
		}
		setFormat(q.w)
		body := bulkPreview{Preview: render.PreviewOf(&shown, q.Language), Items: append([]bulkResult{}, results...)}
		return httpkit.WriteJSON(q.w, http.StatusOK, body)
	}
	return newFault(codePayload, "Cohort-Preview: too many items are refused to show what the others do; nothing was "+
		"changed")
}

// showParts answers with the preview of a call about one object.
func (q *request) showParts(results []bulkResult, do part) error {
	refused := map[int]error{}
	gather := func() ([]directory.Edit, []int, error) {
		var edits []directory.Edit
		var owner []int
		for i := range results {
			results[i].reset()
		}
		all, owners, err := do(q.dir, 0, len(results))
		changed := make([]bool, len(results))
		for n, edit := range all {
			if i := owners[n]; refused[i] == nil {
				edits, owner, changed[i] = append(edits, edit), append(owner, i), true
			}
		}
		for i := range results {
			if r := &results[i]; refused[i] != nil {
				r.fail(refused[i])
			} else if r.Error == "" {
				r.Changed = &changed[i]
			}
		}
		return edits, owner, err
	}
	return q.showBulk(results, gather, func(i int, err error) { refused[i] = err })
}

// pending holds the objects that a previewed call would create, by what finds them, so that
// later items can use them as parents.
type pending struct {
	byID  map[string]directory.GroupID
	byKey map[sourceKey]directory.GroupID
}

func (p *pending) note(l link, id directory.GroupID) {
	if l.id != "" && l.id != "0" {
		p.byID[l.id] = id
	}
	if l.own.sourceID != "" {
		p.byKey[l.own] = id
	}
}

// find finds an object that the call would create, by id or by source.
func (p *pending) find(id string, key sourceKey) (directory.GroupID, bool) {
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
	return c.showBulk(c.results, func() ([]directory.Edit, []int, error) { return c.gather(order) },
		func(i int, err error) {
			c.refused[i] = c.explain(i, err)
		})
}

// gather returns the edits of all items that are not refused.
func (c *upsertCall) gather(order []int) (edits []directory.Edit, owner []int, err error) {
	made := &pending{byID: map[string]directory.GroupID{}, byKey: map[sourceKey]directory.GroupID{}}
	for _, i := range order {
		r := &c.results[i]
		r.reset()
		if c.refused[i] != nil {
			r.fail(c.refused[i])
			continue
		}
		l := c.links[i]
		if _, twice := made.find(l.id, l.own); twice {
			r.note(0, false)
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
			c.refused[i] = c.explain(i, err)
			r.fail(c.refused[i])
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
func refusesPreview(err error) bool { return faultOf(err).status >= http.StatusInternalServerError }
