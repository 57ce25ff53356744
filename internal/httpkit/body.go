package httpkit

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"cohort/internal/directory"
)

// A body must begin within bodyGrace and then arrive at minBodyRate or faster.
const (
	bodyGrace   = 5 * time.Second
	minBodyRate = 8 << 10 // bytes a second
	bodyPart    = 32 << 10

	// A refused body is read further up to these limits, so that a client that writes all of
	// it before reading hears why.
	maxDiscarded = 256 << 10 // bytes
	discardTime  = time.Second
)

// readBody reads the whole body of a request into memory, which counts towards the budget, and
// replaces the body by it. It decodes gzip. If a body is longer than max, more returns how
// long it may be; 0 means no longer.
func (h *Limits) readBody(r *http.Request, x *exchange, max int64, more func() (int64, error)) (err error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	body := &limitedBody{limits: h, request: r, x: x, max: max, more: more, control: http.NewResponseController(x.w),
		began: time.Now()}
	x.memory = h.Memory.Hold(x.key)
	defer func() {
		if err != nil {
			body.discard()
		}
	}()
	if r.ContentLength > max {
		if err := body.raise(r.ContentLength); err != nil {
			return err
		}
	}
	var source io.Reader = wire{body}
	switch encoding := strings.ToLower(r.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip", "x-gzip": // the same, RFC 9110, section 8.4.1.3
		unpacked, err := gzip.NewReader(source)
		if err != nil {
			return body.fault(err, directory.Malformed("body", "is not in gzip, as Content-Encoding says"))
		}
		source = unpacked
		r.Header.Del("Content-Encoding")
	default:
		x.w.Header().Set("Accept-Encoding", "gzip") // section 12.5.3
		return &directory.Error{Kind: directory.KindUnsupportedMedia, Msg: "Content-Encoding must be gzip, or absent"}
	}
	text, err := body.readAll(source)
	if err != nil {
		return err
	}
	if err := body.control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return directory.Malformed("body", "could not be read to its end")
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	return nil
}

// A limitedBody is a body while it is read.
type limitedBody struct {
	limits   *Limits
	request  *http.Request
	x        *exchange
	max      int64
	more     func() (int64, error)
	control  *http.ResponseController
	began    time.Time
	received int64
	err      error // why reading stopped, for the caller
}

// raise extends the limit to n, if allowed.
func (b *limitedBody) raise(n int64) error {
	most, err := b.more()
	if err != nil {
		return err
	}
	b.max = max(b.max, most)
	if n > b.max {
		return tooLong(b.max)
	}
	return nil
}

// readAll reads a body to its end, in memory of the budget.
func (b *limitedBody) readAll(source io.Reader) ([]byte, error) {
	var text []byte
	for {
		if len(text) == cap(text) {
			grown := max(2*cap(text), bodyPart)
			if expected := b.request.ContentLength + 1; len(text) == 0 && expected > 1 {
				grown = int(min(expected, bodyPart*8))
			}
			if err := b.x.memory.Grow(b.request.Context(), int64(grown-cap(text))); err != nil {
				return nil, err
			}
			text = append(make([]byte, 0, grown), text...)
		}
		n, err := source.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if int64(len(text)) > b.max {
			if err := b.raise(int64(len(text))); err != nil {
				return nil, err
			}
		}
		if errors.Is(err, io.EOF) {
			return text, nil
		}
		if err != nil {
			return nil, b.fault(err, directory.Malformed("body", "could not be read to its end"))
		}
	}
}

// discard reads the rest of a refused body, unless that is long.
func (b *limitedBody) discard() {
	if b.request.ContentLength-b.received > maxDiscarded ||
		b.control.SetReadDeadline(time.Now().Add(discardTime)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, b.request.Body, maxDiscarded) // the refusal is what counts
}

// fault returns the error of a body that cannot be read.
func (b *limitedBody) fault(err, otherwise error) error {
	switch {
	case b.err != nil:
		return b.err
	case isTimeout(err):
		return &directory.Error{Kind: directory.KindMalformed, Field: "body", Msg: "came too slowly", Err: err}
	}
	return otherwise
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && timeout.Timeout()
}

// wire reads a body from the connection and enforces the minimum rate.
type wire struct{ body *limitedBody }

// Read reads a part, and extends the deadline for the next one.
func (w wire) Read(p []byte) (int, error) {
	b := w.body
	patience := min(bodyGrace+time.Duration(b.received)*time.Second/minBodyRate, b.limits.BodyTimeout)
	due := b.began.Add(patience)
	if err := b.control.SetReadDeadline(due); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := b.request.Body.Read(p)
	b.received += int64(n)
	b.x.received += int64(n)
	if b.received > b.max { // gzip may be shorter than its content, but never longer than the limit
		if b.err = b.raise(b.received); b.err != nil {
			return n, b.err
		}
	}
	return n, err
}
