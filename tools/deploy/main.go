// Command deploy checks what lies in the folder deploy with the code that reads
// it in earnest: BuildKit's for the Dockerfile, Kubernetes' own types for the
// manifests, Compose's loader and Prometheus' rules, systemd and HAProxy
// themselves.
//
// It is a module of its own, so that what it needs stays out of Cohort's.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: deploy FOLDER")
		os.Exit(2)
	}
	if err := check(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// check looks at every file of a kind that it knows. That there is one of each
// is part of it: what is not found has not been checked.
func check(ctx context.Context, folder string) error {
	var errs []error
	for _, of := range []struct {
		kind, pattern string
		check         func(context.Context, string) error
	}{
		{"Dockerfile", "docker/Dockerfile", checkDockerfile},
		{"Compose file", "compose/compose.yaml", checkCompose},
		{"manifests", "kubernetes/*.yaml", checkManifests},
		{"rules", "prometheus/*.rules.yaml", checkRules},
		{"unit", "systemd/*.service", checkUnit},
		{"users", "systemd/*.sysusers", checkUsers},
		{"balancer", "compose/haproxy.cfg", checkBalancer},
		{"balancer with TLS", "compose/haproxy.tls.cfg", checkBalancerTLS},
		{"Compose file with TLS", "compose/compose.tls.yaml", checkComposeTLS},
		{"images of builds", "docker/Dockerfile", checkImages},
		{"images of services", "compose/*.yaml", checkImages},
		{"images of pods", "kubernetes/*.yaml", checkImages},
	} {
		paths, err := filepath.Glob(filepath.Join(folder, of.pattern))
		if err == nil && len(paths) == 0 {
			err = fmt.Errorf("%s: there is none at %s", of.kind, of.pattern)
		}
		errs = append(errs, err)
		for _, path := range paths {
			if err := of.check(ctx, path); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", path, err))
			}
		}
	}
	return errors.Join(errs...)
}
