package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
)

var (
	images = regexp.MustCompile(`(?m)^\s*(?:-\s+)?(?:image:|FROM)\s+(\S+)(?:\s+AS\s+(\S+))?`)
	pinned = regexp.MustCompile(`^[^@]+@sha256:[0-9a-f]{64}$`)
)

// checkImages wants images of others by digest: what a tag means changes. Ours have
// the name that whoever builds them gives.
func checkImages(_ context.Context, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var errs []error
	stages := map[string]bool{}
	for _, m := range images.FindAllStringSubmatch(string(text), -1) {
		name, _, _ := strings.Cut(m[1], ":")
		if name != "cohort" && !stages[m[1]] && !pinned.MatchString(m[1]) {
			errs = append(errs, fmt.Errorf("the image %s has no digest", m[1]))
		}
		stages[m[2]] = true
	}
	return errors.Join(errs...)
}
