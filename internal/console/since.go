package console

import (
	"cohort/internal/directory"
	"cohort/internal/history"
)

// A since is when a candidate came to be what it is, and by which change.
type since struct {
	At     directory.Instant
	Change part
	Who    part
	Before bool // it was so before the changes that were looked at
}

// sinceWhen finds which changes set the candidates of an explanation, or that they
// are older than what was looked at.
func (q *request) sinceWhen(page *whyAnswer, of subject, a *directory.Attribute) error {
	if a.ID.Computed() || !q.may(directory.SeeHistory) {
		return nil
	}
	if q.query.Get("since") == "" {
		page.SinceHref = q.with("since", "1")
		return nil
	}
	page.HasSince = true
	x, err := q.explain(of, a)
	if err != nil {
		return err
	}
	settings, err := history.Settings(q.ctx(), q.dir, of.user, a.ID, x.Candidates)
	if err != nil {
		return err
	}
	for i := range settings {
		s := &settings[i]
		switch {
		case !s.Known:
		case s.Change.Revision == 0:
			page.Candidates[i].Since = &since{Before: true}
		default:
			line := q.changeLine(&s.Change, 0)
			page.Candidates[i].Since = &since{At: line.At, Who: line.Who,
				Change: named("change "+number(itoa(s.Change.Revision)), line.Href)}
		}
	}
	return nil
}
