package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
)

// Flags are the settings that stand on the command line, by name. It is made
// empty, handed to kong as an option, and then to Load.
type Flags map[string]string

// Option makes kong put the flags of type "setting" into f, as they were
// written: Load reads them, with all other sources, so that every mistake is
// told at once.
func (f Flags) Option() kong.Option {
	return kong.NamedMapper("setting", kong.MapperFunc(func(ctx *kong.DecodeContext, _ reflect.Value) error {
		var text string
		if err := ctx.Scan.PopValueInto("value", &text); err != nil {
			return err
		}
		f[ctx.Value.Name] = text
		return nil
	}))
}

// Help completes a flag's help by its default and its environment variable.
func Help(v *kong.Value) string {
	if v.Tag == nil || v.Tag.Type != "setting" {
		return v.Help
	}
	env := "$COHORT_" + strings.ToUpper(strings.ReplaceAll(v.Name, "-", "_"))
	if def := v.Tag.Get("def"); def != "" {
		return fmt.Sprintf("%s (default %s; %s)", v.Help, def, env)
	}
	return fmt.Sprintf("%s (%s)", v.Help, env)
}

// An Origin says which source decided a setting.
type Origin string

// A Source is a setting's name, its value as text, and where it came from.
type Source struct {
	Name   string
	Value  string // "(set)" in place of a secret
	Origin Origin
}

// The origins; that of a setting from the file is "file" and its path.
const (
	FromDefault Origin = "default"
	FromFlag    Origin = "flag"
	FromEnv     Origin = "environment"
)

// Load makes a Config of the flags, an environment of KEY=value pairs and the
// file that these name. The sources come in the order of Config's fields. The
// error joins everything that is wrong, each naming its setting as it was
// written.
func Load(flags Flags, environ []string) (Config, []Source, error) {
	l := loader{flags: flags, env: map[string]string{}, file: map[string]string{}}
	for _, pair := range environ {
		if k, v, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(k, "COHORT_") {
			l.env[k] = v
		}
	}
	var c Config
	list := settings(&c)
	l.readFile(list)
	var sources []Source
	for _, s := range list {
		sources = append(sources, l.apply(s))
	}
	l.errs = append(l.errs, c.check()...)
	return c, sources, errors.Join(l.errs...)
}

type loader struct {
	flags Flags
	env   map[string]string
	path  string            // of the file
	file  map[string]string // its settings
	errs  []error
}

// lookup finds the text that decides a setting and how to name it in errors.
func (l *loader) lookup(s setting) (text string, origin Origin, spelled string) {
	if text, ok := l.flags[s.name]; ok {
		return text, FromFlag, "--" + s.name
	}
	if text, ok := l.env[s.env]; ok && (text != "" || s.secret) {
		return text, FromEnv, s.env
	}
	if text, ok := l.file[s.name]; ok {
		return text, Origin("file " + l.path), l.path + ": " + s.name
	}
	return s.def, FromDefault, s.name
}

func (l *loader) apply(s setting) Source {
	text, origin, spelled := l.lookup(s)
	if s.secret && origin != FromDefault && text == "" {
		l.errs = append(l.errs, fmt.Errorf("%s: is set but empty", spelled))
	}
	if text != "" || origin == FromFlag {
		if err := s.set(text); err != nil {
			l.errs = append(l.errs, fmt.Errorf("%s: %w", spelled, err))
		}
	}
	source := Source{Name: s.name, Value: s.text(), Origin: origin}
	if s.envOnly {
		source.Name = s.env
	}
	if s.secret && text != "" {
		source.Value = "(set)"
	}
	return source
}

// readFile reads the file that flag or environment name, if one does.
func (l *loader) readFile(list []setting) {
	known := map[string]bool{}
	for _, s := range list {
		known[s.name] = !s.envOnly
		if s.name == "config" {
			l.path, _, _ = l.lookup(s)
		}
	}
	if l.path == "" {
		return
	}
	b, err := os.ReadFile(l.path)
	if err != nil {
		l.errs = append(l.errs, fmt.Errorf("config: %w", err))
		return
	}
	var keys map[string]any
	if err := toml.Unmarshal(b, &keys); err != nil {
		l.errs = append(l.errs, fmt.Errorf("config: %s: %w", l.path, err))
		return
	}
	for _, key := range sortedKeys(keys) {
		text, ok := fileText(keys[key])
		switch {
		case key == "config":
			l.errs = append(l.errs, fmt.Errorf("%s: %s: a file cannot name another", l.path, key))
		case !known[key]:
			l.errs = append(l.errs, fmt.Errorf("%s: %s: there is no such setting in a file", l.path, key))
		case !ok:
			l.errs = append(l.errs, fmt.Errorf("%s: %s: must be a text, a number, true or false, or a list of texts", l.path,
				key))
		default:
			l.file[key] = text
		}
	}
}
