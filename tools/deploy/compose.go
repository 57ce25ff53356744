package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// checkCompose loads the file as Compose does: schema, interpolation, anchors,
// and what services say of each other. Variables that it requires are given.
func checkCompose(ctx context.Context, path string) error {
	project, err := loadCompose(ctx, path)
	if err != nil {
		return err
	}
	errs := checkHealth(project)
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

// loadCompose loads files that are laid over each other.
func loadCompose(ctx context.Context, paths ...string) (*types.Project, error) {
	options, err := cli.NewProjectOptions(paths,
		cli.WithWorkingDirectory(filepath.Dir(paths[0])),
		cli.WithEnv([]string{"POSTGRES_PASSWORD=p", "COHORT_KEY=k", "COHORT_CLIENT_ID=i", "COHORT_CLIENT_SECRET=s"}),
		cli.WithResolvedPaths(true), cli.WithConsistency(true), cli.WithNormalization(true))
	if err != nil {
		return nil, err
	}
	return options.LoadProject(ctx)
}

// checkHealth wants a limit on how long a look at a service's health takes.
func checkHealth(project *types.Project) (errs []error) {
	for _, s := range project.Services {
		if s.HealthCheck != nil && !s.HealthCheck.Disable && (s.HealthCheck.Timeout == nil || *s.HealthCheck.Timeout == 0) {
			errs = append(errs, fmt.Errorf("service %s: its health check has no timeout", s.Name))
		}
	}
	return errs
}

// checkComposeTLS loads the file over compose.yaml. Then every node answers with a
// certificate, and believes the database only with one.
func checkComposeTLS(ctx context.Context, path string) error {
	project, err := loadCompose(ctx, filepath.Join(filepath.Dir(path), "compose.yaml"), path)
	if err != nil {
		return err
	}
	errs := checkHealth(project)
	nodes := 0
	for _, s := range project.Services {
		database := s.Environment["COHORT_DATABASE"]
		if database == nil {
			continue
		}
		nodes++
		if !strings.Contains(*database, "sslmode=verify-full") {
			errs = append(errs, fmt.Errorf("service %s: the database is not asked for its certificate", s.Name))
		}
		for _, name := range []string{"COHORT_TLS_CERT", "COHORT_TLS_KEY"} {
			if v := s.Environment[name]; v == nil || *v == "" {
				errs = append(errs, fmt.Errorf("service %s: %s is not set", s.Name, name))
			}
		}
	}
	if nodes == 0 {
		errs = append(errs, errors.New("there is no node"))
	}
	return errors.Join(errs...)
}
