package httpkit

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http/httptest"
	"testing"
	"time"

	"cohort/internal/admission"
)

// TestRepliesAreWholeWhereverTheyWait sends replies of every kind of length, with
// room in memory and without, packed and not.
func TestRepliesAreWholeWhereverTheyWait(t *testing.T) {
	for _, n := range []int{0, 1, minPacked - 1, minPacked, smallReply, smallReply + 1, largeReply + 1} {
		for _, room := range []int64{1, 64 << 20} {
			for _, packed := range []bool{false, true} {
				x := &exchange{packed: packed, limits: &Limits{Memory: admission.NewBudget(room, time.Second)}, key: "k"}
				rec := httptest.NewRecorder()
				body := bytes.Repeat([]byte("x"), n)
				send(&recorder{ResponseWriter: rec, exchange: x}, 200, body)
				held := x.limits.Memory.Held()
				if counted := n > smallReply && n <= largeReply && room > int64(n); counted != (held == int64(n) && n > 0) {
					t.Errorf("%d bytes with room for %d, packed %v: %d are held", n, room, packed, held)
				}
				got := io.Reader(rec.Body)
				if rec.Header().Get("Content-Encoding") == "gzip" {
					z, err := gzip.NewReader(rec.Body)
					if err != nil {
						t.Fatal(err)
					}
					got = z
				}
				if isPacked := got != io.Reader(rec.Body); isPacked != (packed && n >= minPacked) {
					t.Errorf("%d bytes, packed %v: it is packed: %v", n, packed, isPacked)
				}
				if text, err := io.ReadAll(got); err != nil || !bytes.Equal(text, body) {
					t.Errorf("%d bytes with room for %d, packed %v: %d came, %v", n, room, packed, len(text), err)
				}
			}
		}
	}
}
