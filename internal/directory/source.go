package directory

import (
	"strings"
	"unicode/utf8"
)

// A SourceReference is an object's key in an external system. The triple (kind of object,
// source, source id) is unique, compared byte by byte. An object has at most one id per
// source.
type SourceReference struct {
	Object   Object
	Source   string
	SourceID string
}

// ParseSource checks the two halves of a source reference. It neither trims nor folds, because
// an external key is its exact bytes.
func ParseSource(source, sourceID string) error {
	if err := checkExact("source", source, MaxSourceLen); err != nil {
		return err
	}
	return checkExact("source_id", sourceID, MaxSourceIDLen)
}

func checkExact(field, s string, max int) error {
	switch n := utf8.RuneCountInString(s); {
	case s == "":
		return Missing(field)
	case !utf8.ValidString(s):
		return Invalid(field, "is not valid UTF-8")
	case strings.ContainsRune(s, 0):
		return Invalid(field, "contains a NUL")
	case n > max:
		return TooLong(field, "has %d characters; the most is %d", n, max)
	}
	return nil
}
