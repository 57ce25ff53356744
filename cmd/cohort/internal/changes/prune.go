package changes

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/config"
)

// A PruneCmd removes the details of old changes.
type PruneCmd struct {
	cli.ObjectFormat
	Before  string `help:"prune changes from before this time: 2026-01-31, or 2026-01-31T12:00:00Z" placeholder:"TIME"`
	Keep    string `help:"prune changes older than this, such as 90d" placeholder:"TIME"`
	Comment string `help:"why, for the history" placeholder:"TEXT"`
}

// Help returns the details of the command's help.
func (*PruneCmd) Help() string {
	return `Removes the edits of older changes, and what rows were before and after. Who made them, when, and their hashes stay, so that the history can still be verified. What was pruned can no longer be shown, read as of that time, or reverted; only a backup brings it back. The current state is not affected.

It needs the permission administer. With the setting history-keep, a server prunes every hour.

Examples:

  cohort prune --keep 365d
  cohort prune --before 2026-01-01 --comment "kept for a year"`
}

// Run asks the server.
func (c *PruneCmd) Run(v *cli.Invocation) error {
	before, err := c.time(time.Now())
	if err != nil {
		return cli.WrongUsage(err)
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	last, _, err := server.Changes(v.Context, client.ChangeFilter{To: before, Limit: 1})
	if err != nil {
		return err
	}
	pruned := map[string]any{"through": int64(0), "changes": 0}
	if len(last) > 0 {
		n, err := c.prune(v, server, last[0].Revision)
		if err != nil {
			return err
		}
		pruned = map[string]any{"through": last[0].Revision, "changes": n}
	}
	if c.ForPrograms() {
		return v.WriteObject(c.Format(), pruned)
	}
	switch {
	case len(last) == 0:
		v.Say("Nothing was committed before then.")
	case pruned["changes"] == 0:
		v.Say(fmt.Sprintf("Nothing was left to prune up to revision %d.", last[0].Revision))
	default:
		v.Say(fmt.Sprintf("Pruned the history up to revision %d, of %s.", last[0].Revision,
			last[0].At.UTC().Format(time.RFC3339)))
	}
	return nil
}

// time is the time before which changes are pruned.
func (c *PruneCmd) time(now time.Time) (time.Time, error) {
	switch {
	case (c.Before == "") == (c.Keep == ""):
		return time.Time{}, errors.New("say --before TIME or --keep TIME")
	case c.Before != "":
		t, err := cli.ParseTime(c.Before)
		if err != nil {
			err = fmt.Errorf("--before: %w", err)
		}
		return t, err
	}
	keep, err := config.ParseDuration(c.Keep)
	if err != nil || keep < 24*time.Hour {
		return time.Time{}, fmt.Errorf("--keep: %q must be at least a day, such as 90d", c.Keep)
	}
	return now.Add(-keep), nil
}

// prune commits as many changes as it takes, and returns their number.
func (c *PruneCmd) prune(v *cli.Invocation, server *client.Client, through int64) (changes int, err error) {
	for {
		done, err := server.Commit(v.Context, client.Change{
			Edits: []json.RawMessage{cli.Edit("prune_history", "through", through)}, Comment: c.Comment,
		}, "")
		if err != nil || !done.Changed {
			return changes, err
		}
		changes++
	}
}
