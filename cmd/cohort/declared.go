package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cohort/client"
	"cohort/internal/declared"
	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/reconcile"
	"cohort/internal/screen"
)

// How much is read of files, and shown of a plan.
const (
	maxDeclared  = 256 << 20 // bytes of all files
	maxSamples   = 5
	maxShownText = 200 // characters of a value in a plan
)

// A planning is what commands have in common that compare declared state with
// a directory.
type planning struct {
	Set           string `placeholder:"NAME" help:"the name of the set, if no file names one; default: the name of the file or folder"`
	Prune         bool   `help:"remove what the set manages and the files no longer contain"`
	Secrets       bool   `help:"write hidden values also where one is set"`
	TakeOver      bool   `help:"take objects from the sets that manage them"`
	Misfits       string `enum:",drop,convert,keep" default:"" placeholder:"drop|convert|keep" help:"what becomes of values that do not fit a new type or constraint; else the change is refused"`
	AllowRemovals int    `placeholder:"N" help:"allow removing up to this many users, groups or memberships; needed above 25 and a tenth of them"`
	stopped
}

// readDeclared reads the files of a set. Of a folder, all YAML and JSON files are
// read, sorted by path.
func (v *invocation) readDeclared(paths []string, set string) (*desired.State, error) {
	var files []declared.File
	total := 0
	for _, path := range paths {
		list, err := declaredFiles(path)
		if err != nil {
			return nil, err
		}
		for _, name := range list {
			data, err := v.readFile(name, maxDeclared-total)
			if err != nil {
				return nil, err
			}
			total += len(data)
			files = append(files, declared.File{Name: name, Data: data})
		}
	}
	if len(files) == 0 {
		return nil, usageError{fmt.Errorf("%s has no file that ends in .yaml, .yml or .json", strings.Join(paths, ", "))}
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
		return nil, usageError{err}
	}
	return state, nil
}

// declaredFiles are the files that a path stands for.
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

// readFile reads a file, or the standard input if it is named -, up to a
// number of bytes.
func (v *invocation) readFile(name string, limit int) ([]byte, error) {
	in := v.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // it was only read
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, int64(limit)+1))
	if err == nil && len(b) > limit {
		err = fmt.Errorf("%s is longer than %d bytes", name, limit)
	}
	return b, err
}

