package directory

import (
	"strconv"
	"strings"
)

// The fields of a request that say how fresh its answer must be, under the names of the
// dialects.
const (
	FieldMinRevision = "Cohort-Min-Revision"
	FieldConsistency = "Cohort-Consistency"
)

// Freshness says how fresh an answer must be. The zero value accepts any.
type Freshness struct {
	Incarnation int64    // of Revision; 0 means the current one
	Revision    Revision // the answer is of this revision or a later one
	Strong      bool     // the answer is not older than the request
}

// ParseFreshness parses the texts of FieldMinRevision (a revision, such as 4711 or 2-4711) and
// of FieldConsistency ("strong" or "eventual"). Empty texts require nothing; other texts are
// malformed.
func ParseFreshness(minRevision, consistency string) (f Freshness, err error) {
	switch consistency {
	case "", "eventual":
	case "strong":
		f.Strong = true
	default:
		return f, Malformed(FieldConsistency, "must be strong or eventual")
	}
	if minRevision != "" {
		f.Incarnation, f.Revision, err = ParseRevision(FieldMinRevision, minRevision)
	}
	return f, err
}

// ParseRevision parses a revision with or without an incarnation, such as 2-4711 or 4711.
// Without one, incarnation is 0.
func ParseRevision(field, text string) (incarnation int64, revision Revision, err error) {
	number, life := text, ""
	if before, after, both := strings.Cut(text, "-"); both {
		if life, number = before, after; life == "" {
			return 0, 0, errRevision(field)
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || number[0] == '+' {
		return 0, 0, errRevision(field)
	}
	if life != "" {
		incarnation, err = strconv.ParseInt(life, 10, 64)
		if err != nil || incarnation < 1 || life[0] == '+' {
			return 0, 0, errRevision(field)
		}
	}
	return incarnation, Revision(n), nil
}

func errRevision(field string) error {
	return Malformed(field, "must be a revision, such as 4711 or 2-4711")
}

// ForeignRevision refuses a revision of another incarnation, or one that the directory has not
// reached.
func ForeignRevision(field string) error {
	return &Error{
		Kind: KindStale, Field: field, Code: CodeInvalid,
		Msg: "is of another life of this directory, which was restored since; begin anew",
	}
}
