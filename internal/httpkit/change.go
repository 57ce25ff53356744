package httpkit

import (
	"net/http"

	"cohort/internal/directory"
)

// ChangeHeaders reads the headers that every dialect accepts with a write: Cohort-Comment, a
// comment for the record, and Cohort-Preview, which asks for a preview instead of the write.
func ChangeHeaders(r *http.Request) (comment string, preview bool, err error) {
	comment, err = directory.ParseText("Cohort-Comment", r.Header.Get("Cohort-Comment"), directory.MaxCommentLen)
	if err != nil {
		return "", false, err
	}
	switch r.Header.Get("Cohort-Preview") {
	case "", "false":
		return comment, false, nil
	case "true":
		return comment, true, nil
	}
	return "", false, directory.Malformed("Cohort-Preview", "must be true or false; nothing was changed")
}
