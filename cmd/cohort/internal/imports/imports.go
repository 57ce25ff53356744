// Package imports has the subcommands that import what another directory or product exported.
package imports

// An ImportCmd is the group of commands that import.
type ImportCmd struct {
	File     importFileCmd     `cmd:"" default:"withargs" help:"Create a directory from a file of cohort export."`
	CSV      importCSVCmd      `cmd:"" name:"csv" help:"Import a table of users, groups, memberships or values."`
	Keycloak importKeycloakCmd `cmd:"" help:"Import the users and groups of a Keycloak realm."`
	LDIF     importLDIFCmd     `cmd:"" name:"ldif" help:"Import the people and groups of an LDIF file."`
	Looker   importLookerCmd   `cmd:"" help:"Copy users, groups, attributes, values and roles from a running Looker."`
}
