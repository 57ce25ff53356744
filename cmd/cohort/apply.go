package main

import (
	"cmp"
	"fmt"

	"cohort/client"
	"cohort/internal/screen"
)

// An applyCmd commits a change.
type applyCmd struct {
	remote
	File    string `arg:"" help:"edits as JSON; - is standard input"`
	Comment string `help:"why, for the history" placeholder:"TEXT"`
	Token   string `help:"commit only what the preview with this token showed" placeholder:"TOKEN"`
	Strict  bool   `help:"with a token: refuse also if only memberships have moved since"`
	Key     string `help:"a name for this request: sent again within a day it happens once" placeholder:"KEY"`
}

// Help is the rest of the command's help.
func (*applyCmd) Help() string {
	return `All edits are done together, or none. The file is as preview takes it.

Examples:

  cohort apply edits.json --comment "new regions"
  cohort apply edits.json --token abc --strict`
}

// Run asks the server.
func (c *applyCmd) Run(v *invocation) error {
	change, err := v.readChange(c.File)
	if err != nil {
		return err
	}
	change.Comment = cmp.Or(c.Comment, change.Comment)
	change.Token, change.Strict = cmp.Or(c.Token, change.Token), c.Strict || change.Strict
	server, err := v.client()
	if err != nil {
		return err
	}
	done, err := server.Commit(v.ctx, change, c.Key)
	if err != nil {
		return err
	}
	if c.forPrograms() {
		return v.object(c.format(), done)
	}
	v.committed(&done)
	return nil
}

// committed shows to people what became of a change.
func (v *invocation) committed(done *client.Committed) {
	if !done.Changed {
		fmt.Fprintf(v.out, "Nothing changed: revision %d had it so already.\n", done.Revision)
		return
	}
	fmt.Fprintf(v.out, "Committed as revision %d. To undo it: cohort revert %d\n", done.Revision, done.Revision)
	for i, r := range done.Results {
		if r.Made {
			fmt.Fprintf(v.out, "  edit %d made %s\n", i, r.ID)
		}
		if r.Secret != "" {
			fmt.Fprintf(v.out, "  edit %d secret %s (shown once)\n", i, r.Secret)
		}
	}
	if done.Drifted > 0 {
		fmt.Fprintf(v.out, "%s\n", v.styled(screen.Yellow, fmt.Sprintf("! %d memberships or users' own values had moved since the preview.", done.Drifted)))
	}
}
