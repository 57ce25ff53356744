package directory

import "strings"

// A Pattern matches texts case-insensitively: % matches any number of characters and _ exactly
// one. Without wildcards it matches the whole text. The zero Pattern matches the empty text.
type Pattern struct {
	folded string
}

// ParsePattern parses a pattern. It refuses more than MaxWildcards of % and _ together.
func ParsePattern(field, s string) (Pattern, error) {
	s, err := ParseText(field, s, MaxNameLen)
	if err != nil {
		return Pattern{}, err
	}
	folded := Fold(s)
	if n := strings.Count(folded, "%") + strings.Count(folded, "_"); n > MaxWildcards {
		return Pattern{}, TooLong(field, "has %d wildcards; the most is %d", n, MaxWildcards)
	}
	return Pattern{folded}, nil
}

// Exact returns the one key that the pattern matches, if it has no wildcard.
func (p Pattern) Exact() (key string, ok bool) {
	return p.folded, !strings.ContainsAny(p.folded, "%_")
}

// Prefix returns the common prefix of all matches. only reports whether the pattern is that
// prefix and one %.
func (p Pattern) Prefix() (prefix string, only bool) {
	i := strings.IndexAny(p.folded, "%_")
	if i < 0 {
		return p.folded, false
	}
	return p.folded[:i], p.folded[i:] == "%"
}

// Match reports whether a key, made by Fold, matches.
func (p Pattern) Match(key string) bool {
	return matchRunes([]rune(p.folded), []rune(key))
}

// matchRunes is the usual greedy match that backtracks to the last %.
func matchRunes(p, s []rune) bool {
	star, mark, i, j := -1, 0, 0, 0
	for j < len(s) {
		switch {
		case i < len(p) && p[i] == '%':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '_' || p[i] == s[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '%' {
		i++
	}
	return i == len(p)
}
