package why

import (
	"cohort/internal/console/changes"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/history"
)

// A since says when and by which change a candidate was set.
type since struct {
	At     directory.Instant
	Change sentence.Part
	Who    sentence.Part
	Before bool // it was set before the oldest change that was checked
}

// sinceWhen finds the changes that set the candidates of an explanation, as far back as it
// checks.
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
