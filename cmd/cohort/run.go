package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"cohort/internal/app"
	"cohort/internal/config"
)

// Exit statuses of the program.
const (
	exitDone   = 0
	exitFailed = 1 // it could not be done, or something is wrong with what was looked at
	exitUsage  = 2 // the command line or a setting is wrong
)

// A cli is the command line: one field for each subcommand.
type cli struct {
	Serve     serveCmd      `cmd:"" help:"Serve the directory over HTTP."`
	Demo      demoCmd       `cmd:"" help:"Show on sample data what one call changes for whom, and why."`
	Effective effectiveCmd  `cmd:"" help:"Show which values a user has."`
	Explain   explainCmd    `cmd:"" help:"Show why a user has a value."`
	Preview   previewCmd    `cmd:"" help:"Show what a change would do for whom, and do nothing."`
	Apply     applyCmd      `cmd:"" help:"Make a change."`
	Log       logCmd        `cmd:"" help:"Show who changed what, and when."`
	Revert    revertCmd     `cmd:"" help:"Undo a change."`
	SignIn    signInLinkCmd `cmd:"" name:"sign-in-link" help:"Make a link that signs a person in to the console once."`
	Session   sessionCmd    `cmd:"" help:"Look at who is signed in to the console."`
	Import    importCmd     `cmd:"" help:"Bring in what is elsewhere."`
	Export    exportCmd     `cmd:"" help:"Write a directory as text."`
	Migrate   migrateCmd    `cmd:"" help:"Move a directory to another database, with its history."`
	Verify    verifyCmd     `cmd:"" help:"Check a directory, and say what is wrong with it."`
	Backup    backupCmd     `cmd:"" help:"Copy a directory into a file."`
	Restore   restoreCmd    `cmd:"" help:"Make a directory of a backup."`
	Health    healthCmd     `cmd:"" help:"Ask a server whether it can do its work."`
	Load      loadCmd       `cmd:"" help:"Drive servers at a fixed rate, and check every answer."`
	Config    configCmd     `cmd:"" help:"Look at the settings."`
	Version   versionCmd    `cmd:"" help:"Say which version this is."`
}

// A usageError is a mistake of whoever typed the command or wrote the settings.
type usageError struct{ error }

// Unwrap returns what is wrong.
func (e usageError) Unwrap() error { return e.error }

// An invocation is what a subcommand runs with.
type invocation struct {
	terminal
	ctx     context.Context
	flags   config.Flags
	environ []string
}

// settings loads all settings; what is wrong with them is a usageError.
func (v *invocation) settings() (config.Config, []config.Source, error) {
	c, sources, err := config.Load(v.flags, v.environ)
	if err != nil {
		err = usageError{err}
	}
	return c, sources, err
}

// run does what the arguments say and returns the exit status.
func run(ctx context.Context, args, environ []string, term terminal) int {
	v := &invocation{terminal: term, ctx: ctx, flags: config.Flags{}, environ: environ}
	helped := false
	parser, err := kong.New(&cli{},
		kong.Name("cohort"),
		kong.Description("A directory of users, groups and typed attributes. It answers which value a user has, and why."),
		kong.Writers(term.out, term.err),
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110, FlagsLast: true}),
		kong.ValueFormatter(config.Help),
		v.flags.Option(),
	)
	if err != nil {
		fmt.Fprintln(term.err, "cohort:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if helped {
		return exitDone
	}
	if err != nil {
		return v.fail(usageError{err})
	}
	if err := command.Run(v); err != nil {
		return v.fail(err)
	}
	return exitDone
}

// fail says what went wrong and gives the status.
func (v *invocation) fail(err error) int {
	if errors.Is(err, errFound) {
		return exitFailed
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintln(v.err, "cohort:", line)
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[app.SettingError](err); ok {
		return exitUsage
	}
	return exitFailed
}

// errFound ends a command that did its work and has told what is wrong with
// what it looked at.
var errFound = errors.New("something is wrong")
