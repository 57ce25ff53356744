package directory

// Rotation is the edits that put a client id and secret in the place of an old one.
// The new one is made; the old one ends at a time, at once if that is 0, and stays
// as it is without one. Others of the user that were to end already are deleted: two
// are good at most.
func Rotation(made CreateAPICredential, old Credential, all []Credential, oldUntil *Instant) []Edit {
	edits := []Edit{made}
	switch {
	case oldUntil == nil:
	case *oldUntil == 0:
		edits = append(edits, DeleteCredential{User: old.User, Credential: old.ID})
	default:
		until := *oldUntil
		if old.ExpiresAt != 0 {
			until = min(until, old.ExpiresAt)
		}
		edits = append(edits, UpdateCredential{User: old.User, Credential: old.ID, ExpiresAt: &until})
	}
	for _, c := range all {
		if c.Kind == old.Kind && c.ID != old.ID && c.ExpiresAt != 0 {
			edits = append(edits, DeleteCredential{User: old.User, Credential: c.ID})
		}
	}
	return edits
}
