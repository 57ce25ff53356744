package looker

import (
	"log/slog"
	"testing"
	"time"

	"cohort/internal/dialect"
	"cohort/internal/directory"
)

// bare is the dialect without a directory behind it: enough for whatever is
// answered before one is asked.
func bare(change func(*Config)) *Config {
	cfg := &Config{Kit: dialect.Kit{
		Directory: func(directory.Caller) Directory { return nil }, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	}}
	if change != nil {
		change(cfg)
	}
	return cfg
}

func TestRoutesDoNotConflict(t *testing.T) { New(*bare(nil)) }
