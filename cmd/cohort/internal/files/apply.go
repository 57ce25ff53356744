package files

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/job"
	"cohort/internal/declared"
)

// An ApplyCmd commits edits, or brings the directory to declared state.
type ApplyCmd struct {
	cli.ObjectFormat
	Files   []string `arg:"" name:"file" help:"declared state, in YAML or JSON: files or folders; or one file of edits in JSON; - is standard input"`
	Comment string   `help:"why, for the history" placeholder:"TEXT"`
	Expect  string   `help:"declared state: refuse if the plan has another fingerprint" placeholder:"FINGERPRINT"`
	InParts bool     `help:"declared state: commit a plan of more than 10,000 edits in several changes, under one request id"`
	Token   string   `help:"edits: the token of a preview; refuse if its basis has changed" placeholder:"TOKEN"`
	Strict  bool     `help:"with a token: refuse also if only memberships have changed since"`
	Key     string   `help:"edits: a name for this request; repeating it within a day has no second effect" placeholder:"KEY"`
	job.Flags
	planning
}

// Help returns the details of the command's help.
func (*ApplyCmd) Help() string {
	return `Declared state begins with "cohort: 1" and says by name what should exist; see cohort plan. Applying it twice changes nothing. All of it is applied together, or nothing.

A file of edits contains "edits", as for cohort preview. All edits are committed together, or none.

Examples:

  cohort apply directory/ --prune --comment "merge 1234"
  cohort apply directory/ --expect 1f6f1c9d0b7e3a52
  cohort apply edits.json --comment "new regions"
  cohort apply edits.json --token abc --strict`
}

// Run detects the format and applies the files.
func (c *ApplyCmd) Run(v *cli.Invocation) error {
	format, err := formatOf(v, c.Files)
	switch {
	case err != nil:
		return err
	case format == declared.FormatDeclared:
		return c.applyDeclared(v)
	}
	return c.applyEdits(v)
}

// formatOf is the format of files. A folder is declared state.
func formatOf(v *cli.Invocation, files []string) (declared.Format, error) {
	if info, err := os.Stat(files[0]); err == nil && info.IsDir() || len(files) > 1 {
		return declared.FormatDeclared, nil
	}
	data, err := v.ReadFile(files[0], maxDeclared)
	if err != nil {
		return declared.FormatUnknown, err
	}
	if files[0] == "-" {
		v.Stdin = bytes.NewReader(data) // for the second read
	}
	format, err := declared.FormatOf(data)
	if err != nil && bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return format, cli.WrongUsage(fmt.Errorf("%s: %w", files[0], err))
	}
	if format != declared.FormatUnknown {
		return format, nil
	}
	return format, cli.WrongUsage(fmt.Errorf("%s is neither declared state, which begins with cohort: 1, nor edits%s",
		files[0], otherCommand(files[0])))
}

// otherCommand names the command for a file that apply does not read.
func otherCommand(file string) string {
	switch filepath.Ext(file) {
	case ".csv", ".tsv", ".txt":
		return "; a table is brought in with cohort import csv " + file
	case ".ldif":
		return "; it is brought in with cohort import ldif " + file
	case ".jsonl", ".gz":
		return "; an export is made a directory with cohort import " + file
	case ".json":
		return "; a Keycloak realm is brought in with cohort import keycloak " + file
	}
	return ""
}

// applyEdits commits edits as one change.
func (c *ApplyCmd) applyEdits(v *cli.Invocation) error {
	change, err := readChange(v, c.Files[0])
	if err != nil {
		return err
	}
	change.Comment = cmp.Or(c.Comment, change.Comment)
	change.Token, change.Strict = cmp.Or(c.Token, change.Token), c.Strict || change.Strict
	if c.Request != "" {
		return cli.WrongUsage(errors.New("--request is for declared state"))
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	done, err := server.Commit(v.Context, change, c.Key)
	if err != nil {
		return err
	}
	if c.ForPrograms() {
		return v.WriteObject(c.Format(), done)
	}
	v.ShowCommitted(&done)
	return nil
}
