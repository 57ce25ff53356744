// Package job keeps the request id of work that takes several changes, so that an interrupted
// run continues under the same id.
package job

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/apply"
)

// Flags are the flags of commands that commit in several changes.
type Flags struct {
	Request string `placeholder:"ID" help:"the request id of all changes, such as that of a nightly job; default: a new one, or that of an unfinished run"`
}

// A Job keeps its request id in a file until it is done. A run that ended in the middle
// continues under the same id, and one revert undoes all changes.
type Job struct {
	path    string // path of the file; empty if the id is not kept
	ID      string
	Resumed bool // an earlier run began the job
}

// rememberFor is how long the id of an unfinished job is kept.
const rememberFor = 7 * 24 * time.Hour

var requestIDs = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// Begin begins a job or continues it. A job is identified by its target and by about.
func (f *Flags) Begin(v *cli.Invocation, about ...string) (*Job, error) {
	if f.Request != "" {
		if !requestIDs.MatchString(f.Request) {
			return nil, cli.WrongUsage(errors.New("--request: an id has letters, digits, points, hyphens and underscores, " +
				"at most 64"))
		}
		return &Job{ID: f.Request}, nil
	}
	j := &Job{ID: apply.NewRequestID()}
	folder, err := folderOf(v)
	if err != nil {
		return j, nil //nolint:nilerr // without a home nothing is kept
	}
	where := []string{v.Server.URL, v.Server.ClientID, v.Flags["data"], v.Flags["database"]}
	sum := sha256.Sum256([]byte(strings.Join(append(where, about...), "\x00")))
	j.path = filepath.Join(folder, hex.EncodeToString(sum[:16]))
	info, err := os.Stat(j.path)
	if err == nil && time.Since(info.ModTime()) < rememberFor {
		if b, err := os.ReadFile(j.path); err == nil && requestIDs.Match(b) {
			j.ID, j.Resumed = string(b), true
			v.Warn("an earlier run did not finish; this one continues under its request id, " + j.ID)
			return j, nil
		}
	}
	if err = os.MkdirAll(folder, 0o700); err == nil {
		err = os.WriteFile(j.path, []byte(j.ID), 0o600)
	}
	if err != nil {
		j.path = ""
		v.Warn(fmt.Sprintf("the request id cannot be stored; if this run is interrupted, continue it with --request %s: %v",
			j.ID, err))
	}
	return j, nil
}

// folderOf is the folder of the files, beside the profiles.
func folderOf(v *cli.Invocation) (string, error) {
	profiles, err := v.ProfilePath()
	return filepath.Join(filepath.Dir(profiles), "jobs"), err
}

// End ends a run. It removes the file if the job is done, or was refused before its first
// change. The error of a run that ended in the middle says what was committed and how to
// continue or undo it.
func (j *Job) End(err error, done apply.Done) error {
	_, refused := errors.AsType[*apply.Refusal](err)
	if j.path != "" && (err == nil || refused && done.Changes == 0 && !j.Resumed) {
		if gone := os.Remove(j.path); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	if err == nil || done.Changes == 0 {
		return err
	}
	return fmt.Errorf("%w\ncommitted so far: %s, up to revision %d; "+
		"run it again to continue, or undo: cohort revert --request %s",
		err, cli.Count(done.Changes, "change"), done.Revision, done.RequestID)
}

// Forget removes the file of the job whose changes were undone. The next run is a new job.
func Forget(v *cli.Invocation, request string) error {
	folder, err := folderOf(v)
	if err != nil {
		return nil //nolint:nilerr // without a home nothing is kept
	}
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		if b, err := os.ReadFile(path); err == nil && string(b) == request {
			return os.Remove(path)
		}
	}
	return err
}
