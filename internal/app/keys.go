package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"cohort/internal/config"
	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/seal"
	"cohort/internal/store"
)

// KeyFileName is the name of the key file in a data directory.
const KeyFileName = "keys"

// A SettingError is an error in the settings.
type SettingError struct{ error }

// Unwrap returns the cause.
func (e SettingError) Unwrap() error { return e.error }

// Sealer returns a key ring as core uses it.
func Sealer(ring *seal.Ring) plan.Sealer { return sealer{ring} }

type sealer struct{ ring *seal.Ring }

// Seal encrypts a hidden value.
func (s sealer) Seal(a directory.AttributeID, owner directory.Object,
	text string) (keyID string, ciphertext []byte, err error) {
	return s.ring.Seal(a, owner, []byte(text))
}

// Open decrypts a hidden value.
func (s sealer) Open(a directory.AttributeID, owner directory.Object, keyID string, ciphertext []byte) (string, error) {
	text, err := s.ring.Open(keyID, a, owner, ciphertext)
	return string(text), err
}

// AvailableKeys reads the keys of the settings. Unlike a server it creates none: the ring is
// nil if there is no key file.
func AvailableKeys(settings config.Config) (*seal.Ring, error) {
	if settings.Key != "" {
		return parseKey(settings)
	}
	path := keyPath(settings)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	ring, _, err := seal.Load(path)
	return ring, err
}

// parseKey parses the key in the settings.
func parseKey(settings config.Config) (*seal.Ring, error) {
	ring, err := seal.Parse(settings.Key)
	if err != nil {
		return nil, SettingError{fmt.Errorf("COHORT_KEY: %w", err)}
	}
	return ring, nil
}

// keyPath returns the path of the key file.
func keyPath(settings config.Config) string {
	if settings.KeyFile != "" {
		return settings.KeyFile
	}
	return filepath.Join(settings.Data, KeyFileName)
}

// checkKeyFiles examines the key file before anything is created: a configured one must be
// readable or possible to create, and one in the data directory must lie beside its database.
func checkKeyFiles(settings config.Config) error {
	if settings.Key != "" {
		return nil
	}
	if settings.KeyFile == "" {
		path := keyPath(settings)
		if _, err := os.Stat(path); err == nil && settings.Database == "" && isFresh(settings) {
			return SettingError{fmt.Errorf("%s has keys but no database: put the database back (cohort restore), or begin "+
				"anew with another --data", settings.Data)}
		}
		return nil
	}
	_, err := os.Stat(settings.KeyFile)
	switch {
	case err == nil:
		_, _, err = seal.Load(settings.KeyFile)
	case errors.Is(err, fs.ErrNotExist):
		if _, err = os.Stat(filepath.Dir(settings.KeyFile)); err == nil {
			return nil // it will be created there
		}
	}
	if err != nil {
		return SettingError{fmt.Errorf("key-file: %w", err)}
	}
	return nil
}

// checkKeys refuses keys that do not open the newest hidden value. A server with the wrong
// keys would seal new values with them and lose the old ones silently.
func checkKeys(ctx context.Context, s store.Store, ring *seal.Ring) error {
	id, err := newestSealed(ctx, s)
	if err == nil && id != "" && !ring.Has(id) {
		err = fmt.Errorf("hidden values are sealed with key %s, which is not among the keys that were given (%v)", id,
			ring.KeyIDs())
	}
	return err
}

// needsKey refuses to create a key for a database: all nodes must have the same key, and it
// must outlive them.
func needsKey(settings config.Config) error {
	if settings.Database == "" || settings.Key != "" {
		return nil
	}
	if _, err := os.Stat(keyPath(settings)); !errors.Is(err, fs.ErrNotExist) {
		return nil // other errors show when it is read
	}
	return SettingError{fmt.Errorf("with a database, every node needs the same key, which seals hidden values: set "+
		"COHORT_KEY, or put it into %s; "+
		"make one with `openssl rand -base64 32`, and keep a copy", keyPath(settings))}
}

// hiddenValues is the purpose under which the nodes of a database claim the key of hidden
// values.
const hiddenValues = "hidden values"

// claimKeys makes sure that all nodes of a database have the same keys, even before there is a
// hidden value. The first node decides which key seals. A later node must have that key; if it
// seals with a newer one, all nodes after it must have the newer one.
func claimKeys(ctx context.Context, s store.Store, ids []string) error {
	for {
		claimed, err := s.Ephemera().ClaimedKey(ctx, hiddenValues)
		switch {
		case err != nil:
			return err
		case claimed == ids[0]:
			return nil
		case claimed != "" && !slices.Contains(ids, claimed):
			return SettingError{fmt.Errorf("other nodes seal hidden values with key %s, which is not among the keys that were "+
				"given (%v)", claimed, ids)}
		}
		if ok, err := s.Ephemera().ClaimKey(ctx, hiddenValues, claimed, ids[0]); err != nil || ok {
			return err
		}
		// Another node was faster: examine its claim.
	}
}

// sealedLookedAt limits the search for a sealed value that still exists.
const sealedLookedAt = 1000

// newestSealed returns the id of the key of the newest sealed value, or "" if there is none.
func newestSealed(ctx context.Context, s store.Store) (keyID string, err error) {
	err = s.Read(ctx, func(r store.Reader) error {
		head, err := r.Head(ctx)
		if err != nil {
			return err
		}
		for id := head.Next.Sealed - 1; id > 0 && id >= head.Next.Sealed-sealedLookedAt; id-- {
			sealed, err := r.Sealed(ctx, id)
			if err == nil {
				keyID = sealed.KeyID
				return nil
			}
			if directory.KindOf(err) != directory.KindNotFound {
				return err
			}
		}
		return nil
	})
	return keyID, err
}
