package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/cli"
)

// checkCompose loads the file as Compose does: schema, interpolation, anchors,
// and what services say of each other. Variables that it requires are given.
func checkCompose(ctx context.Context, path string) error {
	options, err := cli.NewProjectOptions([]string{path},
		cli.WithWorkingDirectory(filepath.Dir(path)),
		cli.WithEnv([]string{"POSTGRES_PASSWORD=p", "COHORT_KEY=k", "COHORT_CLIENT_ID=i", "COHORT_CLIENT_SECRET=s"}),
		cli.WithResolvedPaths(true), cli.WithConsistency(true), cli.WithNormalization(true))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range project.Services {
		if s.Build != nil {
			dockerfile := s.Build.Dockerfile
			if !filepath.IsAbs(dockerfile) {
				dockerfile = filepath.Join(s.Build.Context, dockerfile)
			}
			if _, err := os.Stat(dockerfile); err != nil {
				errs = append(errs, fmt.Errorf("service %s: %w", s.Name, err))
			}
		}
		for _, v := range s.Volumes {
			if v.Type == "bind" {
				if _, err := os.Stat(v.Source); err != nil {
					errs = append(errs, fmt.Errorf("service %s: %w", s.Name, err))
				}
			}
		}
	}
	if len(project.Services) == 0 {
		errs = append(errs, errors.New("there is no service"))
	}
	return errors.Join(errs...)
}
