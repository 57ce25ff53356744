package sqlstore

import (
	"unicode/utf8"
)

// keyRange gives the range of keys that begin with a prefix: from the prefix
// itself to, exclusive, end. Without an end (bounded is false) the range is
// open. Keys are valid UTF-8 and compare by their bytes, which is the order of
// their code points; so is end, as not every engine takes other bytes.
func keyRange(prefix string) (end string, bounded bool) {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		if last == utf8.MaxRune {
			continue // nothing is greater in this place
		}
		next := last + 1
		if !utf8.ValidRune(next) {
			next = 0xE000 // the first after the surrogates
		}
		return prefix + string(next), true
	}
	return "", false
}
