// Package imports has the subcommands that bring in what another directory or
// product has exported.
package imports

// An ImportCmd brings in what is elsewhere.
type ImportCmd struct {
	File     importFileCmd     `cmd:"" default:"withargs" help:"Create a directory from a file of cohort export."`
	CSV      importCSVCmd      `cmd:"" name:"csv" help:"Import a table of users, groups, memberships or values."`
	Keycloak importKeycloakCmd `cmd:"" help:"Import the users and groups of a Keycloak realm."`
	LDIF     importLDIFCmd     `cmd:"" name:"ldif" help:"Import the people and groups of an LDIF file."`
	Looker   importLookerCmd   `cmd:"" help:"Copy users, groups, attributes, values and roles from a running Looker."`
}
