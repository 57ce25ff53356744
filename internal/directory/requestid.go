package directory

import "strings"

// RequestIDs are the ids of a request as they are kept with what it did: the one
// that its client gave it, if it gave one, and the one that the server made.
// Neither contains a blank.
func RequestIDs(client, own string) string {
	if client == "" {
		return own
	}
	return client + " " + own
}

// SplitRequestIDs returns the id by which a request is known outside, and the
// server's own, if that is another one.
func SplitRequestIDs(ids string) (shown, own string) {
	shown, own, _ = strings.Cut(ids, " ")
	return shown, own
}

// HasRequestID reports whether an id is one of those that are kept of a request.
func HasRequestID(ids, id string) bool {
	shown, own := SplitRequestIDs(ids)
	return id != "" && (id == shown || id == own || id == ids)
}
