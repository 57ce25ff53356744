package operate

import (
	"context"
	"errors"
	"fmt"
	"os"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/verify"
)

// A VerifyCmd checks a directory.
type VerifyCmd struct {
	JSON    bool   `name:"json" help:"write JSON"`
	Against string `help:"a file of heads of the history, written by --chain-to: each must still be part of the history" placeholder:"FILE"`
	Repair  bool   `help:"repair: remove the newest nesting of each ring of groups, and facets that their dialect cannot read; no server may run"`
	config.Storage
}

// Help returns the details of the command's help.
func (*VerifyCmd) Help() string {
	return `Checks the database (pages, references, derived data), the hash chain of the change records, the state digest against every row, the catalog against the one that the records lead to and, if the keys are available, that hidden values can be opened. Prints everything that is wrong and exits with 1, or says that nothing is wrong.

A server may run on the directory meanwhile; the check covers the directory as it was when the check began.

Examples:

  cohort verify
  cohort verify --data /var/lib/cohort --json
  cohort verify --against /mnt/elsewhere/heads.jsonl
  cohort verify --repair`
}

// A verdict is the result of a check.
type verdict struct {
	Revision    int64    `json:"revision"`
	Incarnation int64    `json:"incarnation"`
	Problems    []string `json:"problems"`
	Notes       []string `json:"notes"`
}

// Run checks the directory and prints what is wrong.
func (c *VerifyCmd) Run(v *cli.Invocation) (err error) {
	settings, _, err := v.Settings()
	if err != nil {
		return err
	}
	if c.Repair {
		if err := c.repair(v, settings); err != nil {
			return err
		}
	}
	s, err := app.OpenReader(v.Context, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	found := verdict{Problems: []string{}, Notes: []string{}}
	check := &verify.Report{
		Problem: func(what string) { found.Problems = append(found.Problems, what) },
		Note:    func(what string) { found.Notes = append(found.Notes, what) },
		Facets:  app.FacetChecks(),
	}
	if ring, err := app.AvailableKeys(settings); err != nil {
		return err
	} else if ring != nil {
		check.Sealer = app.Sealer(ring)
	}
	if _, err := verify.Check(v.Context, s, check); v.Context.Err() != nil {
		return err
	} else if err != nil {
		found.Problems = append(found.Problems, fmt.Sprintf("the check could not continue: %v", err))
	}
	if err := c.compareHeads(v, settings, s, check); err != nil {
		return err
	}
	h, err := head(v.Context, s)
	if err != nil && len(found.Problems) == 0 {
		return err
	}
	found.Revision, found.Incarnation = int64(h.Revision), h.Incarnation
	if err := c.print(v, found); err != nil {
		return err
	}
	if len(found.Problems) > 0 {
		return cli.ErrFound
	}
	return nil
}

// compareHeads compares the history with heads that were stored elsewhere.
func (c *VerifyCmd) compareHeads(v *cli.Invocation, settings config.Config, s store.Store,
	to *verify.Report) (err error) {
	if c.Against == "" {
		return nil
	}
	file, err := os.Open(c.Against)
	if err != nil {
		return cli.WrongUsage(fmt.Errorf("--against: %w", err))
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	heads := &app.HeadsCheck{Problem: to.Problem, Note: to.Note}
	if err := app.CheckHeads(v.Context, settings, s, file, heads); err != nil {
		return err
	}
	to.Note(fmt.Sprintf("%d heads of the history are unchanged", heads.Checked))
	return nil
}

// repair removes what no directory should contain and can do without.
func (c *VerifyCmd) repair(v *cli.Invocation, settings config.Config) (err error) {
	log := app.NewLog(v.Stderr, settings)
	s, err := app.OpenStore(v.Context, settings, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	done, err := verify.Repair(v.Context, s, core.Options{
		Sealer: app.NoSealer{}, Language: directory.Language(settings.Language), Log: log, Facets: app.FacetChecks(),
	})
	for _, what := range done {
		fmt.Fprintln(v.Stderr, "repaired:", what)
	}
	return err
}

func (c *VerifyCmd) print(v *cli.Invocation, found verdict) error {
	if c.JSON {
		return v.WriteJSON(found)
	}
	for _, what := range found.Problems {
		fmt.Fprintln(v.Stdout, "wrong:", what)
	}
	for _, what := range found.Notes {
		fmt.Fprintln(v.Stdout, "note:", what)
	}
	switch n := len(found.Problems); n {
	case 0:
		fmt.Fprintf(v.Stdout, "ok: revision %d-%d, nothing is wrong\n", found.Incarnation, found.Revision)
	case 1:
		fmt.Fprintf(v.Stdout, "1 thing is wrong at revision %d-%d\n", found.Incarnation, found.Revision)
	default:
		fmt.Fprintf(v.Stdout, "%d things are wrong at revision %d-%d\n", n, found.Incarnation, found.Revision)
	}
	return nil
}

// head reads the head of a directory.
func head(ctx context.Context, s store.Store) (h store.Head, err error) {
	err = s.Read(ctx, func(r store.Reader) error {
		h, err = r.Head(ctx)
		return err
	})
	return h, err
}
