package intake

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"cohort/internal/apply"
	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/view"
)

// Limits of files on a server.
const (
	MaxFile  = 64 << 20       // bytes
	MaxFiles = 4              // files of a user
	FileLife = 24 * time.Hour // after which a file is deleted
	MaxUsers = 200_000        // of a directory in which the server plans files

	patience = 10 * time.Second // for a turn
)

// A Box seals data of a user, so that it is not readable in the database.
type Box interface {
	Seal(user directory.UserID, data []byte) ([]byte, error)
	Open(user directory.UserID, sealed []byte) ([]byte, error)
}

// Config configures a Service. All fields but Slice and NewID are required.
type Config struct {
	Rows      store.Imports
	Box       Box
	Directory func(directory.Caller) *view.View
	Language  directory.Language
	Now       func() time.Time
	Slice     time.Duration // the duration of one call of Commit; default 15 s
	// NewID returns the id of a file. Nil returns random texts.
	NewID func() string
}

// A Service stores uploaded files, plans them and imports them. It is safe for concurrent use;
// it plans or imports one file at a time.
type Service struct {
	Config
	turn chan struct{}
}

// NewService returns a service.
func NewService(c Config) *Service {
	if c.Slice == 0 {
		c.Slice = 15 * time.Second
	}
	if c.NewID == nil {
		c.NewID = func() string { return strings.ToLower(rand.Text()) }
	}
	return &Service{Config: c, turn: make(chan struct{}, 1)}
}

// A State is the state of a file.
type State string

// The states.
const (
	Planned    State = "planned"
	Committing State = "committing" // call Commit again to go on
	Done       State = "done"
)

// A Report describes a file to its owner.
type Report struct {
	ID        string            `json:"id"`
	State     State             `json:"state"`
	CreatedAt time.Time         `json:"created_at"`
	ExpiresAt time.Time         `json:"expires_at"`
	Options   Options           `json:"options"`
	Kind      string            `json:"kind,omitempty"` // of a table, as it was read
	Key       string            `json:"key,omitempty"`
	Encoding  string            `json:"encoding,omitempty"`
	Delimiter string            `json:"delimiter,omitempty"`
	Ignored   []string          `json:"ignored_columns,omitempty"`
	Rows      int               `json:"rows"`
	Plan      *Result           `json:"plan"`
	Guard     []desired.Removal `json:"guard"` // removals that have to be allowed
	Token     string            `json:"token"`
	Outcome   *Outcome          `json:"outcome,omitempty"`
}

// An Outcome counts what was committed so far. Refused is complete when the import is done.
type Outcome struct {
	RequestID string   `json:"request_id"`
	Revision  int64    `json:"revision"`
	Changes   int      `json:"changes"`
	Edits     int      `json:"edits"`
	Refused   int      `json:"refused"`
	Sample    []Missed `json:"sample"`
}

