package intake

import (
	"context"
	"errors"
	"fmt"

	"cohort/internal/apply"
	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/table"
)

// Sizes of an import.
const (
	chunkRows  = 5000 // rows that are planned together
	chunkEdits = 5000 // edits in a change
)

// A Mode says what happens to existing objects.
type Mode string

// The modes.
const (
	Add    Mode = "add"    // only what is not there is made
	Update Mode = "update" // that, and what differs is changed
	Full   Mode = "full"   // that, and what the table no longer has is removed
)

// A Table is a table to import.
type Table struct {
	*table.Table
	Total int // rows
	Mode  Mode
	// All makes a full import also remove objects without an id in the table's source.
	All bool
	// AtOnce is how many changes that only create users are sent concurrently. 0 means one.
	AtOnce int
	// Prints makes Plan return fingerprints.
	Prints bool
	// Progress is called with the number of processed rows. It may be nil.
	Progress func(rows int)
	// Refused is called with each refused row and the reason.
	Refused func(r *table.Row, why string) error

	index   *liveIndex
	unknown bool // some rows refer to unknown users, so it is not known what the table lacks
	options desired.Options
}

// OpenTable reads the header of a table, counts its rows, and checks that they can be imported
// with the options.
func OpenTable(data []byte, opt table.Options, mode Mode, all bool) (*Table, error) {
	opt.Full = mode == Full
	read, err := table.Open(data, opt)
	if err != nil {
		return nil, err
	}
	t := &Table{Table: read, Mode: mode, All: all}
	if t.Total, err = read.Count(); err != nil {
		return nil, err
	}
	switch {
	case mode == Full && t.Total == 0:
		return nil, errors.New("the table has no rows: with --mode full, all that it is about would be removed")
	case all && mode != Full:
		return nil, errors.New("--all is for --mode full")
	case mode == Add && (t.Kind == table.Members || t.Kind == table.Values), mode == Full && t.Kind == table.Values:
		return nil, fmt.Errorf("a table of %s is not brought in with --mode %s", t.Kind, mode)
	case mode == Full && !all && len(t.Sources()) == 0 && t.Kind != table.Members:
		return nil, errors.New("--mode full removes what has an id in the table's source, and the table has no column " +
			"source:NAME; " +
			"--all removes everything that is not in it")
	}
	return t, nil
}

// TypesOf returns the types of the live attributes.
func TypesOf(live *desired.Live) func(name string) (directory.Type, bool) {
	types := map[string]directory.Type{}
	for i := range live.Attributes {
		types[live.Attributes[i].Name] = live.Attributes[i].Type
	}
	return func(name string) (directory.Type, bool) { t, ok := types[name]; return t, ok }
}

// Against sets the live directory, and how to read texts and secrets.
func (t *Table) Against(live *desired.Live, opt desired.Options) {
	t.index, t.options = newLiveIndex(live), opt
	t.options.CreateOnly, t.options.Exclusive = t.Mode == Add, true
}

// A Summary says what a table does.
type Summary struct {
	Counts   map[string]int // objects, by action and kind
	Removals []desired.Removal
	Refused  int
	// Prints are the fingerprints of the plans, in order.
	Prints []string
}

// Plan passes through the whole table and returns what it would do.
func (t *Table) Plan(ctx context.Context) (*Summary, error) {
	s := &Summary{Counts: map[string]int{}}
	removes := map[string]desired.Removal{}
	err := t.pass(ctx, func(_ context.Context, c *chunk) error {
		count(s.Counts, c.plan.Items(), nil)
		for _, r := range c.plan.Removals {
			sum := removes[r.Kind]
			removes[r.Kind] = desired.Removal{Kind: r.Kind, Removed: sum.Removed + r.Removed, Of: sum.Of + r.Of}
		}
		err := t.tell(c, s)
		if err != nil || !t.Prints {
			return err
		}
		fingerprint, err := c.plan.Fingerprint()
		s.Prints = append(s.Prints, fingerprint)
		return err
	})
	for _, kind := range []string{"users", "groups", "memberships"} {
		if r, ok := removes[kind]; ok {
			s.Removals = append(s.Removals, r)
		}
	}
	return s, err
}

