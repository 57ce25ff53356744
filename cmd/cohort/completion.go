package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/directory"
)

// A completionCmd prints the completion script of a shell.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish"`
}

// Help returns the details of the command's help.
func (*completionCmd) Help() string {
	return `The script completes commands, flags, and the names of groups, attributes and roles on the server.

Examples:

  source <(cohort completion bash)
  cohort completion zsh > "${fpath[1]}/_cohort"
  cohort completion fish > ~/.config/fish/completions/cohort.fish`
}

// Run prints the script.
func (c *completionCmd) Run(v *cli.Invocation) error {
	script := map[string]string{
		"bash": `_cohort() {
  local IFS=$'\n'
  COMPREPLY=($(cohort complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  COMPREPLY=("${COMPREPLY[@]// /\\ }")
}
complete -o default -F _cohort cohort
`,
		"zsh": `#compdef cohort
_cohort() {
  local -a found
  found=("${(@f)$(cohort complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if (( ${#found} )) && [[ -n ${found[1]} ]]; then compadd -Q -- "${(@q)found}"; else _files; fi
}
if [ "$funcstack[1]" = "_cohort" ]; then _cohort "$@"; else compdef _cohort cohort; fi
`,
		"fish": `complete -c cohort -f -a '(cohort complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
	}
	_, err := fmt.Fprint(v.Stdout, script[c.Shell])
	return err
}

// A completeCmd prints the completions of the last of some words. Shells call it.
type completeCmd struct {
	Words []string `arg:"" optional:"" passthrough:""`
}

// Run prints one completion a line.
func (c *completeCmd) Run(v *cli.Invocation, model *kong.Node) error {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	last := ""
	if len(words) > 0 {
		last, words = words[len(words)-1], words[:len(words)-1]
	}
	for _, candidate := range complete(v, model, words, last) {
		if _, err := fmt.Fprintln(v.Stdout, cli.Plain(candidate)); err != nil {
			return err
		}
	}
	return nil
}

// complete lists the completions of a word after the words before it.
func complete(v *cli.Invocation, node *kong.Node, before []string, word string) []string {
	at, positional, flag := walk(node, before)
	var all []string
	switch {
	case flag != nil:
		all = candidates(v, flag.Value, word)
	case strings.HasPrefix(word, "-"):
		for _, group := range at.AllFlags(true) {
			for _, f := range group {
				all = append(all, "--"+f.Name)
			}
		}
	case len(at.Children) > 0:
		for _, child := range at.Children {
			if !child.Hidden {
				all = append(all, child.Name)
			}
		}
	case positional < len(at.Positional):
		all = candidates(v, at.Positional[positional], word)
	case len(at.Positional) > 0 && at.Positional[len(at.Positional)-1].IsSlice():
		all = candidates(v, at.Positional[len(at.Positional)-1], word)
	}
	folded := strings.ToLower(word)
	return slices.DeleteFunc(all, func(s string) bool { return !strings.HasPrefix(strings.ToLower(s), folded) })
}

// walk finds the command that words name, how many of its arguments they contain, and the flag
// whose value is the next word, if there is one.
func walk(node *kong.Node, words []string) (at *kong.Node, positional int, flag *kong.Flag) {
	at = node
	for _, word := range words {
		switch {
		case flag != nil:
			flag = nil
		case strings.HasPrefix(word, "-"):
			flag = flagOf(at, word)
		default:
			i := slices.IndexFunc(at.Children, func(c *kong.Node) bool { return c.Name == word })
			if i < 0 {
				positional++
				continue
			}
			at, positional = at.Children[i], 0
		}
	}
	return at, positional, flag
}

// flagOf is the flag that a word names if its value is the next word; nil otherwise.
func flagOf(at *kong.Node, word string) *kong.Flag {
	for _, group := range at.AllFlags(false) {
		for _, f := range group {
			if (word == "--"+f.Name || f.Short != 0 && word == "-"+string(f.Short)) && !f.IsBool() {
				return f
			}
		}
	}
	return nil
}

// completionTime limits how long a person waits for names.
const completionTime = 2 * time.Second

// maxCompletions is the largest number of names that are asked for.
const maxCompletions = "200"

// candidates lists the values that a flag or argument can have: a fixed set, or names from the
// server.
func candidates(v *cli.Invocation, value *kong.Value, word string) []string {
	if value.Enum != "" {
		return value.EnumSlice()
	}
	kind := value.Tag.Get("complete")
	if kind == "" {
		return nil
	}
	if kind == "permission" {
		return directory.AllPermissions.Names()
	}
	server, err := v.Client()
	if err != nil {
		return nil // without a credential only commands are completed
	}
	ctx, cancel := context.WithTimeout(v.Context, completionTime)
	defer cancel()
	return liveNames(ctx, server, kind, word)
}

// liveNames asks the server for names that begin with a text.
func liveNames(ctx context.Context, server *client.Client, kind, word string) []string {
	if strings.ContainsAny(word, "%_:") && kind != "attribute" {
		return nil // these are wildcards, or begin a selector
	}
	query := url.Values{"limit": {maxCompletions}}
	path := "/v1/" + kind + "s"
	switch kind {
	case "role":
		query = nil
	case "attribute":
		query.Set("limit", "1000")
	case "user":
		query.Set("email", word+"%")
	case "group":
		query.Set("name", word+"%")
	}
	var reply map[string]json.RawMessage
	if err := server.Do(ctx, http.MethodGet, path, query, nil, nil, &reply); err != nil {
		return nil // without an answer nothing is completed
	}
	var list []struct {
		Name         string `json:"name"`
		Email        string `json:"email"`
		ContactEmail string `json:"contact_email"`
	}
	if err := json.Unmarshal(reply[kind+"s"], &list); err != nil {
		return nil // the same
	}
	var names []string
	for _, entry := range list {
		name := entry.Name
		if kind == "user" {
			name = cmp.Or(entry.Email, entry.ContactEmail)
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}
