package importer

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/record"
	"cohort/internal/state"
	"cohort/internal/store"
)

// The largest and the default number of rows in one change of an import. Five times the
// default saves a sixth of the CPU time, and needs 60 MiB more memory.
const (
	maxImportRows   = 100_000
	usualImportRows = 20_000
)

// An Import is a state to import into an empty directory.
type Import struct {
	Job  string        // identifies the rows: the same rows have the same job
	Next store.NextIDs // smaller ids are never given out
	// Rows yields the rows, and io.EOF behind the last: the catalog by kind and
	// key; then every user by id, each followed by its memberships, values, roles
	// and credentials, by kind and key; then source references and facets by key.
	Rows     func() (directory.Row, error)
	Progress func(rows int64) // called after each change with the number of stored rows; may be nil
}

// An Imported is the outcome of an Import.
type Imported struct {
	Revision directory.Revision // of the last change
	Rows     int64              // of the import
	Before   int64              // of them, those that an earlier run stored
	Repeated bool               // everything was stored already
}

// A RowError says which row of an import is wrong.
type RowError struct {
	Row int64 // from 1
	Err error
}

// Error names the row.
func (e *RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Row, e.Err) }

// Unwrap returns what is wrong with the row.
func (e *RowError) Unwrap() error { return e.Err }

// Run imports a state into a directory that contains only what every directory has. It checks
// every row like an edit that would create it, and commits many changes whose records count
// their rows and contain no images: a baseline. If Run is interrupted, call it again with the
// same rows to continue after the last committed change; open the Core for that with
// Options.Importing. A row that an import must not replace is an error of kind
// directory.KindConflict; a wrong row is a *RowError.
//
// Nobody can log in afterwards until Bootstrap has been called.
func Run(ctx context.Context, c *core.Core, im Import) (Imported, error) {
	progress, err := importState(ctx, c, im.Job)
	if err != nil {
		return Imported{}, err
	}
	out := Imported{Revision: c.Head().Revision, Rows: progress.through, Before: progress.through, Repeated: progress.done}
	if progress.done {
		return out, nil
	}
	reading, stop := context.WithCancel(ctx)
	parts := make(chan *baselinePart)
	failed := make(chan error, 1)
	go func() {
		defer close(parts)
		failed <- readParts(reading, c, im, progress, parts)
	}()
	err = writeParts(reading, c, im, progress, parts, &out)
	stop()
	for range parts { // the reader waits, or has ended
	}
	if read := <-failed; err == nil || errors.Is(err, context.Canceled) && read != nil &&
		!errors.Is(read, context.Canceled) {
		err = read
	}
	if err == nil {
		err = c.Learn(ctx)
	}
	return out, err
}

// writeParts commits parts until there are no more.
func writeParts(ctx context.Context, c *core.Core, im Import, progress importProgress, parts <-chan *baselinePart,
	out *Imported) error {
	hash, n := c.Head().Hash, progress.parts
	for part := range parts {
		n++
		part.number, part.job, part.after, part.next = n, im.Job, hash, maxNext(part.next, im.Next)
		done, err := c.Do(ctx, directory.System("import"), part)
		if err != nil {
			return conflict(ctx, c, part, err)
		}
		hash = c.Head().Hash
		out.Revision, out.Rows = done.Revision, part.through
		if im.Progress != nil {
			im.Progress(part.through)
		}
	}
	return nil
}

// importProgress says how far an import has come.
type importProgress struct {
	through int64 // rows
	parts   int
	done    bool
}

// importState looks for the changes of an import, and refuses a directory with other changes.
func importState(ctx context.Context, c *core.Core, job string) (p importProgress, err error) {
	of := job
	err = c.Read(ctx, func(r store.Reader) error {
		return store.Enough(r.Records(ctx, 1, nil, 0, func(rec store.Record) error {
			b, ok := record.Baseline(rec)
			switch {
			case !ok && p.done:
				return store.ErrEnough
			case !ok:
				return errNotEmpty
			}
			of, p = b.Job, importProgress{b.Through, b.Part, b.Done}
			return nil
		}))
	})
	switch {
	case err != nil || of == job:
		return p, err
	case p.done:
		return p, errNotEmpty
	}
	return p, errOtherImport
}

// Errors of directories that cannot import.
var (
	errNotEmpty = &directory.Error{Kind: directory.KindConflict,
		Msg: "the directory is not empty; an import needs a new one"}
	errOtherImport = &directory.Error{
		Kind: directory.KindConflict,
		Msg:  "the import of another file into this directory has not ended; go on with that file, or take a new directory",
	}
)

// A baselinePart is one change of an import.
type baselinePart struct {
	job     string
	number  int
	after   [32]byte // hash of the record before it
	through int64    // number of its last row
	done    bool

	writes  []directory.RowWrite
	touched []store.TouchedUser
	members map[directory.GroupID]int64
	counts  map[directory.RowKind]int64
	digest  [32]byte
	users   int64
	named   int64 // with a login name
	groups  int64
	next    store.NextIDs
}

