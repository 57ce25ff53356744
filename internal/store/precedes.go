package store

import "context"

// Precedes reports whether one head is part of the history that a reader sees,
// of which the other is the end.
func Precedes(ctx context.Context, r Reader, earlier, end Head) (same bool, err error) {
	switch {
	case end.Incarnation != earlier.Incarnation || end.Revision < earlier.Revision:
		return false, nil
	case earlier.Revision == 0:
		return true, nil
	}
	err = r.Records(ctx, earlier.Revision-1, nil, 1, func(rec Record) error {
		same = rec.Header.Revision == earlier.Revision && rec.Hash == earlier.Hash
		return nil
	})
	return same, err
}
