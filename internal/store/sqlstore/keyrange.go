package sqlstore

import (
	"unicode/utf8"
)

// keyRange returns the end of the range of keys that begin with a prefix: from the prefix
// itself to end, exclusive. If bounded is false, the range is open. Keys are valid UTF-8 and
// compare by bytes, which is the order of code points; end is valid UTF-8, too, because some
// engines accept nothing else.
func keyRange(prefix string) (end string, bounded bool) {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		if last == utf8.MaxRune {
			continue // it has no successor
		}
		next := last + 1
		if !utf8.ValidRune(next) {
			next = 0xE000 // the first after the surrogates
		}
		return prefix + string(next), true
	}
	return "", false
}
