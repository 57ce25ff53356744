package intake

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"io"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A work is what the service knows about a file.
type work struct {
	Report
	Refused   []byte    `json:"refused_rows"`
	BusyUntil time.Time `json:"busy_until"` // a request brings it in, if it did not end without a word
}

// load reads a file of a caller.
func (s *Service) load(ctx context.Context, caller directory.Caller, id string) (*store.Import, *work, error) {
	if _, err := s.Directory(caller).Permissions(ctx); err != nil {
		return nil, nil, err
	}
	row, ok, err := s.Rows.Import(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if ok && row.User == caller.User {
		w, err := s.unpackWork(row.User, row.Work)
		if err == nil && w.ExpiresAt.After(s.Now()) {
			return &row, w, nil
		}
	}
	return nil, nil, directory.NotFound("import", id)
}

// save stores what is known about a file.
func (s *Service) save(ctx context.Context, row *store.Import, w *work) error {
	packed, err := s.packWork(row.User, w)
	if err != nil {
		return err
	}
	row.Version++
	ok, err := s.Rows.PutImportWork(ctx, row.ID, row.Version, packed)
	if err == nil && !ok {
		err = errBusy
	}
	return err
}

func (s *Service) packWork(user directory.UserID, w *work) ([]byte, error) {
	data, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	return s.pack(user, data)
}

func (s *Service) unpackWork(user directory.UserID, packed []byte) (*work, error) {
	data, err := s.unpack(user, packed)
	if err != nil {
		return nil, err
	}
	w := &work{}
	return w, json.Unmarshal(data, w)
}

// pack compresses and seals.
func (s *Service) pack(user directory.UserID, data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return s.Box.Seal(user, b.Bytes())
}

func (s *Service) unpack(user directory.UserID, packed []byte) ([]byte, error) {
	sealed, err := s.Box.Open(user, packed)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(flate.NewReader(bytes.NewReader(sealed)))
}