// Plan returns the change of the part. Its rows are checked already.
func (part *baselinePart) Plan(e *plan.Env, s *state.State) (*plan.Planned, error) {
	if s.Head.Hash != part.after {
		return nil, &directory.Error{Kind: directory.KindConflict,
			Msg: "somebody else has changed the directory during the import"}
	}
	changeID, err := e.RandomText(plan.NewClientID)
	if err != nil {
		return nil, err
	}
	edit := directory.Baseline{
		Job: part.job, Part: part.number, Through: part.through, Done: part.done,
		Digest: hex.EncodeToString(part.digest[:]), Counts: []directory.RowCount{},
	}
	for _, kind := range directory.RowKinds() {
		if n := part.counts[kind]; n > 0 {
			edit.Counts = append(edit.Counts, directory.RowCount{Kind: kind.String(), Rows: n})
		}
	}
	header := directory.ChangeHeader{
		Revision: s.Head.Revision + 1, At: max(e.Now(), s.Head.At), Dialect: "import", RequestID: part.job,
		ChangeID: changeID,
	}
	rec, err := record.Build(header, []directory.Edit{edit}, nil, s.Head.Hash, e.Random)
	if err != nil {
		return nil, err
	}
	head := s.Head
	head.Revision, head.At, head.Hash = header.Revision, header.At, rec.Hash
	head.Digest = record.Join(head.Digest, part.digest)
	head.Users += part.users
	head.Named += part.named
	head.Groups += part.groups
	head.Next = maxNext(head.Next, part.next)
	out := &plan.Planned{Catalog: s.Catalog.Apply(part.writes)}
	for i := range part.touched {
		part.touched[i].Revision = header.Revision
	}
	out.Commit = store.Commit{Writes: part.writes, Touched: part.touched, Records: []store.Record{rec}, Head: head}
	for id, n := range part.members {
		out.Commit.Members = append(out.Commit.Members, store.MemberDelta{Group: id, Delta: n})
	}
	return out, nil
}

func maxNext(a, b store.NextIDs) store.NextIDs {
	return store.NextIDs{
		User: max(a.User, b.User), Group: max(a.Group, b.Group), Attribute: max(a.Attribute, b.Attribute),
		Value: max(a.Value, b.Value), Role: max(a.Role, b.Role), PermissionSet: max(a.PermissionSet, b.PermissionSet),
		ModelSet: max(a.ModelSet, b.ModelSet), Credential: max(a.Credential, b.Credential), Sealed: max(a.Sealed, b.Sealed),
	}
}

// conflict finds the row for which the database refused a part. Indexes enforce uniqueness
// across users, and the row is looked up only after a conflict.
func conflict(ctx context.Context, c *core.Core, part *baselinePart, cause error) error {
	if ctx.Err() != nil || directory.KindOf(cause) != directory.KindInternal {
		return cause
	}
	seen := map[any]bool{}
	err := c.Read(ctx, func(r store.Reader) error {
		for i, w := range part.writes {
			taken, field := false, ""
			switch row := w.After.(type) {
			case directory.Credential:
				key := directory.CredentialKey(row.Kind, row.Identifier)
				keys, err := r.Find(ctx, key, 1)
				if err != nil {
					return err
				}
				_, there, err := r.Row(ctx, row.Key())
				if err != nil {
					return err
				}
				taken, field = seen[key] || len(keys) > 0, "identifier"
				if seen[row.ID] || there {
					taken, field = true, "id"
				}
				seen[key], seen[row.ID] = true, true
			case directory.SourceReference:
				key := directory.SourceKey(row.Object.Kind, row.Source, row.SourceID)
				keys, err := r.Find(ctx, key, 1)
				if err != nil {
					return err
				}
				taken, field = seen[key] || len(keys) > 0, "source_id"
				seen[key] = true
			}
			if taken {
				return &RowError{part.through - int64(len(part.writes)-1-i),
					directory.Taken(field, "belongs to another row before")}
			}
		}
		return nil
	})
	if err == nil {
		err = cause
	}
	return err
}

// rowSource reads rows and counts them.
type rowSource struct {
	next func() (directory.Row, error)
	n    int64
	row  directory.Row // nil after the last row
	key  directory.RowKey
}

// advance reads the next row.
func (s *rowSource) advance() error {
	row, err := s.next()
	if errors.Is(err, io.EOF) {
		s.row, s.key = nil, directory.RowKey{}
		return nil
	}
	if err != nil {
		return err
	}
	s.n++
	s.row, s.key = row, row.Key()
	return nil
}

func (s *rowSource) wrong(err error) error { return &RowError{s.n, err} }
