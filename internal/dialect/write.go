package dialect

import (
	"cmp"
	"fmt"
	"net/http"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/view"
)

// IdempotencyKey is the header that lets a client repeat a write without repeating its effect.
const IdempotencyKey = "Idempotency-Key"

const maxKeyLen = 255

// A Write is what a request wants to change, as one change.
type Write struct {
	Change directory.Change
	// Prepare, if not nil, returns the edits, given the current directory. It runs again if
	// something that it read changes before the edits run. It must neither block nor change
	// anything except what its last run may overwrite; see view.View.
	Prepare func(now *view.View) ([]directory.Edit, error)
	// Check, if not nil, refuses the change if the directory that the edits run on is not as
	// it should be. It has the limits of Prepare.
	Check func(now *view.View) error
}

// Edits returns a write of known edits.
func Edits(edits ...directory.Edit) Write {
	return Write{Change: directory.Change{Edits: edits}}
}

// Commit runs a write and reads the headers that every surface accepts with one:
// Cohort-Comment is a comment for the record, Idempotency-Key a key under which the same
// request gets the same answer within a day, and Cohort-Preview asks for a preview. With a
// preview, shown is not nil and nothing was done.
func (c *Call) Commit(w Write) (done directory.Committed, shown *directory.Preview, err error) {
	comment, preview, err := httpkit.ChangeHeaders(c.R)
	if err != nil {
		return done, nil, err
	}
	if w.Change.Comment == "" {
		w.Change.Comment = comment
	}
	if preview {
		shown, err = c.preview(w)
		return done, shown, err
	}
	if w.Change.Repeat, err = c.nextRepeat(); err != nil {
		return done, nil, err
	}
	if done, ok, err := c.answered(w.Change.Repeat); ok || err != nil {
		if ok && w.Prepare != nil {
			_, _ = w.Prepare(c.Dir) // for its side effects; what it refuses was accepted then
		}
		return done, nil, err
	}
	done, err = c.run(w)
	if err == nil && c.kit.Committed != nil {
		c.kit.Committed()
	}
	return done, nil, err
}

func (c *Call) run(w Write) (directory.Committed, error) {
	if w.Prepare == nil && w.Check == nil {
		return c.Dir.Commit(c.R.Context(), w.Change)
	}
	attempt := c.Dir.CommitEach(c.R.Context(), 1, func(_ int, now *view.View) (change directory.Change, err error) {
		change = w.Change
		if w.Check != nil {
			err = w.Check(now)
		}
		if err == nil && w.Prepare != nil {
			change.Edits, err = w.Prepare(now)
		}
		return change, err
	})[0]
	return attempt.Committed, attempt.Err
}

func (c *Call) preview(w Write) (*directory.Preview, error) {
	if w.Prepare != nil {
		var err error
		if w.Change.Edits, err = w.Prepare(c.Dir); err != nil {
			return nil, err
		}
	}
	shown, err := c.Dir.Preview(c.R.Context(), w.Change)
	if err != nil {
		return nil, err
	}
	return &shown, nil
}

// CommitEach runs n changes in order, each on its own; see view.View. Each is repeated by
// itself under the key of the request. A request of many changes cannot be previewed; refused
// is the error for that.
func (c *Call) CommitEach(
	n int, refused error, prepare func(i int, now *view.View) ([]directory.Edit, error),
) ([]directory.Attempt, error) {
	comment, preview, err := httpkit.ChangeHeaders(c.R)
	if err == nil && preview {
		err = refused
	}
	if err != nil {
		return nil, err
	}
	repeat, err := c.nextRepeat()
	if err != nil {
		return nil, err
	}
	attempts, left := make([]directory.Attempt, n), make([]int, 0, n)
	for i := range attempts {
		done, ok, err := c.answered(part(repeat, i))
		attempts[i] = directory.Attempt{Committed: done, Err: err}
		switch {
		case ok:
			_, _ = prepare(i, c.Dir) // for its side effects; what it refuses was accepted then
		case err == nil:
			left = append(left, i)
		}
	}
	made := c.Dir.CommitEach(c.R.Context(), len(left), func(i int, now *view.View) (directory.Change, error) {
		edits, err := prepare(left[i], now)
		return directory.Change{Edits: edits, Comment: comment, Repeat: part(repeat, left[i])}, err
	})
	for i, attempt := range made {
		attempts[left[i]] = attempt
	}
	c.logRefusals(made)
	if c.kit.Committed != nil {
		c.kit.Committed()
	}
	return attempts, nil
}

// logRefusals logs how many items of a request lacked a permission, with the first one.
func (c *Call) logRefusals(made []directory.Attempt) {
	var first error
	refused := 0
	for i := range made {
		if err := made[i].Err; err != nil && directory.KindOf(err) == directory.KindForbidden {
			refused++
			first = cmp.Or(first, err)
		}
	}
	httpkit.LogRefusal(c.kit.Log, c.R, first, "items", len(made), "refused", refused)
}

// part returns the key of one of many changes. No client can send it, because it is not
// printable ASCII.
func part(repeat directory.Repeat, i int) directory.Repeat {
	if repeat.Key != "" {
		repeat.Key += fmt.Sprint("\n", i)
	}
	return repeat
}

// RepeatedDeletion reports whether a request repeats a deletion, so that there is nothing left
// to find.
func (c *Call) RepeatedDeletion() (bool, error) {
	if c.R.Method != http.MethodDelete {
		return false, nil
	}
	repeat, err := c.nextRepeat()
	if err != nil {
		return false, err
	}
	c.writes = 0
	_, ok, err := c.answered(repeat)
	return ok, err
}

// answered returns the answer of the same request within a day.
func (c *Call) answered(repeat directory.Repeat) (done directory.Committed, ok bool, err error) {
	if repeat.Key == "" {
		return done, false, nil
	}
	done, ok, err = c.Dir.Answered(c.R.Context(), repeat)
	if ok {
		c.W.Header().Set("Idempotency-Replayed", "true")
	}
	return done, ok, err
}

// nextRepeat returns the key of the next write of the request: the client's own for the first
// one. The body must have been read.
func (c *Call) nextRepeat() (directory.Repeat, error) {
	if c.body == nil {
		return directory.Repeat{}, nil
	}
	if c.repeat.Key == "" {
		key, err := repeatKey(c.R.Header.Get(IdempotencyKey))
		if err != nil {
			return directory.Repeat{}, err
		}
		fmt.Fprintf(c.body, "\n%s %s\n%q %q %q", c.R.Method, c.R.URL.RequestURI(), c.R.Header.Values("If-Match"),
			c.R.Header.Values("Cohort-Comment"), c.R.Header.Values("Cohort-Preview"))
		c.repeat = directory.Repeat{Key: key, Hash: [32]byte(c.body.Sum(nil))}
	}
	c.writes++
	if c.writes > 1 {
		return part(c.repeat, -c.writes), nil
	}
	return c.repeat, nil
}

// repeatKey checks an idempotency key.
func repeatKey(key string) (string, error) {
	if len(key) > maxKeyLen {
		return "", directory.Malformed(IdempotencyKey, "is longer than %d bytes", maxKeyLen)
	}
	for _, b := range []byte(key) {
		if b < ' ' || b > '~' {
			return "", directory.Malformed(IdempotencyKey, "must be printable ASCII")
		}
	}
	return key, nil
}