// Commit passes through the table and commits its changes in parts. It may be called again
// after an error: what is committed makes no edits any more. It plans the next rows while
// others are being committed.
func (t *Table) Commit(ctx context.Context, to apply.Committer, comment string, done *apply.Done) (*Summary, error) {
	s := &Summary{Counts: map[string]int{}}
	planning, stop := context.WithCancel(ctx)
	defer stop()
	chunks, planned := make(chan *chunk), make(chan error, 1)
	go func() {
		defer close(chunks)
		planned <- t.pass(planning, func(ctx context.Context, c *chunk) error {
			select {
			case chunks <- c:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	for c := range chunks {
		if err := errors.Join(t.commit(ctx, c, to, comment, done, s), t.tell(c, s)); err != nil {
			stop()
			<-planned //nolint:errcheck // it was stopped
			return s, err
		}
	}
	return s, <-planned
}

// A chunk is a planned part of the rows.
type chunk struct {
	*table.Chunk
	plan    *desired.Plan
	refused []refusedRow
	rows    int // processed rows after this chunk
}

// A refusedRow is a row and the reason of its refusal.
type refusedRow struct {
	row *table.Row
	why string
}

// refuse refuses all rows of an object.
func (c *chunk) refuse(key, why string) {
	for _, r := range c.RowsOf(key) {
		c.refused = append(c.refused, refusedRow{r, why})
	}
}

// tell reports refused rows and progress.
func (t *Table) tell(c *chunk, s *Summary) error {
	for _, r := range c.refused {
		s.Refused++
		if err := t.Refused(r.row, r.why); err != nil {
			return err
		}
	}
	if t.Progress != nil && c.rows > 0 {
		t.Progress(c.rows)
	}
	return nil
}

// pass passes through the table chunk by chunk and, in full mode, through what the table
// lacks.
func (t *Table) pass(ctx context.Context, do func(context.Context, *chunk) error) error {
	t.Rewind()
	t.unknown = false
	t.index.seen, t.index.logins = map[directory.UserID]bool{}, map[directory.UserID]string{}
	most := chunkRows
	if t.Kind == table.Groups || t.Kind == table.Members && t.Mode == Full || t.Has("rank") {
		most = t.Total + 1 // parents, and places before a rank, may come later
	}
	for n := 0; ; {
		rows, err := t.Next(most)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		c, err := t.planRows(rows)
		if err != nil {
			return err
		}
		n += len(rows)
		c.rows = n
		if err := errors.Join(do(ctx, c), ctx.Err()); err != nil {
			return err
		}
	}
	return t.rest(ctx, do)
}

// planRows plans some rows. Rows with problems are refused, and the others are planned without
// them.
func (t *Table) planRows(rows []table.Row) (*chunk, error) {
	c := &chunk{Chunk: t.State(rows)}
	for _, r := range c.Refused {
		c.refused = append(c.refused, refusedRow{r.Row, r.Why.Error()})
	}
	t.unknown = t.unknown || c.Unknown > 0
	state, opt := c.State, t.options
	if t.Kind == table.Groups && t.Mode == Full && !t.unknown {
		t.prune(&opt)
	}
	bad := map[string]bool{}
	for {
		c.plan = desired.Make(state, t.index.only(state), opt)
		if len(c.plan.Problems) == 0 {
			t.index.note(c.plan)
			return c, nil
		}
		known := len(bad)
		for _, p := range c.plan.Problems {
			if !bad[p.Key] {
				bad[p.Key] = true
				c.refuse(p.Key, p.Msg)
			}
		}
		if len(bad) == known {
			return nil, c.plan.Err() // it is not about a row
		}
		state = c.Without(bad)
	}
}

func (t *Table) prune(opt *desired.Options) {
	opt.Prune, opt.PruneAll = true, t.All
	if sources := t.Sources(); len(sources) > 0 {
		opt.PruneSource = sources[0]
	}
}

// rest removes the users that a full table lacks.
func (t *Table) rest(ctx context.Context, do func(context.Context, *chunk) error) error {
	if t.Mode != Full || t.Kind != table.Users || t.unknown {
		return nil
	}
	opt := t.options
	t.prune(&opt)
	plan := desired.Make(&desired.State{HasUsers: true}, t.index.unseen(), opt)
	return do(ctx, &chunk{Chunk: &table.Chunk{}, plan: plan})
}

// commit commits the plan of a chunk.
func (t *Table) commit(ctx context.Context, c *chunk, to apply.Committer, comment string,
	sum *apply.Done, s *Summary) error {
	refused := map[string]bool{}
	job := apply.Job{
		To: to, Comment: comment, MaxEdits: chunkEdits, RequestID: sum.RequestID, AtOnce: t.AtOnce,
		Refuse: func(step *desired.Step, why error) {
			if object := step.Kind + " " + step.Key; !refused[object] {
				refused[object] = true
				c.refuse(step.Key, apply.Reason(why))
			}
		},
	}
	if c.State == nil {
		job.Refuse = nil // removed objects have no rows
	}
	done, err := job.Run(ctx, c.plan)
	sum.Add(done)
	count(s.Counts, c.plan.Items(), refused)
	return err
}

// count counts the affected objects, each once, without refused ones.
func count(counts map[string]int, items []desired.Item, refused map[string]bool) {
	seen := map[string]bool{}
	for i := range items {
		object := items[i].Kind + " " + items[i].Key
		if !refused[object] && !seen[object] {
			seen[object] = true
			counts[string(items[i].Action)+" "+items[i].Kind]++
		}
	}
}
