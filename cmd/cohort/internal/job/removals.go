package job

import (
	"errors"
	"fmt"
	"strings"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/desired"
)

// CheckRemovals is the removal guard: it refuses a plan that removes more than is likely
// meant.
func CheckRemovals(p *desired.Plan, allowed int) error {
	var lines []string
	for _, r := range p.Guarded(allowed) {
		lines = append(lines, fmt.Sprintf("this would remove %d of %d %s, more than a tenth; look at the plan, and if it "+
			"is meant: --allow-removals %d", r.Removed, r.Of, r.Kind, r.Removed))
	}
	if lines == nil {
		return nil
	}
	return cli.Refused(errors.New(strings.Join(lines, "\n")))
}
