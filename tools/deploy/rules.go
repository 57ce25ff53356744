package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// checkRules reads rules as Prometheus does. Each alert says how bad it is, and
// what to do.
func checkRules(_ context.Context, path string) error {
	groups, errs := rulefmt.ParseFile(path, false, model.UTF8Validation, parser.NewParser(parser.Options{}))
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	rules := 0
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			rules++
			if r.Alert == "" {
				continue
			}
			if s := r.Labels["severity"]; s != "page" && s != "ticket" {
				errs = append(errs, fmt.Errorf("%s: severity is %q, want page or ticket", r.Alert, s))
			}
			if r.Annotations["summary"] == "" || r.Annotations["action"] == "" {
				errs = append(errs, fmt.Errorf("%s: there is no summary or no action", r.Alert))
			}
		}
	}
	if rules == 0 {
		errs = append(errs, errors.New("there is no rule"))
	}
	return errors.Join(errs...)
}
