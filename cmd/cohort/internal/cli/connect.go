package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"cohort/client"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/store/sqlite"
)

// StoppedFlags are the flags of commands that can work on a stopped directory
// instead of a server.
type StoppedFlags struct {
	Data     string `type:"setting" placeholder:"DIR" help:"work on the stopped directory in DIR, and ask no server"`
	Database string `type:"setting" placeholder:"URL" help:"work on the stopped directory in this PostgreSQL database, and ask no server"`
}

// Client returns the client of the directory that the flags name: a stopped directory, which
// stays open until the command ends, or else the server.
func (v *Invocation) Client() (*client.Client, error) {
	if v.asked != nil {
		return v.asked, nil
	}
	if v.Flags["data"] == "" && v.Flags["database"] == "" {
		a, err := v.Account()
		if err != nil {
			return nil, err
		}
		v.Server = a
		v.asked = client.New(a.URL, a.ClientID, a.Secret, nil)
		return v.asked, nil
	}
	settings, _, err := v.Settings()
	if err != nil {
		return nil, err
	}
	c, closeIt, err := v.openStopped(settings)
	if err == nil {
		v.asked, v.ended = c, closeIt
	}
	return c, err
}

// openStopped opens an existing directory for this command alone.
func (v *Invocation) openStopped(settings config.Config) (*client.Client, func() error, error) {
	if settings.Database == "" {
		if _, err := os.Stat(filepath.Join(settings.Data, sqlite.File)); errors.Is(err, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("there is no directory in %s", settings.Data)
		}
	}
	settings.LogLevel = slog.LevelWarn
	a, err := app.Open(v.Context, settings, app.Options{Log: app.NewLog(v.Stderr, settings)})
	if err != nil {
		return nil, nil, err
	}
	return client.New("http://stopped", "local", "local", ClientOf(a)), a.Close, nil
}

// ClientOf returns a client of a directory that is open in this process.
func ClientOf(a *app.App) *http.Client { return &http.Client{Transport: a.Local()} }
