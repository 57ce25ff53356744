package why

import (
	"cohort/internal/console/changes"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/history"
)

// A since is when a candidate came to be what it is, and by which change.
type since struct {
	At     directory.Instant
	Change sentence.Part
	Who    sentence.Part
	Before bool // it was so before the changes that were looked at
}

// sinceWhen finds which changes set the candidates of an explanation, or that they
// are older than what was looked at.
func sinceWhen(q *pagekit.Request, page *whyAnswer, of subject, a *directory.Attribute) error {
	if a.ID.Computed() || !q.May(directory.SeeHistory) {
		return nil
	}
	if q.Query.Get("since") == "" {
		page.SinceHref = q.With("since", "1")
		return nil
	}
	page.HasSince = true
	x, err := explain(q, of, a)
	if err != nil {
		return err
	}
	settings, err := history.Settings(q.Context(), q.Dir, of.user, a.ID, x.Candidates)
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
			line := changes.NewLine(q, &s.Change, 0)
			page.Candidates[i].Since = &since{At: line.At, Who: line.Who,
				Change: sentence.Named("change "+sentence.Number(sentence.Itoa(s.Change.Revision)), line.Href)}
		}
	}
	return nil
}
