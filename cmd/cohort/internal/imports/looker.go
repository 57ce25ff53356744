package imports

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/job"
	"cohort/internal/lookercopy"
	"cohort/internal/reconcile"
)

// An importLookerCmd copies from an instance with the Looker API.
type importLookerCmd struct {
	copyFlags
	From   string `required:"" placeholder:"URL" help:"the instance to copy from"`
	Source string `default:"looker" placeholder:"NAME" help:"the source of the ids of copied objects"`
	Mode   string `default:"update" enum:"update,full" help:"update: create and change; full: also remove what the source no longer contains"`
	Values bool   `default:"true" negatable:"" help:"copy users' own values, too; this takes a request for each user"`
}

// Help returns the details of the command's help.
func (*importLookerCmd) Help() string {
	return `Reads the instance at --from through its API, with the credentials in COHORT_FROM_CLIENT_ID and COHORT_FROM_CLIENT_SECRET, prints what it will do and what cannot be copied, and does it on the server at COHORT_URL. Nobody gets more permissions than the source gives.

Nothing is removed, except with --mode full. Then objects with an id of the source that the source no longer has are deleted, and copied users and groups lose the memberships, parents, roles and values that the source no longer has, as far as the group, role or attribute was copied; roles include the built-in ones. What exists only here stays.

Each object of the source becomes one object here, known by its id in the source; running the copy again updates it. An object without such an id is adopted if it is the only one with the identical name, or login e-mail, and has no permissions that the source does not give. Refused objects do not stop the others; the exit status is 3 then.

Examples:

  cohort import looker --from https://example.cloud.looker.com --dry-run
  cohort import looker --from https://example.cloud.looker.com --check
  cohort import looker --from https://example.com:19999 --mode full`
}

// Run copies the instance.
func (c *importLookerCmd) Run(v *cli.Invocation) error {
	env := map[string]string{}
	for _, entry := range v.Environ {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	id, secret := env["COHORT_FROM_CLIENT_ID"], env["COHORT_FROM_CLIENT_SECRET"]
	if id == "" || secret == "" {
		return cli.WrongUsage(errors.New("set COHORT_FROM_CLIENT_ID and COHORT_FROM_CLIENT_SECRET: credentials of the " +
			"instance to copy from"))
	}
	full := c.Mode == "full"
	if full && !c.Values {
		return cli.WrongUsage(errors.New("--mode full needs the values of users: remove --no-values"))
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	progress := progress(v)
	source, err := lookercopy.NewSource(c.From, id, secret).Read(v.Context, c.Values, progress)
	if err != nil {
		return fmt.Errorf("read %s: %w", c.From, err)
	}
	live, language, err := reconcile.Read(v.Context, server, true, job.ShowReading(v))
	if err != nil {
		return err
	}
	copied := lookercopy.NewCopy(source, c.Source)
	j := &copyJob{copyFlags: c.copyFlags, v: v, server: server, from: c.From, source: c.Source, nameOf: copied.NameOf}
	for _, m := range copied.Missed {
		j.missed = append(j.missed, importMissed(m))
	}
	j.plan(copied.State, live, copied.Options(live, language, full))
	return j.do()
}

// progress reports the progress of a copy to the error stream, at most once a second.
func progress(v *cli.Invocation) lookercopy.Progress {
	last, what := time.Now(), ""
	return func(now string, done, total int) {
		if time.Since(last) < time.Second && done != total || total == 1 || now == what && done == total &&
			time.Since(last) < time.Second {
			return
		}
		last, what = time.Now(), now
		if total == 0 {
			fmt.Fprintf(v.Stderr, "cohort: %s: %d\n", now, done)
			return
		}
		fmt.Fprintf(v.Stderr, "cohort: %s: %d of %d\n", now, done, total)
	}
}
