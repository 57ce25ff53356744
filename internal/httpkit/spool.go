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
	smallReply = 64 << 10 // bytes, up to which a reply is not counted
	largeReply = 4 << 20  // above which a reply waits in a file in any case
	minPacked  = 1 << 10  // below which a reply is sent as it is
)

// takesGzip reports whether a client asks for replies in gzip.
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

// send sends a reply whose headers but its length are set, packed if the client
// asks for it. A long one waits for the client in a file rather than in
// memory, if there is no room left or it is very long. That it cannot be sent
// is no error: there is nobody left to tell.
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
		_ = pack(w, source) // nobody is left to tell
		return
	}
	_, _ = io.Copy(w, source)
}

// pack writes what source has in gzip.
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

// spooled writes a reply into a file that nothing names: it is gone when it is
// closed, or when the program ends.
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

// exchangeOfWriter finds the exchange of a reply; it never returns nil.
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