// Upload stores a file and returns what it would do.
func (s *Service) Upload(ctx context.Context, caller directory.Caller, o Options, data []byte) (*Report, error) {
	dir := s.Directory(caller)
	powers, err := dir.Permissions(ctx)
	switch {
	case err != nil:
		return nil, err
	case !powers.CanManage():
		return nil, directory.Forbidden("a permission to manage is needed to bring in files")
	case len(data) > MaxFile:
		return nil, &directory.Error{Kind: directory.KindTooLarge,
			Msg: "the file has more than 64 MiB; bring it in with the command line: cohort import"}
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if have, err := s.Rows.Imports(ctx, caller.User); err != nil {
		return nil, err
	} else if len(have) >= MaxFiles {
		return nil, errTooMany
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	w := &work{Report: Report{ID: s.NewID(), State: Planned, CreatedAt: s.Now().UTC().Truncate(time.Millisecond),
		Options: o}}
	w.ExpiresAt = w.CreatedAt.Add(FileLife)
	in, err := s.read(ctx, caller, o, data)
	if err != nil {
		return nil, err
	}
	if err := w.plan(ctx, in); err != nil {
		return nil, err
	}
	row := store.Import{ID: w.ID, User: caller.User, CreatedAt: directory.InstantOf(w.CreatedAt), Version: 1}
	if row.Data, err = s.pack(caller.User, data); err != nil {
		return nil, err
	}
	if row.Work, err = s.packWork(caller.User, w); err != nil {
		return nil, err
	}
	ok, err := s.Rows.AddImport(ctx, row, MaxFiles)
	if err == nil && !ok {
		err = errTooMany
	}
	return &w.Report, err
}

var errBusy = directory.Taken("import", "is being brought in by another request")

var errTooMany = directory.Taken("imports", "are 4 already, the most that are kept for a user; bring in or delete one")

// enter waits for the turn to read a file.
func (s *Service) enter(ctx context.Context) (leave func(), err error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case s.turn <- struct{}{}:
		return func() { <-s.turn }, nil
	case <-timer.C:
		return nil, directory.Unavailable(patience, "another file is being read; try again", nil)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// read parses a file against the directory as the caller sees it.
func (s *Service) read(ctx context.Context, caller directory.Caller, o Options, data []byte) (source, error) {
	dir := s.Directory(caller)
	if _, n, err := dir.Users(ctx, directory.UserQuery{Limit: 1}); err != nil {
		return nil, err
	} else if n > MaxUsers {
		return nil, directory.Invalid("body",
			"is for a directory of %d users; above %d bring it in with the command line: cohort import", n, MaxUsers)
	}
	live, err := ReadLive(ctx, dir)
	if err != nil {
		return nil, err
	}
	return open(data, o, live, s.Language)
}

// plan computes what the file would do now, and gives the plan a token.
func (w *work) plan(ctx context.Context, in source) error {
	in.describe(&w.Report)
	plan, err := in.plan(ctx)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(w.ID + "\n" + strings.Join(plan.prints, "\n")))
	w.Plan, w.Token, w.Refused = plan, hex.EncodeToString(sum[:16]), plan.rows
	w.Guard = []desired.Removal{}
	for _, r := range plan.Removals {
		if desired.Guards(r.Removed, r.Of, 0) {
			w.Guard = append(w.Guard, r)
		}
	}
	w.Plan.Removals = slices.DeleteFunc(append([]desired.Removal{}, w.Plan.Removals...),
		func(r desired.Removal) bool { return r.Removed == 0 })
	return nil
}

// A Go says how to import a file.
type Go struct {
	Token         string // of the plan
	AllowRemovals int    // allow this many removals where the report has a guard
	Comment       string
}

// Commit imports a file as planned, or continues the import: call it again while the report
// says committing. All changes have one request id, so that one revert undoes them.
func (s *Service) Commit(ctx context.Context, caller directory.Caller, id string, how Go) (*Report, error) {
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	row, w, err := s.load(ctx, caller, id)
	switch {
	case err != nil:
		return nil, err
	case how.Token != w.Token:
		return nil, stale("is not that of the plan; look at the plan again")
	case w.State == Done:
		return &w.Report, nil
	case w.BusyUntil.After(s.Now()):
		return nil, errBusy
	}
	w.BusyUntil = s.Now().Add(s.Slice + time.Minute)
	if err := s.save(ctx, row, w); err != nil {
		return nil, err
	}
	err = s.goOn(ctx, caller, row, w, how)
	w.BusyUntil = time.Time{}
	if failed := s.save(context.WithoutCancel(ctx), row, w); err == nil {
		err = failed
	}
	return &w.Report, err
}

func stale(msg string) error {
	return &directory.Error{Kind: directory.KindStale, Field: "token", Code: directory.CodeInvalid, Msg: msg}
}

// goOn commits as much of a file as its slice of time allows.
func (s *Service) goOn(ctx context.Context, caller directory.Caller, row *store.Import, w *work, how Go) error {
	data, err := s.unpack(caller.User, row.Data)
	if err != nil {
		return err
	}
	in, err := s.read(ctx, caller, w.Options, data)
	if err != nil {
		return err
	}
	if w.State == Planned {
		token := w.Token
		if err := w.plan(ctx, in); err != nil {
			return err
		}
		if w.Token != token {
			return stale("is not good any more: the directory has changed since; look at the plan again")
		}
		for _, r := range w.Guard {
			if desired.Guards(r.Removed, r.Of, how.AllowRemovals) {
				return directory.Invalid("allow_removals", "must be at least %d: the file removes %d of %d %s", r.Removed,
					r.Removed, r.Of, r.Kind)
			}
		}
		w.State, w.Outcome = Committing, &Outcome{RequestID: "import-" + w.ID, Sample: []Missed{}}
		// If the process is killed, the import continues from here.
		if err := s.save(ctx, row, w); err != nil {
			return err
		}
	}
	done := apply.Done{RequestID: w.Outcome.RequestID}
	to := &committer{directory: s.Directory, caller: caller, until: time.Now().Add(s.Slice)}
	result, err := in.commit(ctx, to, how.Comment, &done)
	w.Outcome.Changes += done.Changes
	w.Outcome.Edits += done.Edits
	w.Outcome.Revision = max(w.Outcome.Revision, done.Revision)
	switch {
	case err == nil:
		w.State, w.Outcome.Refused, w.Outcome.Sample, w.Refused = Done, result.Refused, result.Sample, result.rows
	case errors.Is(err, errMore):
		err = nil
	}
	return err
}

// Get returns a file of a caller.
func (s *Service) Get(ctx context.Context, caller directory.Caller, id string) (*Report, error) {
	_, w, err := s.load(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	return &w.Report, nil
}

// List returns all files of a caller, newest first.
func (s *Service) List(ctx context.Context, caller directory.Caller) ([]Report, error) {
	if _, err := s.Directory(caller).Permissions(ctx); err != nil {
		return nil, err
	}
	rows, err := s.Rows.Imports(ctx, caller.User)
	if err != nil {
		return nil, err
	}
	list := []Report{}
	for i := range rows {
		w, err := s.unpackWork(caller.User, rows[i].Work)
		if err == nil && w.ExpiresAt.After(s.Now()) {
			list = append(list, w.Report)
		}
	}
	return list, nil
}

// Refused returns a table of what is refused of a file: by the plan or, after the import, by
// the import.
func (s *Service) Refused(ctx context.Context, caller directory.Caller, id string) ([]byte, error) {
	_, w, err := s.load(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	return w.Refused, nil
}

// Delete deletes a file. What is committed stays.
func (s *Service) Delete(ctx context.Context, caller directory.Caller, id string) error {
	_, w, err := s.load(ctx, caller, id)
	switch {
	case err != nil:
		return err
	case w.BusyUntil.After(s.Now()):
		return errBusy
	}
	return s.Rows.DeleteImport(ctx, id)
}

// Sweep deletes old files.
func (s *Service) Sweep(ctx context.Context) (int64, error) {
	return s.Rows.SweepImports(ctx, directory.InstantOf(s.Now().Add(-FileLife)))
}
