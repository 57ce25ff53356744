package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"cohort/internal/config"
	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/seal"
	"cohort/internal/server"
	"cohort/internal/store/sqlite"
)

// maxSeed is how long a seed file may be, in bytes.
const maxSeed = 64 << 20

// A madeCredential is a client id and a secret, which are shown once.
type madeCredential struct {
	User     string `json:"user"`
	ClientID string `json:"client_id"`
	Secret   string `json:"client_secret"`
}

// open opens the directory: in memory, or in the data directory.
func (c *serveCmd) open(ctx context.Context, v *invocation, settings config.Config, fatal func(error)) (*instance, error) {
	if !c.Ephemeral {
		return openInstance(ctx, settings, newLog(v.err, settings), fatal)
	}
	if v.flags["data"] != "" {
		return nil, usageError{errors.New("--ephemeral and --data: set one of them")}
	}
	if settings.Database != "" {
		return nil, usageError{errors.New("--ephemeral and database: set one of them")}
	}
	ring, err := seal.New()
	if settings.Key != "" {
		ring, err = seal.Parse(settings.Key)
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("COHORT_KEY: %w", err)}
	}
	st, err := sqlite.OpenMemory(ctx)
	if err != nil {
		return nil, err
	}
	return openInstanceIn(ctx, st, ring, settings, newLog(v.err, settings), fatal)
}

// plant runs the edits of the seed in a directory that is new, as one change,
// and returns the credentials that were made: those of the administrator and
// of the seed.
func (c *serveCmd) plant(ctx context.Context, in *instance) ([]madeCredential, error) {
	if in.first == nil {
		return nil, nil
	}
	made := []madeCredential{{directory.FormatID(in.first.User), in.first.ClientID, in.first.Secret}}
	if c.Seed == "" {
		return made, nil
	}
	edits, err := readSeed(c.Seed)
	if err != nil {
		return nil, fmt.Errorf("the seed %s: %w", c.Seed, err)
	}
	system := in.core.As(directory.System("seed"))
	done, err := system.Commit(ctx, directory.Change{Edits: edits, Comment: "Seed"})
	if err != nil {
		return nil, fmt.Errorf("the seed %s: %w", c.Seed, err)
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
				made = append(made, madeCredential{directory.FormatID(user), credential.Identifier, result.Secret})
			}
		}
	}
	return made, nil
}

func readSeed(path string) ([]directory.Edit, error) {
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

// announce prints, for scripts, one line of JSON and then that the server is
// ready.
func (v *invocation) announce(in *instance, s *server.Server, made []madeCredential) error {
	line, err := json.Marshal(struct {
		URL         string           `json:"url"`
		Credentials []madeCredential `json:"credentials"`
	}{baseURL(in.settings, s), made})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(v.out, "%s\nlistening on %s\n", line, s.Addr())
	return err
}

// loadTLS reads the certificate, if there is one.
func loadTLS(settings config.Config) (*tls.Config, error) {
	if settings.TLSCert == "" {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(settings.TLSCert, settings.TLSKey)
	if err != nil {
		return nil, usageError{fmt.Errorf("tls-cert, tls-key: %w", err)}
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, nil
}
