package bulk

import (
	"cohort/internal/directory"
	"cohort/internal/propeller/fault"
	"cohort/internal/render"
)

// maxPreviewRefusals is how many refused items a preview finds. For each, it is planned again
// without the item.
const maxPreviewRefusals = 100

// A Preview is the effect of a bulk call as one change, and the outcome of each item.
type Preview struct {
	render.Preview
	Items []Result `json:"items"`
}

// Preview returns the preview of a bulk call. gather returns the edits of the items that
// are not refused, and the item that each edit belongs to. refuse marks an item as refused.
func (q Request) Preview(
	results []Result, gather func() (edits []directory.Edit, owner []int, err error), refuse func(i int, err error),
) (*Preview, error) {
	for range maxPreviewRefusals {
		edits, owner, err := gather()
		if err != nil {
			return nil, err
		}
		var shown directory.Preview
		if len(edits) > 0 {
			shown, err = q.Dir.Preview(q.context(), directory.Change{Edits: edits, Comment: q.Comment})
		}
		if i, ok := refusedOwner(err, owner); err != nil && ok {
			refuse(i, err)
			continue
		}
		if err != nil {
			return nil, err
		}
		for i := range results {
			if r := &results[i]; r.Error == "" {
				r.Success = true
			}
		}
		return &Preview{Preview: render.PreviewOf(&shown, q.Language), Items: append([]Result{}, results...)}, nil
	}
	return nil, fault.New(fault.Payload,
		"Cohort-Preview: too many items are refused to show what the others do; nothing was changed")
}

// PreviewParts returns the preview of a call about one object.
func (q Request) PreviewParts(results []Result, do Part) (*Preview, error) {
	refused := map[int]error{}
	gather := func() ([]directory.Edit, []int, error) {
		var edits []directory.Edit
		var owner []int
		for i := range results {
			results[i].Reset()
		}
		all, owners, err := do(q.Dir, 0, len(results))
		changed := make([]bool, len(results))
		for n, edit := range all {
			if i := owners[n]; refused[i] == nil {
				edits, owner, changed[i] = append(edits, edit), append(owner, i), true
			}
		}
		for i := range results {
			if r := &results[i]; refused[i] != nil {
				r.Fail(refused[i])
			} else if r.Error == "" {
				r.Changed = &changed[i]
			}
		}
		return edits, owner, err
	}
	return q.Preview(results, gather, func(i int, err error) { refused[i] = err })
}
