package directory

import "strings"

// RequestIDs joins the ids of a request for storage: the client's, if it chose one, and the
// server's. Neither contains a blank.
func RequestIDs(client, own string) string {
	if client == "" {
		return own
	}
	return client + " " + own
}

// SplitRequestIDs returns the id that clients see, and the server's own id if it differs.
func SplitRequestIDs(ids string) (shown, own string) {
	shown, own, _ = strings.Cut(ids, " ")
	return shown, own
}

// HasRequestID reports whether an id is one of the stored ids of a request.
func HasRequestID(ids, id string) bool {
	shown, own := SplitRequestIDs(ids)
	return id != "" && (id == shown || id == own || id == ids)
}
