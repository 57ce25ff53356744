package looker

import (
	"strings"

	"cohort/internal/directory"
	"cohort/internal/looker/document"
)

const (
	maxWhitelistLen     = 8 << 10 // bytes
	maxWhitelistEntries = 100
)

// parseWhitelist checks a list of addresses separated by commas. An address may lack its
// scheme. * matches anything.
func parseWhitelist(s string) error {
	if len(s) > maxWhitelistLen {
		return directory.TooLong(document.FacetWhitelist, "has %d bytes; the most is %d", len(s), maxWhitelistLen)
	}
	entries := strings.Split(s, ",")
	if len(entries) > maxWhitelistEntries {
		return directory.TooLong(document.FacetWhitelist, "has %d entries; the most is %d", len(entries), maxWhitelistEntries)
	}
	for _, entry := range entries {
		if entry = strings.TrimSpace(entry); entry == "" || strings.ContainsFunc(entry, notInAddress) {
			return directory.Invalid(document.FacetWhitelist, "must be a comma-separated list of urls with optional wildcards")
		}
	}
	return nil
}

// notInAddress reports whether RFC 3986 forbids a rune in a URI. * is allowed.
func notInAddress(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune("-._~:/?#[]@!$&'()*+;=%", r)
}

// narrows reports whether the list from allows everything that the list to allows.
func narrows(from, to string) bool {
	for narrow := range strings.SplitSeq(to, ",") {
		covered := false
		for wide := range strings.SplitSeq(from, ",") {
			covered = covered || covers(strings.TrimSpace(wide), strings.TrimSpace(narrow))
		}
		if !covered {
			return false
		}
	}
	return true
}

// covers reports whether a pattern, in which * matches anything, matches an address. Only a *
// matches a * of the address, so the pattern matches whatever may take its place.
func covers(pattern, address string) bool {
	head, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == address
	}
	if !strings.HasPrefix(address, head) {
		return false
	}
	address = address[len(head):]
	parts := strings.Split(rest, "*")
	for _, part := range parts[:len(parts)-1] {
		i := strings.Index(address, part)
		if i < 0 {
			return false
		}
		address = address[i+len(part):]
	}
	return strings.HasSuffix(address, parts[len(parts)-1])
}
