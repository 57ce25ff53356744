package cli

import (
	"fmt"
	"time"
)

// WindowFlags are the bounds of the time in which a value or membership applies.
type WindowFlags struct {
	From  string `placeholder:"TIME" help:"the value applies from then on: 2026-01-31, or 2026-01-31T12:00:00Z"`
	Until string `placeholder:"TIME" help:"the value applies until then"`
}

// Member is the member window of an edit; nil if no bound is given.
func (w WindowFlags) Member() (any, error) {
	if w.From == "" && w.Until == "" {
		return nil, nil //nolint:nilnil // nil leaves the window as it is
	}
	bounds := map[string]string{}
	for name, bound := range map[string][2]string{"starts_at": {"--from", w.From}, "expires_at": {"--until", w.Until}} {
		if bound[1] == "" {
			continue
		}
		t, err := ParseTime(bound[1])
		if err != nil {
			return nil, WrongUsage(fmt.Errorf("%s: %w", bound[0], err))
		}
		bounds[name] = t.UTC().Format(time.RFC3339)
	}
	return bounds, nil
}

// ParseTime reads a time, or a day, which begins at midnight UTC.
func ParseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q must be a day such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z", text)
}
