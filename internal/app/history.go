package app

import (
	"context"
	"time"

	"cohort/internal/directory"
	"cohort/internal/history"
)

const (
	keepUseEvery = 10 * time.Second
	pruneEvery   = time.Hour
)

// pruneHistory stores, at intervals, how much users have added to the history, and prunes what
// is older than the settings allow, until ctx is done.
func (a *App) pruneHistory(ctx context.Context) {
	ticks := time.NewTicker(keepUseEvery)
	defer ticks.Stop()
	var pruned time.Time
	for {
		select {
		case <-ctx.Done():
			a.keepUse(context.WithoutCancel(ctx))
			return
		case <-ticks.C:
		}
		a.keepUse(ctx)
		if a.settings.HistoryKeep > 0 && time.Since(pruned) >= pruneEvery {
			a.prune(ctx)
			pruned = time.Now()
		}
	}
}

func (a *App) keepUse(ctx context.Context) {
	if err := a.core.KeepHistoryUse(ctx); err != nil {
		a.log.Debug("how much was added to the history could not be written down", "error", err.Error())
	}
}

// prune removes the details of records that are older than the setting. Several nodes may do
// so at once: pruned records are skipped.
func (a *App) prune(ctx context.Context) {
	before := directory.InstantOf(time.Now().Add(-a.settings.HistoryKeep))
	err := history.Prune(ctx, a.views.As(directory.System("history-keep")), before, func(through directory.Revision) {
		a.log.Info("pruned the history", "event", "history_pruned", "through", int64(through), "kept",
			a.settings.HistoryKeep.String())
	})
	if err != nil && ctx.Err() == nil {
		a.log.Warn("the history could not be pruned", "error", err.Error())
	}
}
