package looker

import (
	"log/slog"
	"testing"
	"time"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/looker/protocol"
)

// bare is the dialect without a directory behind it: enough for whatever is
// answered before one is asked.
func bare(change func(*protocol.Config)) *protocol.Config {
	cfg := &protocol.Config{Kit: dialect.Kit{
		Directory: func(directory.Caller) protocol.Directory { return nil }, Log: slog.New(slog.DiscardHandler),
		Now: time.Now,
	}}
	if change != nil {
		change(cfg)
	}
	return cfg
}

func TestRoutesDoNotConflict(t *testing.T) { New(*bare(nil)) }
