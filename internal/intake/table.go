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

// A Mode says what becomes of what is there.
type Mode string

// The modes.
const (
	Add    Mode = "add"    // only what is not there is made
	Update Mode = "update" // that, and what differs is changed
	Full   Mode = "full"   // that, and what the table no longer has is removed
)

// A Table is a table that is brought in.
type Table struct {
	*table.Table
	Total int // rows
	Mode  Mode
	// All removes, in a full table, also what has no id in the table's source.
	All bool
	// Prints says that a plan's fingerprint is wanted.
	Prints bool
	// Progress is told how many rows are through; nil is told nothing.
	Progress func(rows int)
	// Refused takes rows that are refused, and why.
	Refused func(r *table.Row, why string) error

	index   *liveIndex
	options desired.Options
}

// OpenTable reads the header of a table, counts its rows, and checks that they
// can be brought in so.
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

// TypesOf gives the types of the attributes that are live.
func TypesOf(live *desired.Live) func(name string) (directory.Type, bool) {
	types := map[string]directory.Type{}
	for i := range live.Attributes {
		types[live.Attributes[i].Name] = live.Attributes[i].Type
	}
	return func(name string) (directory.Type, bool) { t, ok := types[name]; return t, ok }
}

// Against says what is live, and how the table's language, secrets and their
// texts are taken.
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

// Plan goes through the whole table and says what it would do.
func (t *Table) Plan(ctx context.Context) (*Summary, error) {
	s := &Summary{Counts: map[string]int{}}
	removes := map[string]desired.Removal{}
	refused := t.Refused
	defer func() { t.Refused = refused }()
	t.Refused = func(r *table.Row, why string) error {
		s.Refused++
		return refused(r, why)
	}
	err := t.pass(ctx, func(_ context.Context, _ *table.Chunk, p *desired.Plan) error {
		count(s.Counts, p.Items(), nil)
		for _, r := range p.Removals {
			sum := removes[r.Kind]
			removes[r.Kind] = desired.Removal{Kind: r.Kind, Removed: sum.Removed + r.Removed, Of: sum.Of + r.Of}
		}
		if !t.Prints {
			return nil
		}
		fingerprint, err := p.Fingerprint()
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

// Commit goes through the table and commits what it asks for, in parts. It may be
// called again after an error: committed edits are not planned again.
func (t *Table) Commit(ctx context.Context, to apply.Committer, comment string, done *apply.Done) (*Summary, error) {
	s := &Summary{Counts: map[string]int{}}
	refused := t.Refused
	defer func() { t.Refused = refused }()
	t.Refused = func(r *table.Row, why string) error {
		s.Refused++
		return refused(r, why)
	}
	return s, t.pass(ctx, func(ctx context.Context, c *table.Chunk, p *desired.Plan) error {
		return t.commit(ctx, c, p, to, comment, done, s)
	})
}

// pass goes through the table chunk by chunk, and in full mode through what it
// no longer has.
func (t *Table) pass(ctx context.Context, do func(context.Context, *table.Chunk, *desired.Plan) error) error {
	t.Rewind()
	t.index.seen = map[directory.UserID]bool{}
	most := chunkRows
	if t.Kind == table.Groups || t.Kind == table.Members && t.Mode == Full {
		most = t.Total + 1 // parents may come later
	}
	for n := 0; ; {
		rows, err := t.Next(most)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		if err := t.chunk(ctx, rows, do); err != nil {
			return err
		}
		n += len(rows)
		if t.Progress != nil {
			t.Progress(n)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return t.rest(ctx, do)
}

// chunk plans some rows. Those that have problems are refused, and the others
// planned without them.
func (t *Table) chunk(ctx context.Context, rows []table.Row,
	do func(context.Context, *table.Chunk, *desired.Plan) error) error {
	c := t.State(rows)
	for _, r := range c.Refused {
		if err := t.Refused(r.Row, r.Why.Error()); err != nil {
			return err
		}
	}
	state, opt := c.State, t.options
	if t.Kind == table.Groups && t.Mode == Full {
		t.prune(&opt)
	}
	bad := map[string]bool{}
	for {
		plan := desired.Make(state, t.index.only(state), opt)
		if len(plan.Problems) == 0 {
			return do(ctx, c, plan)
		}
		known := len(bad)
		for _, p := range plan.Problems {
			if bad[p.Key] {
				continue
			}
			bad[p.Key] = true
			if err := t.refuse(c, p.Key, p.Msg); err != nil {
				return err
			}
		}
		if len(bad) == known {
			return plan.Err() // it is not about a row
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

// rest removes the users that a full table no longer has.
func (t *Table) rest(ctx context.Context, do func(context.Context, *table.Chunk, *desired.Plan) error) error {
	if t.Mode != Full || t.Kind != table.Users {
		return nil
	}
	opt := t.options
	t.prune(&opt)
	return do(ctx, &table.Chunk{}, desired.Make(&desired.State{HasUsers: true}, t.index.unseen(), opt))
}

// refuse refuses all rows of an object.
func (t *Table) refuse(c *table.Chunk, key, why string) error {
	for _, r := range c.RowsOf(key) {
		if err := t.Refused(r, why); err != nil {
			return err
		}
	}
	return nil
}

// commit commits the plan of some rows.
func (t *Table) commit(
	ctx context.Context, c *table.Chunk, p *desired.Plan, to apply.Committer, comment string, sum *apply.Done, s *Summary,
) error {
	var failed error
	refused := map[string]bool{}
	job := apply.Job{
		To: to, Comment: comment, MaxEdits: chunkEdits, RequestID: sum.RequestID,
		Refuse: func(step *desired.Step, why error) {
			if object := step.Kind + " " + step.Key; !refused[object] {
				refused[object] = true
				failed = errors.Join(failed, t.refuse(c, step.Key, apply.Reason(why)))
			}
		},
	}
	if c.State == nil {
		job.Refuse = nil // what is no longer there has no rows
	}
	done, err := job.Run(ctx, p)
	sum.Add(done)
	count(s.Counts, p.Items(), refused)
	return errors.Join(err, failed)
}

// count counts the objects that something is done about, each once: without
// those that were refused.
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
