package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/alecthomas/kong"

	"cohort/client"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/screen"
)

// A cli is the command line: one field for each subcommand.
type cli struct {
	Profile    string           `placeholder:"NAME" help:"the server and credential that cohort login --profile NAME stored"`
	VersionToo kong.VersionFlag `name:"version" help:"print the version"`

	Serve      serveCmd      `cmd:"" help:"Serve the directory over HTTP."`
	Demo       demoCmd       `cmd:"" help:"Show on sample data whose values a call changes, and why."`
	Login      loginCmd      `cmd:"" help:"Log in to a server, and remember it for later commands."`
	Logout     logoutCmd     `cmd:"" help:"Remove a profile of cohort login."`
	Profiles   profileCmd    `cmd:"" name:"profile" help:"List the profiles of cohort login."`
	User       userCmd       `cmd:"" help:"List, show, create, change and delete users."`
	Group      groupCmd      `cmd:"" help:"List, show, create, change and delete groups, and who is in them."`
	Attribute  attributeCmd  `cmd:"" help:"List, show, create, change and delete attributes."`
	Role       roleCmd       `cmd:"" help:"List, show, create, change, give and take roles."`
	Credential credentialCmd `cmd:"" help:"List, create, rotate and delete credentials."`
	App        appCmd        `cmd:"" help:"Create applications that read effective values."`
	Set        setCmd        `cmd:"" help:"Set values of a group or a user."`
	Unset      unsetCmd      `cmd:"" help:"Remove values of a group or a user."`
	Effective  effectiveCmd  `cmd:"" help:"Show the effective values of a user."`
	Explain    explainCmd    `cmd:"" help:"Show why a user has a value."`
	History    historyCmd    `cmd:"" help:"Show how and when a user's value changed, and why."`
	Holders    holdersCmd    `cmd:"" help:"List the users who have a value."`
	Matrix     matrixCmd     `cmd:"" help:"Write users and their effective values as a table."`
	Lint       lintCmd       `cmd:"" help:"List what may be a mistake."`
	Plan       planCmd       `cmd:"" help:"Show what declared state would change, without changing it."`
	Diff       diffCmd       `cmd:"" help:"Show the differences between two directories, by name."`
	Preview    previewCmd    `cmd:"" help:"Show whose values a change would alter, without making it."`
	Apply      applyCmd      `cmd:"" help:"Commit a change, or bring a directory to declared state."`
	Log        logCmd        `cmd:"" help:"Show who changed what, and when."`
	Revert     revertCmd     `cmd:"" help:"Undo a change."`
	Prune      pruneCmd      `cmd:"" help:"Remove the details of old changes from the history."`
	SCIM       scimCmd       `cmd:"" help:"Manage the identity providers that use SCIM."`
	SignIn     signInLinkCmd `cmd:"" name:"sign-in-link" help:"Create a link that signs a person in to the console once."`
	Session    sessionCmd    `cmd:"" help:"List and end sessions of the console."`
	Import     importCmd     `cmd:"" help:"Import users, groups and values from elsewhere."`
	Export     exportCmd     `cmd:"" help:"Write a directory to a text file."`
	Migrate    migrateCmd    `cmd:"" help:"Move a directory to another database, with its history."`
	Verify     verifyCmd     `cmd:"" help:"Check a directory, and report what is wrong."`
	Backup     backupCmd     `cmd:"" help:"Copy a directory to a file."`
	Restore    restoreCmd    `cmd:"" help:"Create a directory from a backup."`
	Health     healthCmd     `cmd:"" help:"Ask a server whether it is healthy."`
	Load       loadCmd       `cmd:"" help:"Send requests to servers at a fixed rate, and check every answer."`
	Admin      adminCmd      `cmd:"" help:"Regain access to a directory."`
	Config     configCmd     `cmd:"" help:"Show the settings."`
	Completion completionCmd `cmd:"" help:"Print the completion script for a shell."`
	Complete   completeCmd   `cmd:"" hidden:""`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// An invocation is what a subcommand runs with.
type invocation struct {
	terminal
	ctx     context.Context
	flags   config.Flags
	environ []string
	screen  screen.Screen  // what is known of whoever reads the output
	profile string         // of --profile
	server  account        // the server that was asked, once there is one
	asked   *client.Client // how the server or the stopped directory is asked
	ended   func() error   // closes the stopped directory; nil if there is none
	model   *kong.Node     // all commands, for completion
}

// settings loads all settings; an invalid setting is a usageError.
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
	v.screen = screen.Of(term.out, v.env)
	return v.run(args)
}

// run is run for somebody of whose screen is known what it is.
func (v *invocation) run(args []string) int {
	helped := false
	line := &cli{}
	parser, err := v.parser(line, func() { helped = true })
	if err != nil {
		fmt.Fprintln(v.err, "cohort:", err)
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
		return v.fail(usageError{misuse(err)})
	}
	v.profile, v.model = line.Profile, parser.Model.Node
	return v.runPaged(command)
}

// parser reads command lines into line, and says when it has answered itself, with help
// or the version.
func (v *invocation) parser(line *cli, helped func()) (*kong.Kong, error) {
	return kong.New(line,
		kong.Name("cohort"),
		kong.Description("A directory of users, groups and typed attributes. It answers which value a user has, and why."),
		kong.Writers(v.out, v.err),
		kong.Exit(func(int) { helped() }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110, FlagsLast: true}),
		kong.ValueFormatter(config.Help),
		kong.Vars{"version": "cohort " + app.ThisBuild().Version, "default_url": defaultURL},
		v.flags.Option(),
	)
}

// misuse adds to a mistake in the command line where its help is.
func misuse(err error) error {
	parse, ok := errors.AsType[*kong.ParseError](err)
	if !ok || parse.Context == nil || parse.Context.Selected() == nil {
		return fmt.Errorf("%w; cohort --help lists the commands", err)
	}
	return fmt.Errorf("%w; see cohort %s --help", err, commandName(parse.Context.Selected()))
}

// commandName is how a command is called.
func commandName(n *kong.Node) string {
	if n.Parent == nil || n.Parent.Type == kong.ApplicationNode {
		return n.Name
	}
	return commandName(n.Parent) + " " + n.Name
}

// runPaged runs the command. An answer for a person that is longer than the
// screen goes through a pager.
func (v *invocation) runPaged(command *kong.Context) int {
	var long bytes.Buffer
	out := v.out
	_, asked := reflect.TypeAssert[interface{ asked() }](command.Selected().Target.Addr())
	if asked && v.screen.Person {
		v.out = &long
	}
	err := command.Run(v)
	if v.ended != nil {
		err = errors.Join(err, v.ended())
	}
	if long.Len() > 0 {
		v.out = out
		err = errors.Join(err, v.screen.Page(v.ctx, v.out, long.Bytes(), v.environ, v.env))
	}
	if err != nil {
		return v.fail(err)
	}
	return exitDone
}
