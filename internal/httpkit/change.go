package httpkit

import (
	"net/http"

	"cohort/internal/directory"
)

// ChangeHeaders reads what every dialect takes with a write: in Cohort-Comment
// a comment for the record, and in Cohort-Preview whether to show what the
// write would do instead of doing it.
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

// An Instead is an answer that a handler gives in place of its own, from
// wherever it is: it is returned like an error, and the router sends it.
type Instead struct {
	Status int
	Body   any // encoded in JSON
}

// Error says that this is none.
func (*Instead) Error() string { return "an answer in place of another" }