// secret reads the text that a value names: a variable, or a file without the
// line break at its end.
func (v *invocation) secret(value desired.Value) (string, error) {
	if value.Env != "" {
		for _, entry := range v.environ {
			if text, ok := strings.CutPrefix(entry, value.Env+"="); ok {
				return text, nil
			}
		}
		return "", fmt.Errorf("the environment variable %s is not set", value.Env)
	}
	b, err := v.readFile(value.File, directory.MaxValueLen+2)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

// options are those of a plan.
func (p *planning) options(v *invocation) desired.Options {
	return desired.Options{
		Prune: p.Prune, Secrets: p.Secrets, TakeOver: p.TakeOver, Misfits: directory.Misfits(p.Misfits), Secret: v.secret,
	}
}

// plan compares a state with the directory.
func (v *invocation) plan(c *client.Client, state *desired.State, opt desired.Options) (*desired.Plan, error) {
	live, language, err := reconcile.Read(v.ctx, c, state.HasUsers, v.reading())
	if err != nil {
		return nil, err
	}
	opt.Language = language
	return desired.Make(state, live, opt), nil
}

// reading shows how much of the directory has been read.
func (v *invocation) reading() reconcile.Progress {
	var m *meter
	kind := ""
	return func(now string, n int) {
		if kind != now {
			if m != nil {
				m.end()
			}
			kind, m = now, v.meter("read", now, 0, 0)
		}
		m.at(int64(n))
		m.end()
	}
}

// A planReport is a plan for programs.
type planReport struct {
	Changes     []desired.Item    `json:"changes"`
	Affected    *affected         `json:"affected"` // null if it was not counted
	Fingerprint string            `json:"fingerprint"`
	Removals    []desired.Removal `json:"removals"`
	RequestID   string            `json:"request_id,omitempty"`
	Revision    int64             `json:"revision,omitempty"`
}

// affected counts whose answers change.
type affected struct {
	Users  int64 `json:"users"`
	Groups int64 `json:"groups"`
}

func reportOf(p *desired.Plan) (planReport, error) {
	fingerprint, err := p.Fingerprint()
	return planReport{Changes: p.Items(), Fingerprint: fingerprint, Removals: p.Removals}, err
}

// foresee asks the server what a plan does for whom. Objects beyond one change are
// not counted.
func (v *invocation) foresee(c *client.Client, p *desired.Plan) (*client.Preview, error) {
	if p.Len() == 0 || p.Len() > directory.MaxEdits {
		return nil, nil //nolint:nilnil // there is nothing to count, or nobody counts it
	}
	change, err := reconcile.Change(p.Edits(), "")
	if err != nil {
		return nil, err
	}
	preview, err := c.Preview(v.ctx, change)
	return &preview, err
}

// guarded refuses a plan that removes more than is likely meant.
func guarded(p *desired.Plan, allowed int) error {
	var lines []string
	for _, r := range p.Guarded(allowed) {
		lines = append(lines, fmt.Sprintf("this would remove %d of %d %s, more than a tenth; look at the plan, and if it "+
			"is meant: --allow-removals %d", r.Removed, r.Of, r.Kind, r.Removed))
	}
	if lines == nil {
		return nil
	}
	return refusedError{errors.New(strings.Join(lines, "\n"))}
}

// A refusedError ends a command whose work is refused before it begins.
type refusedError struct{ error }

// Unwrap returns why.
func (e refusedError) Unwrap() error { return e.error }

// showItems shows the lines of a plan.
func (v *invocation) showItems(items []desired.Item) {
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
		fmt.Fprintln(v.out, v.planLine(&i, made[object]))
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
	fmt.Fprintf(v.out, "\n%s.\n", v.bold(strings.Join(parts, ", ")))
}

// planLine is one line of a plan: what is done about an object or a field.
func (v *invocation) planLine(i *desired.Item, made bool) string {
	object := i.Kind + " " + plain(i.Key)
	switch {
	case i.Action == desired.Create:
		return v.styled(screen.Green, "+ "+object)
	case i.Action == desired.Remove:
		return v.styled(screen.Yellow, "- "+object)
	case i.Action == desired.Adopt:
		return "= " + object
	case made:
		return v.styled(screen.Green, fmt.Sprintf("+ %s  %s: %s", object, i.Field, short(i.After)))
	}
	return fmt.Sprintf("~ %s  %s: %s → %s", object, i.Field, short(i.Before), short(i.After))
}

// short is a value in one line.
func short(text string) string {
	if text == "" {
		return "(none)"
	}
	if r := []rune(text); len(r) > maxShownText {
		text = string(r[:maxShownText]) + "…"
	}
	return plain(text)
}

// showAffected says whose answers change, with examples.
func (v *invocation) showAffected(p *client.Preview, edits int) {
	if p == nil {
		fmt.Fprintf(v.out, "Whose answers change is not counted: there are %d edits, and one change has at most %d.\n", edits,
			directory.MaxEdits)
		return
	}
	groups := fmt.Sprintf("%d groups", p.Groups)
	if p.Groups == 1 {
		groups = "1 group"
	}
	fmt.Fprintf(v.out, "Another value for %s and %s.\n", users(p.Affected), groups)
	shown := 0
	for _, s := range p.Sample {
		if s.Before.Origin == "system" || s.After.Origin == "system" {
			continue // a field of the user, which the plan shows
		}
		if shown++; shown > maxSamples {
			break
		}
		fmt.Fprintf(v.out, "  before  %s\n  after   %s\n", plain(s.Before.Summary), plain(s.After.Summary))
	}
	for _, w := range p.Warnings {
		fmt.Fprintln(v.out, v.styled(screen.Yellow, "! "+plain(w.Message)))
	}
}
