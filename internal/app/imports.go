package app

import (
	"bytes"
	"time"

	"cohort/internal/directory"
	"cohort/internal/intake"
	"cohort/internal/seal"
)

// newImports returns the service that stores uploaded files.
func (a *App) newImports() *intake.Service {
	return intake.NewService(intake.Config{
		Rows: a.store.Ephemera(), Box: box{a.ring}, Directory: a.views.As, Language: directory.Language(a.settings.Language),
		Now: time.Now,
	})
}

// A box seals the data of a user: the id of the key, a line break, and the sealed text.
type box struct{ ring *seal.Ring }

// Seal implements intake.Box.
func (b box) Seal(user directory.UserID, data []byte) ([]byte, error) {
	keyID, sealed, err := b.ring.Seal(0, user.Object(), data)
	if err != nil {
		return nil, err
	}
	return append(append([]byte(keyID), '\n'), sealed...), nil
}

// Open implements intake.Box.
func (b box) Open(user directory.UserID, sealed []byte) ([]byte, error) {
	keyID, text, _ := bytes.Cut(sealed, []byte("\n"))
	return b.ring.Open(string(keyID), 0, user.Object(), text)
}
