// Package cli is what every subcommand is made of: the invocation, flags, selectors, edits and
// output. It knows no subcommand.
package cli

import (
	"context"
	"strings"

	"cohort/client"
	"cohort/internal/config"
	"cohort/internal/screen"
)

// An Invocation is one run of a subcommand.
type Invocation struct {
	Terminal
	Context context.Context
	Flags   config.Flags
	Environ []string
	Screen  screen.Screen  // width, colours and whether a person reads the output
	Profile string         // name of --profile
	Server  Account        // the server that was asked; zero before the first request
	asked   *client.Client // client of the server or the stopped directory; nil before the first request
	ended   func() error   // closes the stopped directory; nil without one
}

// Close closes the stopped directory that the command has opened, if there is one.
func (v *Invocation) Close() error {
	if v.ended == nil {
		return nil
	}
	return v.ended()
}

// Settings loads all settings. An invalid setting is a wrong usage.
func (v *Invocation) Settings() (config.Config, []config.Source, error) {
	c, sources, err := config.Load(v.Flags, v.Environ)
	if err != nil {
		err = WrongUsage(err)
	}
	return c, sources, err
}

// Env returns a variable of the environment; empty if it is not set.
func (v *Invocation) Env(name string) string {
	for _, entry := range v.Environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}
