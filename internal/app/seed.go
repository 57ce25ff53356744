package app

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"cohort/client"
	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/reconcile"
	"cohort/internal/record"
)

// A Seed is what a new directory begins with.
type Seed struct {
	Name  string // for messages; "" if there is no seed
	Edits []directory.Edit
	State *desired.State // in place of edits
	// Secret reads the hidden texts that a state names.
	Secret func(desired.Value) (string, error)
}

// maxSeed is how long a seed file may be, in bytes.
const maxSeed = 64 << 20

// ReadSeed reads a seed from a file of edits or of declared state.
func ReadSeed(path string) (Seed, error) {
	seed, err := readSeed(path)
	if err != nil {
		return Seed{}, SettingError{fmt.Errorf("the seed %s: %w", path, err)}
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
	if format, _ := desired.FormatOf(text); format == desired.FormatDeclared { // edits say better what is wrong
		base := filepath.Base(path)
		state, err := desired.Read([]desired.File{{Name: path, Data: text}}, strings.TrimSuffix(base, filepath.Ext(base)))
		return Seed{Name: path, State: state}, err
	}
	edits, err := record.DecodeEdits(text)
	return Seed{Name: path, Edits: edits}, err
}

// applySeed runs the edits as one change, and notes the credentials that they
// make.
func (a *App) applySeed(ctx context.Context, seed Seed) error {
	if seed.Name == "" {
		return nil
	}
	if seed.State != nil {
		var err error
		if seed.Edits, err = a.planSeed(ctx, seed.State, seed.Secret); err != nil {
			return fmt.Errorf("the seed %s: %w", seed.Name, err)
		}
	}
	made, err := a.commitSeed(ctx, seed.Edits)
	if err != nil {
		return fmt.Errorf("the seed %s: %w", seed.Name, err)
	}
	a.made = append(a.made, made...)
	return nil
}

// planSeed plans declared state for the new directory.
func (a *App) planSeed(ctx context.Context, state *desired.State, secret func(desired.Value) (string, error)) ([]directory.Edit, error) {
	self := client.New("http://local", "local", "local", &http.Client{Transport: a.Local()})
	live, language, err := reconcile.Read(ctx, self, state.HasUsers, func(string, int) {})
	if err != nil {
		return nil, err
	}
	plan := desired.Make(state, live, desired.Options{Language: language, Secret: secret})
	return plan.Edits(), plan.Err()
}

func (a *App) commitSeed(ctx context.Context, edits []directory.Edit) (made []Credential, err error) {
	system := a.core.As(directory.System("seed"))
	done, err := system.Commit(ctx, directory.Change{Edits: edits, Comment: "Seed"})
	if err != nil {
		return nil, err
	}
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
