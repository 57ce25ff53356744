package native

import (
	"net/http"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/render"
)

// ifMatch is the header of conditional writes.
const ifMatch = "If-Match"

// A committed is the reply to every write.
type committed struct {
	Revision int64           `json:"revision"`
	Changed  bool            `json:"changed"`
	Results  []render.Result `json:"results"`
	Drifted  int             `json:"drifted,omitzero"`
}

// A write is what a handler wants to change.
type write struct {
	change directory.Change
	// shown renders the object that If-Match is about, as GET does. Without it If-Match is
	// refused.
	shown func(now Reader) (any, error)
	// made is the path of the list that the first result joins. It is empty if nothing is
	// created.
	made string
}

// write commits a change, or previews it, and answers.
func (q *request) write(wr write) error {
	w := dialect.Write{Change: wr.change}
	if tags := q.r.Header.Values(ifMatch); len(tags) > 0 {
		w.Check = func(now Reader) error { return q.match(tags, wr, now) }
	}
	done, shown, err := q.call.Commit(w)
	switch {
	case err != nil:
		return err
	case shown != nil:
		return q.reply(http.StatusOK, render.PreviewOf(shown, q.Language))
	}
	return q.replyCommitted(done, wr.made)
}

// match refuses a write of an object that If-Match does not match.
func (q *request) match(tags []string, wr write, now Reader) error {
	if wr.shown == nil {
		return directory.Malformed(ifMatch, "means nothing here: no single object is changed")
	}
	body, err := wr.shown(now)
	if err != nil {
		return err
	}
	tag, err := q.tag(body)
	if err != nil {
		return err
	}
	if !tagIn(tags, tag) {
		return &directory.Error{Kind: directory.KindStale, Field: ifMatch, Code: directory.CodeInvalid,
			Msg: "does not list " + tag + ", which the object has now"}
	}
	return nil
}

// edit writes edits of an existing object.
func (q *request) edit(shown func(now Reader) (any, error), edits ...directory.Edit) error {
	return q.write(write{change: directory.Change{Edits: edits}, shown: shown})
}

func (q *request) replyCommitted(done directory.Committed, made string) error {
	status := http.StatusOK
	if made != "" && len(done.Results) > 0 && done.Results[0].Made {
		status = http.StatusCreated
		q.w.Header().Set("Location", made+"/"+directory.FormatID(directory.ValueID(done.Results[0].ID)))
	}
	return q.reply(status, committed{
		Revision: int64(done.Revision), Changed: done.Changed, Results: render.Results(done.Results), Drifted: done.Drifted,
	})
}

func (q *request) replyPreview(change directory.Change) error {
	p, err := q.dir.Preview(q.ctx(), change)
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, render.PreviewOf(&p, q.Language))
}
