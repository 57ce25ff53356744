package directory

// Rotation returns the edits that replace a client id and secret by a new one. The old one
// ends at the given time, at once if it is 0, or stays as it is without a time. Other
// credentials of the user that are about to end are deleted, so at most two are valid.
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
