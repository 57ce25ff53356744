package operate

import (
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/config"
)

// A ConfigCmd is the group of commands about settings.
type ConfigCmd struct {
	Print configPrintCmd `cmd:"" help:"Print every setting with its value and origin."`
}

// A configPrintCmd prints the settings that serve would use.
type configPrintCmd struct {
	JSON bool `name:"json" help:"write JSON"`
	config.Config
}

// Help returns the details of the command's help.
func (*configPrintCmd) Help() string {
	return `Secrets are shown as (set). A name is both a flag and a key in a settings file. Names that begin with COHORT_ can be set in the environment only.

Examples:

  cohort config print
  cohort config print --config cohort.toml --json`
}

// Run prints the settings.
func (c *configPrintCmd) Run(v *cli.Invocation) error {
	_, sources, err := v.Settings()
	if err != nil {
		return err
	}
	if c.JSON {
		type setting struct {
			Value  string        `json:"value"`
			Origin config.Origin `json:"origin"`
		}
		all := map[string]setting{}
		for _, s := range sources {
			all[s.Name] = setting{s.Value, s.Origin}
		}
		return v.WriteJSON(all)
	}
	rows := [][]string{{"SETTING", "VALUE", "ORIGIN"}}
	for _, s := range sources {
		value := s.Value
		if value == "" {
			value = "-"
		}
		rows = append(rows, []string{s.Name, value, string(s.Origin)})
	}
	v.Table(rows)
	return nil
}
