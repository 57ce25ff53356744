package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/exportfile"
	"cohort/cmd/cohort/internal/job"
	"cohort/internal/app"
	"cohort/internal/apply"
	"cohort/internal/config"
	"cohort/internal/desired"
	"cohort/internal/reconcile"
	"cohort/internal/store"
	"cohort/internal/store/sqlite"
	"cohort/internal/transfer"
)

// A DiffCmd compares two directories by name.
type DiffCmd struct {
	cli.ObjectFormat
	cli.Paged
	A     string `arg:"" help:"a profile or URL of a server, declared state (a file or folder), an export, a backup or a data directory"`
	B     string `arg:"" help:"the same"`
	Users bool   `help:"compare users, too"`
}

// Help returns the details of the command's help.
func (*DiffCmd) Help() string {
	return `Shows what would make A equal to B, by name: what only B has (+), what only A has (-), and what differs (~ A → B). Ids, times and hidden values are not compared; the order of values is. Of declared state, only what it mentions is compared.

The exit status is 0 if there is no difference, and 4 if there is.

Examples:

  cohort diff staging production
  cohort diff directory/ https://cohort.example.com --users
  cohort diff monday.jsonl.gz /var/lib/cohort --json`
}

// A comparand is one side of the comparison: live, or declared.
type comparand struct {
	live  *desired.Live
	state *desired.State // declared state; live is nil then
}

// Run compares the two sides.
func (c *DiffCmd) Run(v *cli.Invocation) error {
	a, err := side(v, c.A, c.Users)
	if err != nil {
		return err
	}
	b, err := side(v, c.B, c.Users)
	if err != nil {
		return err
	}
	items, err := differences(v.Context, a, b, c.Users)
	if err != nil {
		return err
	}
	switch {
	case c.ForPrograms():
		err = v.WriteObject(c.Format(), map[string]any{"changes": items})
	case len(items) == 0:
		fmt.Fprintln(v.Stdout, "There is no difference.")
	default:
		for i := range items {
			fmt.Fprintln(v.Stdout, planLine(v, &items[i], false))
		}
	}
	if err == nil && len(items) > 0 {
		err = cli.ErrDiffers
	}
	return err
}

func differences(ctx context.Context, a, b comparand, users bool) ([]desired.Item, error) {
	var plan *desired.Plan
	inverted := false
	switch {
	case a.live != nil && b.live != nil:
		plan = desired.Compare(a.live, b.live, users)
	case a.live != nil:
		plan = desired.CompareWith(a.live, b.state)
	case b.live != nil:
		plan, inverted = desired.CompareWith(b.live, a.state), true
	default:
		live, err := appliedInMemory(ctx, a.state, users)
		if err != nil {
			return nil, err
		}
		plan = desired.CompareWith(live, b.state)
	}
	if err := plan.Err(); err != nil {
		return nil, cli.Refused(err)
	}
	if inverted {
		return desired.Inverted(plan.Items()), nil
	}
	return plan.Items(), nil
}

