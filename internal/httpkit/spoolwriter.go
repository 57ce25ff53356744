package httpkit

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
)

// A Spool collects a reply that is made in pieces and may be very long: up to 4 MiB in memory,
// and then in an unlinked file. The zero Spool is ready. It must be closed.
type Spool struct {
	text []byte
	file *os.File
	n    int64
}

// Write appends to the reply.
func (s *Spool) Write(p []byte) (int, error) {
	s.n += int64(len(p))
	s.text = append(s.text, p...)
	if len(s.text) <= largeReply {
		return len(p), nil
	}
	if s.file == nil {
		file, err := spooled(nil)
		if err != nil {
			return 0, err
		}
		s.file = file
	}
	_, err := s.file.Write(s.text)
	s.text = s.text[:0]
	if err != nil {
		return 0, fmt.Errorf("spool: %w", err)
	}
	return len(p), nil
}

// WriteString appends to the reply.
func (s *Spool) WriteString(text string) error {
	_, err := s.Write([]byte(text))
	return err
}

// Close discards the reply.
func (s *Spool) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// Send answers with the reply. Failing to send is no error, because nobody is left to hear of
// it.
func (s *Spool) Send(w http.ResponseWriter, status int, contentType string) error {
	if s.file == nil {
		WriteBody(w, status, contentType, s.text)
		return nil
	}
	_, err := s.file.Write(s.text)
	if err == nil {
		_, err = s.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("spool: %w", err))
	}
	x, h := exchangeOfWriter(w), w.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Encoding")
	if x.packed {
		h.Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		_ = pack(w, s.file) // nobody is left to hear of an error
		return nil
	}
	h.Set("Content-Length", strconv.FormatInt(s.n, 10))
	w.WriteHeader(status)
	_, _ = io.Copy(w, s.file)
	return nil
}
