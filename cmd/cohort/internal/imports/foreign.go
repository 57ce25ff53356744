package imports

import (
	"fmt"

	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/job"
	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/foreign"
	"cohort/internal/reconcile"
)

// maxForeign is the largest number of bytes of a file of another product.
const maxForeign = 1 << 30

// An importKeycloakCmd imports a Keycloak realm.
type importKeycloakCmd struct {
	copyFlags
	File   string `arg:"" help:"the export of a realm, in JSON; - is standard input"`
	Source string `default:"keycloak" placeholder:"NAME" help:"the source of the ids of users and groups"`
	cli.StoppedFlags
}

// Help returns the details of the command's help.
func (*importKeycloakCmd) Help() string {
	return `Imports groups with their attributes and subgroups, and users with their groups and attributes. An attribute with several values anywhere becomes a list; the nearest group decides. Each object is known by its id in the realm, so that the import can be repeated. What has no counterpart here (roles, clients, passwords) is listed.

Examples:

  cohort import keycloak realm-export.json --dry-run
  cohort import keycloak realm-export.json`
}

// Run imports the realm.
func (c *importKeycloakCmd) Run(v *cli.Invocation) error {
	return importForeign(v, c.File, c.Source, nil, c.copyFlags, foreign.Keycloak)
}

// An importLDIFCmd imports the entries of an LDAP directory.
type importLDIFCmd struct {
	copyFlags
	File   string   `arg:"" help:"the entries, in LDIF; - is standard input"`
	Source string   `default:"ldap" placeholder:"NAME" help:"the source of the entryUUID or DN of people and groups"`
	Values []string `placeholder:"NAME,…" help:"attributes of people and groups that become values"`
	cli.StoppedFlags
}

// Help returns the details of the command's help.
func (*importLDIFCmd) Help() string {
	return `Imports groups (groupOfNames, groupOfUniqueNames), which may contain groups, and people (inetOrgPerson) with givenName, sn and mail. The attributes in --values become values; one with several values anywhere becomes a list, and the nearest group decides. What has no counterpart here is listed.

Examples:

  cohort import ldif people.ldif --values departmentNumber,employeeType --dry-run
  cohort import ldif people.ldif`
}

// Run imports the entries.
func (c *importLDIFCmd) Run(v *cli.Invocation) error {
	return importForeign(v, c.File, c.Source, c.Values, c.copyFlags, foreign.LDIF)
}

// importForeign imports a file of another product.
func importForeign(v *cli.Invocation,
	file, source string, values []string, flags copyFlags, read func([]byte, foreign.Options) (*foreign.Import, error),
) (err error) {
	data, err := v.ReadFile(file, maxForeign)
	if err != nil {
		return err
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	live, language, err := reconcile.Read(v.Context, server, true, job.ShowReading(v))
	if err != nil {
		return err
	}
	types := map[string]directory.Type{}
	for i := range live.Attributes {
		types[live.Attributes[i].Name] = live.Attributes[i].Type
	}
	in, err := read(data, foreign.Options{
		Source: source, Values: values, TypeOf: func(name string) (directory.Type, bool) {
			t, ok := types[name]
			return t,
				ok
		},
	})
	if err != nil {
		return cli.WrongUsage(fmt.Errorf("%s: %w", file, err))
	}
	j := &copyJob{
		copyFlags: flags, v: v, server: server, from: file, source: source, nameOf: in.NameOf, about: string(data),
	}
	for _, m := range in.Missed {
		j.missed = append(j.missed, importMissed(m))
	}
	j.plan(in.State, live, desired.Options{Language: language, Exclusive: true, LeaveTaken: true})
	return j.do()
}
