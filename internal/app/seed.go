package app

import (
	"context"
	"fmt"
	"os"

	"cohort/internal/directory"
	"cohort/internal/record"
)

// A Seed is what a new directory begins with.
type Seed struct {
	Name  string // for messages; "" if there is no seed
	Edits []directory.Edit
}

// maxSeed is how long a seed file may be, in bytes.
const maxSeed = 64 << 20

// ReadSeed reads a seed from a file of edits.
func ReadSeed(path string) (Seed, error) {
	edits, err := readEdits(path)
	if err != nil {
		return Seed{}, SettingError{fmt.Errorf("the seed %s: %w", path, err)}
	}
	return Seed{path, edits}, nil
}

func readEdits(path string) ([]directory.Edit, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSeed {
		return nil, fmt.Errorf("has %d bytes; the most is %d", info.Size(), maxSeed)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return record.DecodeEdits(text)
}

// applySeed runs the edits as one change, and notes the credentials that they
// make.
func (a *App) applySeed(ctx context.Context, seed Seed) error {
	if seed.Name == "" {
		return nil
	}
	made, err := a.commitSeed(ctx, seed.Edits)
	if err != nil {
		return fmt.Errorf("the seed %s: %w", seed.Name, err)
	}
	a.made = append(a.made, made...)
	return nil
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
