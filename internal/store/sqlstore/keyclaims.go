package sqlstore

import "context"

// A keyClaim is the key that is used for a purpose.
type keyClaim struct{ purpose, keyID string }

func keyClaims() ephemeralTable[keyClaim] {
	return newEphemeral("key_claims", 1, "purpose key_id", func(c *keyClaim) []any { return []any{&c.purpose, &c.keyID} })
}

func (e ephemera) ClaimedKey(ctx context.Context, purpose string) (string, error) {
	c, _, err := firstEphemeral(ctx, e, keyClaims(), "WHERE purpose = $1", purpose)
	return c.keyID, err
}

func (e ephemera) ClaimKey(ctx context.Context, purpose, from, to string) (ok bool, err error) {
	err = e.db.write(ctx, func(t *tx) error {
		c, _, err := keyClaims().first(ctx, t.reader, "WHERE purpose = $1", purpose)
		if ok = err == nil && c.keyID == from; !ok {
			return err
		}
		return keyClaims().put(t, keyClaim{purpose, to})
	})
	return ok && err == nil, err
}
