package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/alecthomas/kong"

	"cohort/cmd/cohort/internal/access"
	"cohort/cmd/cohort/internal/changes"
	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/files"
	"cohort/cmd/cohort/internal/imports"
	"cohort/cmd/cohort/internal/object"
	"cohort/cmd/cohort/internal/operate"
	"cohort/cmd/cohort/internal/query"
	"cohort/cmd/cohort/internal/serve"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/screen"
)

// commands are the subcommands and the flags that all of them have.
type commands struct {
	Profile    string           `placeholder:"NAME" help:"the server and credential that cohort login --profile NAME stored"`
	VersionToo kong.VersionFlag `name:"version" help:"print the version"`

	Serve      serve.ServeCmd       `cmd:"" help:"Serve the directory over HTTP."`
	Demo       serve.DemoCmd        `cmd:"" help:"Show on sample data whose values a call changes, and why."`
	Login      access.LoginCmd      `cmd:"" help:"Log in to a server, and remember it for later commands."`
	Logout     access.LogoutCmd     `cmd:"" help:"Remove a profile of cohort login."`
	Profiles   access.ProfileCmd    `cmd:"" name:"profile" help:"List the profiles of cohort login."`
	User       object.UserCmd       `cmd:"" help:"List, show, create, change and delete users."`
	Group      object.GroupCmd      `cmd:"" help:"List, show, create, change and delete groups, and who is in them."`
	Attribute  object.AttributeCmd  `cmd:"" help:"List, show, create, change and delete attributes."`
	Role       access.RoleCmd       `cmd:"" help:"List, show, create, change, give and take roles."`
	Credential access.CredentialCmd `cmd:"" help:"List, create, rotate and delete credentials."`
	App        access.AppCmd        `cmd:"" help:"Create applications that read effective values."`
	Set        object.SetCmd        `cmd:"" help:"Set values of a group or a user."`
	Unset      object.UnsetCmd      `cmd:"" help:"Remove values of a group or a user."`
	Effective  query.EffectiveCmd   `cmd:"" help:"Show the effective values of a user."`
	Explain    query.ExplainCmd     `cmd:"" help:"Show why a user has a value."`
	History    query.HistoryCmd     `cmd:"" help:"Show how and when a user's value changed, and why."`
	Holders    query.HoldersCmd     `cmd:"" help:"List the users who have a value."`
	Matrix     query.MatrixCmd      `cmd:"" help:"Write users and their effective values as a table."`
	Lint       query.LintCmd        `cmd:"" help:"List what may be a mistake."`
	Plan       files.PlanCmd        `cmd:"" help:"Show what declared state would change, without changing it."`
	Diff       files.DiffCmd        `cmd:"" help:"Show the differences between two directories, by name."`
	Preview    files.PreviewCmd     `cmd:"" help:"Show whose values a change would alter, without making it."`
	Apply      files.ApplyCmd       `cmd:"" help:"Commit a change, or bring a directory to declared state."`
	Log        changes.LogCmd       `cmd:"" help:"Show who changed what, and when."`
	Revert     changes.RevertCmd    `cmd:"" help:"Undo a change."`
	Prune      changes.PruneCmd     `cmd:"" help:"Remove the details of old changes from the history."`
	SCIM       access.ScimCmd       `cmd:"" help:"Manage the identity providers that use SCIM."`
	SignIn     access.SignInLinkCmd `cmd:"" name:"sign-in-link" help:"Create a link that signs a person in to the console once."`
	Session    access.SessionCmd    `cmd:"" help:"List and end sessions of the console."`
	Import     imports.ImportCmd    `cmd:"" help:"Import users, groups and values from elsewhere."`
	Export     files.ExportCmd      `cmd:"" help:"Write a directory to a text file."`
	Migrate    operate.MigrateCmd   `cmd:"" help:"Move a directory to another database, with its history."`
	Verify     operate.VerifyCmd    `cmd:"" help:"Check a directory, and report what is wrong."`
	Backup     operate.BackupCmd    `cmd:"" help:"Copy a directory to a file."`
	Restore    operate.RestoreCmd   `cmd:"" help:"Create a directory from a backup."`
	Health     operate.HealthCmd    `cmd:"" help:"Ask a server whether it is healthy."`
	Load       operate.LoadCmd      `cmd:"" help:"Send requests to servers at a fixed rate, and check every answer."`
	Admin      operate.AdminCmd     `cmd:"" help:"Regain access to a directory."`
	Config     operate.ConfigCmd    `cmd:"" help:"Show the settings."`
	Completion completionCmd        `cmd:"" help:"Print the completion script for a shell."`
	Complete   completeCmd          `cmd:"" hidden:""`
	Version    versionCmd           `cmd:"" help:"Print the version."`
}

// run runs a command line and returns the exit status.
func run(ctx context.Context, args, environ []string, term cli.Terminal) int {
	v := &cli.Invocation{Terminal: term, Context: ctx, Flags: config.Flags{}, Environ: environ}
	v.Screen = screen.Of(term.Stdout, v.Env)
	return execute(v, args)
}

// execute runs a command line in an invocation whose screen is known.
func execute(v *cli.Invocation, args []string) int {
	helped := false
	line := &commands{}
	parser, err := parser(v, line, func() { helped = true })
	if err != nil {
		fmt.Fprintln(v.Stderr, "cohort:", err)
		return cli.ExitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if helped {
		return cli.ExitDone
	}
	if err != nil {
		return v.Fail(cli.WrongUsage(withHelp(err)))
	}
	v.Profile = line.Profile
	return runPaged(v, command, parser.Model.Node)
}

// parser reads command lines into line. It calls helped when it has printed help or the
// version itself.
func parser(v *cli.Invocation, line *commands, helped func()) (*kong.Kong, error) {
	return kong.New(line,
		kong.Name("cohort"),
		kong.Description("A directory of users, groups and typed attributes. It answers which value a user has, and why."),
		kong.Writers(v.Stdout, v.Stderr),
		kong.Exit(func(int) { helped() }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110, FlagsLast: true}),
		kong.ValueFormatter(config.Help),
		kong.Vars{"version": "cohort " + app.ThisBuild().Version, "default_url": cli.DefaultURL},
		v.Flags.Option(),
	)
}

// withHelp adds to a mistake in the command line which command prints its help.
func withHelp(err error) error {
	parse, ok := errors.AsType[*kong.ParseError](err)
	if !ok || parse.Context == nil || parse.Context.Selected() == nil {
		return fmt.Errorf("%w; cohort --help lists the commands", err)
	}
	return fmt.Errorf("%w; see cohort %s --help", err, commandName(parse.Context.Selected()))
}

// commandName is the name of a command as it is typed: group tree.
func commandName(n *kong.Node) string {
	if n.Parent == nil || n.Parent.Type == kong.ApplicationNode {
		return n.Name
	}
	return commandName(n.Parent) + " " + n.Name
}

// runPaged runs the command. An answer for a person that is longer than the screen goes
// through a pager.
func runPaged(v *cli.Invocation, command *kong.Context, model *kong.Node) int {
	var long bytes.Buffer
	out := v.Stdout
	_, asked := reflect.TypeAssert[interface{ Asked() }](command.Selected().Target.Addr())
	if asked && v.Screen.Person {
		v.Stdout = &long
	}
	err := errors.Join(command.Run(v, model), v.Close())
	if long.Len() > 0 {
		v.Stdout = out
		err = errors.Join(err, v.Screen.Page(v.Context, v.Stdout, long.Bytes(), v.Environ, v.Env))
	}
	if err != nil {
		return v.Fail(err)
	}
	return cli.ExitDone
}
