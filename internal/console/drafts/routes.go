package drafts

import "cohort/internal/console/pagekit"

// Routes returns the routes of the package.
func Routes() []pagekit.Route {
	return []pagekit.Route{
		pagekit.Present("/draft", showDraft),
		pagekit.Present("/draft/files/{copy}", draftFile),
		pagekit.Action("/draft", changeDraft),
		pagekit.Action("/draft/commit", commitDraft),
	}
}
