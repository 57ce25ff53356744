package httpkit

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

const (
	smallReply = 64 << 10 // bytes; up to this, a reply does not count
	largeReply = 4 << 20  // above this, a reply always waits in a file
	minPacked  = 1 << 10  // below this, a reply is sent uncompressed
)

// takesGzip reports whether a client accepts gzip.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			weight = strings.ReplaceAll(weight, " ", "")
			return weight != "q=0" && weight != "q=0.0" && weight != "q=0.00" && weight != "q=0.000"
		}
	}
	return false
}

// send sends a reply whose headers are set except its length, compressed if the client accepts
// that. A long reply waits for the client in a file rather than in memory if there is no room
// left or if it is very long. Failing to send is no error, because nobody is left to hear of
// it.
func send(w http.ResponseWriter, status int, body []byte) {
	x := exchangeOfWriter(w)
	h := w.Header()
	packed := x.packed && len(body) >= minPacked
	if len(body) >= minPacked {
		h.Add("Vary", "Accept-Encoding")
	}
	if packed {
		h.Set("Content-Encoding", "gzip")
	} else {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	source := io.Reader(bytes.NewReader(body))
	if len(body) > smallReply && x.limits != nil && !x.holds(int64(len(body))) {
		if file, err := spooled(body); err == nil {
			defer file.Close()
			source = file
		}
	}
	w.WriteHeader(status)
	if packed {
		_ = pack(w, source) // nobody is left to hear of an error
		return
	}
	_, _ = io.Copy(w, source)
}

// pack writes source as gzip.
func pack(w io.Writer, source io.Reader) error {
	packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := io.Copy(packed, source); err != nil {
		return err
	}
	return packed.Close()
}

// holds reports whether there is room in memory for a reply until it is sent.
func (x *exchange) holds(n int64) bool {
	if n > largeReply {
		return false
	}
	if x.memory == nil {
		x.memory = x.limits.Memory.Hold(x.key)
	}
	return x.memory.TryGrow(n)
}

// spooled writes a reply to an unlinked file, which disappears when it is closed or when the
// program ends.
func spooled(body []byte) (*os.File, error) {
	file, err := os.CreateTemp("", "cohort-reply-")
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	err = os.Remove(file.Name())
	if err == nil {
		_, err = file.Write(body)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("spool: %w", err), file.Close())
	}
	return file, nil
}

// exchangeOfWriter returns the exchange of a reply. It never returns nil.
func exchangeOfWriter(w http.ResponseWriter) *exchange {
	for {
		switch u := w.(type) {
		case *recorder:
			return u.exchange
		case interface{ Unwrap() http.ResponseWriter }:
			w = u.Unwrap()
		default:
			return &exchange{}
		}
	}
}
