package main

import (
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/app"
)

// A versionCmd prints the version of the program.
type versionCmd struct {
	JSON bool `name:"json" help:"write JSON"`
}

// Run prints the build.
func (c *versionCmd) Run(v *cli.Invocation) error {
	b := app.ThisBuild()
	if c.JSON {
		return v.WriteJSON(b)
	}
	v.Table([][]string{{"cohort", b.Version}, {"revision", b.Revision}, {"go", b.Go}, {"platform", b.Platform}})
	return nil
}
