package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"cohort/client"
	"cohort/internal/config"
	"cohort/internal/declared"
	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/editjson"
	"cohort/internal/reconcile"
	"cohort/internal/record"
	"cohort/internal/store/sqlite"
	"cohort/internal/view"
)

// A Seed is the content of a new directory.
type Seed struct {
	Name  string // for messages; "" if there is no seed
	Edits []directory.Edit
	State *desired.State // instead of edits
	// Secret reads the hidden texts that a state refers to.
	Secret func(desired.Value) (string, error)
}

// maxSeed is the longest seed file, in bytes.
const maxSeed = 64 << 20

// ReadSeed reads a seed from a file of edits or of declared state.
func ReadSeed(path string) (Seed, error) {
	seed, err := readSeed(path)
	if err != nil {
		return Seed{}, seedError(path, err)
	}
	return seed, nil
}

func readSeed(path string) (Seed, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Seed{}, err
	}
	if info.Size() > maxSeed {
		return Seed{}, fmt.Errorf("has %d bytes; the most is %d", info.Size(), maxSeed)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Seed{}, err
	}
	if format, _ := declared.FormatOf(text); format == declared.FormatDeclared { // edits have the better error
		base := filepath.Base(path)
		state, err := declared.Read([]declared.File{{Name: path, Data: text}}, strings.TrimSuffix(base, filepath.Ext(base)))
		return Seed{Name: path, State: state}, err
	}
	edits, _, err := editjson.Decoder{}.File(text) // the comment is for apply
	return Seed{Name: path, Edits: edits}, err
}

// planSeed plans declared state for the new directory.
func (a *App) planSeed(ctx context.Context, state *desired.State,
	secret func(desired.Value) (string, error)) ([]directory.Edit, error) {
	self := client.New("http://local", "local", "local", &http.Client{Transport: a.Local()})
	live, language, err := reconcile.Read(ctx, self, state.HasUsers, func(string, int) {})
	if err != nil {
		return nil, err
	}
	plan := desired.Make(state, live, desired.Options{Language: language, Secret: secret})
	return plan.Edits(), plan.Err()
}

// seedError adds the name of the seed to an error.
func seedError(name string, err error) error {
	return SettingError{fmt.Errorf("the seed %s: %w", name, err)}
}

// setupEdits returns the edits of a new directory after Initialize: its administrator, and the
// seed.
func setupEdits(settings config.Config, options Options) ([]directory.Edit, error) {
	const admin = 1 // the index of the edit that creates the administrator
	user := directory.Made[directory.UserID](admin)
	edits := []directory.Edit{
		directory.CreateUser{FirstName: "Admin", LastName: "Cohort", ContactEmail: settings.AdminEmail},
		directory.SetUserRoles{User: user, Roles: []directory.RoleID{directory.AdminRole}},
		directory.CreateAPICredential{User: user, ClientID: settings.ClientID, Secret: settings.ClientSecret},
	}
	seed, err := record.ShiftMade(options.Seed.Edits, admin+len(edits))
	if err != nil {
		return nil, seedError(options.Seed.Name, err)
	}
	return append(edits, seed...), nil
}

// rehearse creates a new directory with a seed in memory first, so that a refused seed leaves
// nothing behind. It returns the seed as edits.
func rehearse(ctx context.Context, settings config.Config, seed Seed) (edits []directory.Edit, err error) {
	settings.Database, settings.Addr = "", "127.0.0.1:0"
	options := Options{Log: slog.New(slog.DiscardHandler), InMemory: true}
	if seed.State == nil {
		options.Seed = seed
	}
	trial, err := openApp(ctx, settings, options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, trial.Close()) }()
	if seed.State == nil {
		return seed.Edits, nil
	}
	if edits, err = trial.planSeed(ctx, seed.State, seed.Secret); err != nil {
		return nil, seedError(seed.Name, err)
	}
	system := view.New(trial.core).As(directory.System("setup"))
	if _, err := system.Commit(ctx, directory.Change{Edits: edits}); err != nil {
		return nil, seedError(seed.Name, err)
	}
	return edits, nil
}

// isFresh reports whether the settings may name a new directory.
func isFresh(settings config.Config) bool {
	if settings.Database != "" {
		return true // known only after opening it
	}
	info, err := os.Stat(filepath.Join(settings.Data, sqlite.File))
	return err != nil || info.Size() == 0
}

// credentialsOf returns the API credentials that edits created.
func (a *App) credentialsOf(ctx context.Context, edits []directory.Edit,
	done directory.Committed) (made []Credential, err error) {
	system := a.views.As(directory.System("setup"))
	for i, result := range done.Results {
		edit, ok := edits[i].(directory.CreateAPICredential)
		if !ok {
			continue
		}
		user := edit.User
		if by, ok := directory.MadeBy(user); ok {
			user = directory.UserID(done.Results[by].ID)
		}
		u, err := system.User(ctx, user)
		if err != nil {
			return nil, err
		}
		for _, credential := range u.Credentials {
			if credential.ID == directory.CredentialID(result.ID) {
				made = append(made, Credential{user, credential.Identifier, result.Secret})
			}
		}
	}
	return made, nil
}
