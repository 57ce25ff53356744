package files

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/job"
	"cohort/internal/declared"
	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/reconcile"
	"cohort/internal/screen"
)

// Limits of what is read of files and shown of a plan.
const (
	maxDeclared  = 256 << 20 // bytes of all files
	maxSamples   = 5
	maxShownText = 200 // characters of a value in a plan
)

// planning are the flags of commands that compare declared state with a directory.
type planning struct {
	Set           string `placeholder:"NAME" help:"the name of the set, if no file names one; default: the name of the file or folder"`
	Prune         bool   `help:"remove what the set manages and the files no longer contain"`
	Secrets       bool   `help:"write hidden values also where one is set"`
	TakeOver      bool   `help:"take objects from the sets that manage them"`
	Misfits       string `enum:",drop,convert,keep" default:"" placeholder:"drop|convert|keep" help:"what becomes of values that do not fit a new type or constraint; else the change is refused"`
	AllowRemovals int    `placeholder:"N" help:"allow removing up to this many users, groups or memberships; needed above 25 and a tenth of them"`
	cli.StoppedFlags
}

// readDeclared reads the files of a set. Of a folder it reads all YAML and JSON files, sorted
// by path.
func readDeclared(v *cli.Invocation, paths []string, set string) (*desired.State, error) {
	var files []declared.File
	total := 0
	for _, path := range paths {
		list, err := declaredFiles(path)
		if err != nil {
			return nil, err
		}
		for _, name := range list {
			data, err := v.ReadFile(name, maxDeclared-total)
			if err != nil {
				return nil, err
			}
			total += len(data)
			files = append(files, declared.File{Name: name, Data: data})
		}
	}
	if len(files) == 0 {
		return nil, cli.WrongUsage(fmt.Errorf("%s has no file that ends in .yaml, .yml or .json", strings.Join(paths, ", ")))
	}
	if set == "" && paths[0] != "-" {
		base := filepath.Base(filepath.Clean(paths[0]))
		if base == "." || base == ".." {
			if full, err := filepath.Abs(paths[0]); err == nil {
				base = filepath.Base(full)
			}
		}
		set = strings.TrimSuffix(base, filepath.Ext(base))
	}
	state, err := declared.Read(files, set)
	if err != nil {
		return nil, cli.WrongUsage(err)
	}
	return state, nil
}

// declaredFiles lists the files of a path.
func declaredFiles(path string) ([]string, error) {
	if path == "-" {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	var list []string
	err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != path && strings.HasPrefix(entry.Name(), ".") {
				return filepath.SkipDir // such as .git
			}
			return nil
		}
		if slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name)) {
			list = append(list, name)
		}
		return nil
	})
	slices.Sort(list)
	return list, err
}

// options are the options of a plan.
func (p *planning) options(v *cli.Invocation) desired.Options {
	return desired.Options{
		Prune: p.Prune, Secrets: p.Secrets, TakeOver: p.TakeOver, Misfits: directory.Misfits(p.Misfits), Secret: v.Secret,
	}
}

// plan compares a state with the directory.
func plan(v *cli.Invocation, c *client.Client, state *desired.State, opt desired.Options) (*desired.Plan, error) {
	live, language, err := reconcile.Read(v.Context, c, state.HasUsers, job.ShowReading(v))
	if err != nil {
		return nil, err
	}
	opt.Language = language
	return desired.Make(state, live, opt), nil
}

// A planReport is a plan as JSON.
type planReport struct {
	Changes     []desired.Item    `json:"changes"`
	Affected    *affected         `json:"affected"` // null if it was not counted
	Fingerprint string            `json:"fingerprint"`
	Removals    []desired.Removal `json:"removals"`
	RequestID   string            `json:"request_id,omitempty"`
	Revision    int64             `json:"revision,omitempty"`
}

// affected counts the users and groups whose effective values change.
type affected struct {
	Users  int64 `json:"users"`
	Groups int64 `json:"groups"`
}

func reportOf(p *desired.Plan) (planReport, error) {
	fingerprint, err := p.Fingerprint()
	return planReport{Changes: p.Items(), Fingerprint: fingerprint, Removals: p.Removals}, err
}

// foresee asks the server for a preview of a plan; nil if the plan is empty or larger than one
// change.
func foresee(v *cli.Invocation, c *client.Client, p *desired.Plan) (*client.Preview, error) {
	if p.Len() == 0 || p.Len() > directory.MaxEdits {
		return nil, nil //nolint:nilnil // there is nothing to count, or nobody counts it
	}
	change, err := reconcile.Change(p.Edits(), "")
	if err != nil {
		return nil, err
	}
	preview, err := c.Preview(v.Context, change)
	return &preview, err
}

// showItems shows a plan to people.
func showItems(v *cli.Invocation, items []desired.Item) {
	counts := map[desired.Action]int{}
	made := map[string]bool{}
	for _, i := range items {
		object := i.Kind + " " + i.Key
		if i.Action == desired.Create {
			made[object] = true
		}
		if i.Field == "" {
			counts[i.Action]++
		} else {
			counts[desired.Change]++
		}
		fmt.Fprintln(v.Stdout, planLine(v, &i, made[object]))
	}
	var parts []string
	for _, a := range []struct {
		action desired.Action
		text   string
	}{{desired.Create, "to create"}, {desired.Change, "to change"}, {desired.Remove, "to remove"},
		{desired.Adopt, "to adopt"}} {
		if n := counts[a.action]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, a.text))
		}
	}
	fmt.Fprintf(v.Stdout, "\n%s.\n", v.Bold(strings.Join(parts, ", ")))
}

// planLine is a line of a plan: what is done to an object or a field. made says that the plan
// creates the object.
func planLine(v *cli.Invocation, i *desired.Item, made bool) string {
	object := i.Kind + " " + cli.Plain(i.Key)
	switch {
	case i.Action == desired.Create:
		return v.Styled(screen.Green, "+ "+object)
	case i.Action == desired.Remove:
		return v.Styled(screen.Yellow, "- "+object)
	case i.Action == desired.Adopt:
		return "= " + object
	case made:
		return v.Styled(screen.Green, fmt.Sprintf("+ %s  %s: %s", object, i.Field, short(i.After)))
	}
	return fmt.Sprintf("~ %s  %s: %s → %s", object, i.Field, short(i.Before), short(i.After))
}

// short is a value in one line, cut if it is long.
func short(text string) string {
	if text == "" {
		return "(none)"
	}
	if r := []rune(text); len(r) > maxShownText {
		text = string(r[:maxShownText]) + "…"
	}
	return cli.Plain(text)
}

// showAffected says for how many users and groups values change, with examples.
func showAffected(v *cli.Invocation, p *client.Preview, edits int) {
	if p == nil {
		fmt.Fprintf(v.Stdout, "The changed values are not counted: there are %d edits, and one change has at most %d.\n",
			edits,
			directory.MaxEdits)
		return
	}
	fmt.Fprintf(v.Stdout, "Another value for %s and %s.\n", cli.UserCount(p.Affected), cli.Count(p.Groups, "group"))
	shown := 0
	for _, s := range p.Sample {
		if s.Before.Origin == "system" || s.After.Origin == "system" {
			continue // a field of the user, which the plan itself shows
		}
		if shown++; shown > maxSamples {
			break
		}
		fmt.Fprintf(v.Stdout, "  before  %s\n  after   %s\n", cli.Plain(s.Before.Summary), cli.Plain(s.After.Summary))
	}
	for _, w := range p.Warnings {
		fmt.Fprintln(v.Stdout, v.Styled(screen.Yellow, "! "+cli.Plain(w.Message)))
	}
}
