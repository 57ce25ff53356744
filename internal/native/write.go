package native

import (
	"fmt"
	"net/http"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/spell"
)

// Headers of conditional and repeated writes.
const (
	ifMatch        = "If-Match"
	idempotencyKey = "Idempotency-Key"
	maxKeyLen      = 255
)

// A committed is the answer to every write.
type committed struct {
	Revision int64          `json:"revision"`
	Changed  bool           `json:"changed"`
	Results  []spell.Result `json:"results"`
	Drifted  int            `json:"drifted,omitzero"`
}

// A write is what a handler wants done.
type write struct {
	change directory.Change
	// shown gives the object that If-Match is about, as a GET of it shows it.
	// Without it If-Match is refused.
	shown func(now Reader) (any, error)
	// made is the path of the list that the first result joins; empty if nothing
	// is made.
	made string
}

// write commits a change, or shows what it would do, and answers.
func (q *request) write(wr write) error {
	comment, preview, err := httpkit.ChangeHeaders(q.r)
	if err != nil {
		return err
	}
	if wr.change.Comment == "" {
		wr.change.Comment = comment
	}
	if preview {
		return q.replyPreview(wr.change)
	}
	if wr.change.Repeat, err = q.repeat(); err != nil {
		return err
	}
	if wr.change.Repeat.Key != "" {
		done, ok, err := q.dir.Answered(q.ctx(), wr.change.Repeat)
		if err != nil {
			return err
		}
		if ok {
			return q.replyCommitted(done, wr.made)
		}
	}
	done, err := q.commit(wr)
	if err != nil {
		return err
	}
	return q.replyCommitted(done, wr.made)
}

func (q *request) commit(wr write) (directory.Committed, error) {
	tags := q.r.Header.Values(ifMatch)
	if len(tags) == 0 {
		return q.dir.Commit(q.ctx(), wr.change)
	}
	if wr.shown == nil {
		return directory.Committed{}, directory.Malformed(ifMatch, "means nothing here: no single object is changed")
	}
	return q.dir.CommitIf(q.ctx(), wr.change, func(now Reader) error {
		body, err := wr.shown(now)
		if err != nil {
			return err
		}
		tag, err := q.tag(body)
		if err != nil {
			return err
		}
		if !tagIn(tags, tag) {
			return &directory.Error{Kind: directory.KindStale, Field: ifMatch, Code: directory.CodeInvalid, Msg: "does not list " + tag + ", which the object has now"}
		}
		return nil
	})
}

// edit writes one edit of an object that is there.
func (q *request) edit(shown func(now Reader) (any, error), edits ...directory.Edit) error {
	return q.write(write{change: directory.Change{Edits: edits}, shown: shown})
}

// repeat reads the key of a request that may be sent again.
func (q *request) repeat() (directory.Repeat, error) {
	key := q.r.Header.Get(idempotencyKey)
	if key == "" {
		return directory.Repeat{}, nil
	}
	if len(key) > maxKeyLen {
		return directory.Repeat{}, directory.Malformed(idempotencyKey, "is longer than %d bytes", maxKeyLen)
	}
	for _, c := range []byte(key) {
		if c < ' ' || c > '~' {
			return directory.Repeat{}, directory.Malformed(idempotencyKey, "must be printable ASCII")
		}
	}
	fmt.Fprintf(q.sum, "\n%s %s\n%q %q %q", q.r.Method, q.r.URL.RequestURI(), q.r.Header.Values(ifMatch),
		q.r.Header.Values("Cohort-Comment"), q.r.Header.Values("Cohort-Preview"))
	return directory.Repeat{Key: key, Hash: [32]byte(q.sum.Sum(nil))}, nil
}

func (q *request) replyCommitted(done directory.Committed, made string) error {
	status := http.StatusOK
	if made != "" && len(done.Results) > 0 && done.Results[0].Made {
		status = http.StatusCreated
		q.w.Header().Set("Location", made+"/"+directory.FormatID(directory.ValueID(done.Results[0].ID)))
	}
	if done.Repeated {
		q.w.Header().Set("Idempotency-Replayed", "true")
	}
	return q.reply(status, committed{
		Revision: int64(done.Revision), Changed: done.Changed, Results: spell.Results(done.Results), Drifted: done.Drifted,
	})
}

func (q *request) replyPreview(change directory.Change) error {
	p, err := q.dir.Preview(q.ctx(), change)
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, spell.PreviewOf(&p, q.Language))
}