// appliedInMemory applies declared state to a new directory in memory, and reads that.
func appliedInMemory(ctx context.Context, state *desired.State, users bool) (live *desired.Live, err error) {
	settings := config.Config{}
	settings.Language = "EN"
	a, err := app.Open(ctx, settings, app.Options{Log: app.NewLog(io.Discard, settings), InMemory: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	c := client.New("http://memory", "local", "local", cli.ClientOf(a))
	quiet := func(string, int) {}
	if live, _, err = reconcile.Read(ctx, c, false, quiet); err != nil {
		return nil, err
	}
	unmarked := *state
	unmarked.Set = ""
	plan := desired.Make(&unmarked, live, desired.Options{Secret: func(desired.Value) (string, error) { return "-", nil }})
	if err := plan.Err(); err != nil {
		return nil, cli.Refused(err)
	}
	if _, err := (&apply.Job{To: reconcile.Through(c)}).Run(ctx, plan); err != nil {
		return nil, err
	}
	live, _, err = reconcile.Read(ctx, c, users, quiet)
	if err == nil && users {
		live.Users = live.Users[1:] // without the administrator of every new directory
	}
	return live, err
}

// side reads one side of the comparison.
func side(v *cli.Invocation, name string, users bool) (comparand, error) {
	if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		return serverSide(v, name, users)
	}
	info, err := os.Stat(name)
	if errors.Is(err, os.ErrNotExist) {
		return serverSide(v, name, users)
	}
	if err != nil {
		return comparand{}, err
	}
	if info.IsDir() {
		if _, err := os.Stat(filepath.Join(name, sqlite.File)); err == nil {
			live, err := storedLive(v, name, users)
			return comparand{live: live}, err
		}
		return declaredSide(v, name, users)
	}
	switch {
	case strings.HasSuffix(name, ".jsonl"), strings.HasSuffix(name, ".gz"):
		live, err := exportedLive(name, users)
		return comparand{live: live}, err
	case strings.HasSuffix(name, ".db"):
		live, err := backedUpLive(v, name, users)
		return comparand{live: live}, err
	}
	return declaredSide(v, name, users)
}

func declaredSide(v *cli.Invocation, name string, users bool) (comparand, error) {
	state, err := readDeclared(v, []string{name}, "")
	if err == nil && !users {
		state.Users, state.HasUsers = nil, false
	}
	return comparand{state: state}, err
}

// serverSide reads a server: that of a profile, or the one at a URL.
func serverSide(v *cli.Invocation, name string, users bool) (comparand, error) {
	c, err := clientAt(v, name)
	if err != nil {
		return comparand{}, err
	}
	live, _, err := reconcile.Read(v.Context, c, users, job.ShowReading(v))
	return comparand{live: live}, err
}

// clientAt is a client of the server of a profile, or of the server at a URL with the
// credential that a profile or the environment has for it.
func clientAt(v *cli.Invocation, name string) (*client.Client, error) {
	other := *v
	if !strings.Contains(name, "://") {
		other.Profile = name
		return other.Client()
	}
	url := strings.TrimRight(name, "/")
	profiles, err := v.ReadProfiles()
	if err != nil {
		return nil, err
	}
	for _, a := range profiles {
		if strings.TrimRight(a.URL, "/") == url {
			return client.New(a.URL, a.ClientID, a.Secret, nil), nil
		}
	}
	a, err := v.Account()
	if err != nil {
		return nil, err
	}
	if strings.TrimRight(a.URL, "/") != url {
		return nil, cli.WrongUsage(fmt.Errorf("no credential for %s is known: cohort login %s --profile NAME", name, name))
	}
	return client.New(a.URL, a.ClientID, a.Secret, nil), nil
}

// storedLive reads a data directory. A server may run on it.
func storedLive(v *cli.Invocation, dir string, users bool) (live *desired.Live, err error) {
	s, err := app.OpenReader(v.Context, config.Config{Storage: config.Storage{Data: dir}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	in, out := io.Pipe()
	go func() {
		err := s.Read(v.Context, func(r store.Reader) error {
			_, _, err := transfer.Export(v.Context, r, out, func(int64) {})
			return err
		})
		out.CloseWithError(err) // nil means the end
	}()
	defer in.Close()
	return rowsLive(in, users)
}

// backedUpLive reads a backup.
func backedUpLive(v *cli.Invocation, file string, users bool) (live *desired.Live, err error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "cohort-diff-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if _, err := sqlite.Restore(v.Context, path, dir); err != nil {
		return nil, err
	}
	return storedLive(v, dir, users)
}

// exportedLive reads an export.
func exportedLive(file string, users bool) (*desired.Live, error) {
	if _, err := exportfile.Check(file); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	f, err := exportfile.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return rowsLive(f, users)
}

func rowsLive(in io.Reader, users bool) (*desired.Live, error) {
	lines, err := transfer.NewReader(in)
	if err != nil {
		return nil, err
	}
	rows := desired.NewRows(users)
	for {
		row, err := lines.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return rows.Live(), nil
			}
			return nil, err
		}
		rows.Add(row)
	}
}
