package propeller

import (
	"net/http"

	"cohort/internal/httpkit"
	"cohort/internal/propeller/bulk"
)

// bulk returns the request as calls of many items take it.
func (q *request) bulk() bulk.Request {
	return bulk.Request{Call: q.call, Comment: q.comment, Language: q.Language, Log: q.Log}
}

// replyBulk answers with the outcome of each item.
func (q *request) replyBulk(results []bulk.Result, message string) error {
	return q.reply(http.StatusOK, append([]bulk.Result{}, results...), len(results), message)
}

// showBulk answers with the preview of a bulk call, or fails with err.
func (q *request) showBulk(shown *bulk.Preview, err error) error {
	if err != nil {
		return err
	}
	setFormat(q.w)
	return httpkit.WriteJSON(q.w, http.StatusOK, shown)
}

// replyParts answers a bulk call about one object, or its preview.
func (q *request) replyParts(results []bulk.Result, most int, message string, do bulk.Part) error {
	if q.preview {
		return q.showBulk(q.bulk().PreviewParts(results, do))
	}
	if err := q.bulk().RunParts(results, most, do); err != nil {
		return err
	}
	return q.replyBulk(results, message)
}
