// Package cli is what every subcommand is made of: the invocation, flags,
// selectors, edits and output. It knows no subcommand.
package cli

import (
	"context"
	"strings"

	"cohort/client"
	"cohort/internal/config"
	"cohort/internal/screen"
)

// An Invocation is what a subcommand runs with.
type Invocation struct {
	Terminal
	Context context.Context
	Flags   config.Flags
	Environ []string
	Screen  screen.Screen  // what is known of whoever reads the output
	Profile string         // of --profile
	Server  Account        // the server that was asked, once there is one
	asked   *client.Client // how the server or the stopped directory is asked
	ended   func() error   // closes the stopped directory; nil if there is none
}

// Close closes the stopped directory that the command has opened, if it has.
func (v *Invocation) Close() error {
	if v.ended == nil {
		return nil
	}
	return v.ended()
}

// Settings loads all settings; an invalid setting is a usageError.
func (v *Invocation) Settings() (config.Config, []config.Source, error) {
	c, sources, err := config.Load(v.Flags, v.Environ)
	if err != nil {
		err = WrongUsage(err)
	}
	return c, sources, err
}

// Env returns a variable of the environment.
func (v *Invocation) Env(name string) string {
	for _, entry := range v.Environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}
