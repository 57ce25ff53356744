package bulk

import (
	"context"
	"log/slog"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/propeller/fault"
	"cohort/internal/view"
)

// A Request is the request of a bulk call.
type Request struct {
	*dialect.Call

	Comment  string             // of the change that a preview shows
	Language directory.Language // the directory's
	Log      *slog.Logger
}

func (q Request) context() context.Context { return q.R.Context() }

// A Plan returns the edits of a change, given the directory that the change applies to. It may run more than once.
type Plan func(now *view.View) ([]directory.Edit, error)

// attempt runs one change for each plan, in order.
func (q Request) attempt(plans []Plan) ([]directory.Attempt, error) {
	refused := fault.New(fault.Payload, "Cohort-Preview: this cannot be previewed; nothing was changed")
	return q.CommitEach(len(plans), refused,
		func(i int, now *view.View) ([]directory.Edit, error) { return plans[i](now) })
}
