package app

import (
	"cohort/internal/metrics"
	"cohort/internal/replica"
	"cohort/internal/store/sqlite"
)

// watch adds the directory's figures to the metrics.
func (a *App) watch() {
	stat := func(read func(hits, misses int64, entries int) int64) func() float64 {
		return func() float64 { return float64(read(a.core.CacheStats())) }
	}
	a.metrics.Watch(
		metrics.Figure{Name: "cohort_revision", Help: "Revision that reads answer from.",
			Read: func() float64 { return float64(a.core.Head().Revision) }},
		metrics.Figure{Name: "cohort_incarnation", Help: "Raised by every restore.",
			Read: func() float64 { return float64(a.core.Head().Incarnation) }},
		metrics.Figure{Name: "cohort_users", Help: "Users that are not deleted.",
			Read: func() float64 { return float64(a.core.Head().Users) }},
		metrics.Figure{Name: "cohort_groups", Help: "Groups that are not deleted.",
			Read: func() float64 { return float64(a.core.Head().Groups) }},
		metrics.Figure{Name: "cohort_history_bytes_total", Help: "Bytes that changes have added to the history.",
			Counter: true, Read: func() float64 { return float64(a.core.HistoryBytes()) }},
		metrics.Figure{Name: "cohort_change_queue_length", Help: "Changes that wait for the writer.",
			Read: func() float64 { return float64(a.core.QueueLength()) }},
		metrics.Figure{Name: "cohort_user_cache_hits_total", Help: "Reads of a user that memory answered.", Counter: true,
			Read: stat(func(h, _ int64, _ int) int64 { return h })},
		metrics.Figure{Name: "cohort_user_cache_misses_total", Help: "Reads of a user that went to the database.",
			Counter: true, Read: stat(func(_, m int64, _ int) int64 { return m })},
		metrics.Figure{Name: "cohort_user_cache_entries", Help: "Users that are in memory.",
			Read: stat(func(_, _ int64, n int) int64 { return int64(n) })},
		metrics.Figure{Name: "cohort_clock_jumps_total", Help: "Times that the clock has gone ahead by more than a minute.",
			Counter: true, Read: func() float64 { return float64(a.core.ClockJumps()) }},
		metrics.Figure{Name: "cohort_scim_held_total", Help: "Requests of SCIM clients that the removal guard has held.",
			Counter: true, Read: func() float64 { return float64(a.clients.Held()) }},
		metrics.Figure{Name: "cohort_scim_skipped_members_total",
			Help: "Members that SCIM clients named and that are not there.", Counter: true,
			Read: func() float64 { return float64(a.clients.Skipped()) }},
		metrics.Figure{Name: "cohort_scim_members_left_out_total",
			Help: "Groups that lists have shown without their members, as there were too many.", Counter: true,
			Read: func() float64 { return float64(a.clients.LeftOut()) }},
		metrics.Figure{Name: "cohort_http_connections", Help: "Connections that are open.",
			Read: func() float64 { open, _ := a.server.Connections(); return float64(open) }},
		metrics.Figure{Name: "cohort_http_connections_closed_for_room_total",
			Help: "Connections that were closed as there were too many.", Counter: true,
			Read: func() float64 { _, n := a.server.Connections(); return float64(n) }},
		metrics.Figure{Name: "cohort_http_memory_bytes", Help: "Bodies and replies that are held in memory.",
			Read: func() float64 { return float64(a.hall.Memory.Held()) }},
		metrics.Figure{Name: "cohort_disk_free_bytes", Help: "Bytes that are free on the disk of SQLite's data directory.",
			Read: a.diskFree},
		metrics.Figure{Name: "cohort_wal_bytes", Help: "Size of the write-ahead log of SQLite.", Read: a.logBytes},
		metrics.Figure{Name: "cohort_rows_checked_total", Help: "Stored rows that were compared with what changes have left.",
			Counter: true, Read: func() float64 { return float64(a.core.RowCheck().Rows) }},
		metrics.Figure{Name: "cohort_rows_damaged", Help: "1 while stored rows are not as changes have left them, else 0.",
			Read: a.rowsDamaged},
		metrics.Figure{Name: "cohort_http_requests_in_flight", Help: "Requests being served.",
			Read: func() float64 { return float64(a.hall.Turns.Inside("")) }},
	)
}

// rowsDamaged is 1 if something else than the program changed rows.
func (a *App) rowsDamaged() float64 {
	if a.core.RowCheck().Damaged != nil {
		return 1
	}
	return 0
}

// logBytes returns the size of the write-ahead log, or 0 if there is none.
func (a *App) logBytes() float64 {
	if s, ok := a.store.(loggedStore); ok {
		return float64(s.LogBytes())
	}
	return 0
}

// diskFree returns the free space of the data disk, or 0 if it is unknown.
func (a *App) diskFree() float64 {
	if s, ok := a.store.(*sqlite.Store); ok {
		if free, ok := s.Room(); ok {
			return float64(free)
		}
	}
	return 0
}

// watchFollowing adds the figures of a node that shares its database.
func (a *App) watchFollowing() {
	if !a.shared() {
		return
	}
	stat := func(read func(replica.Following) float64) func() float64 {
		return func() float64 {
			f, _ := a.core.Following()
			return read(f)
		}
	}
	a.metrics.Watch(
		metrics.Figure{Name: "cohort_revision_lag",
			Help: "Revisions that were missing here when the database was last asked.",
			Read: stat(func(f replica.Following) float64 { return float64(f.Lag) })},
		metrics.Figure{Name: "cohort_confirmed_age_seconds",
			Help: "Time since reads were known to be level with the database.",
			Read: stat(func(f replica.Following) float64 { return f.Age.Seconds() })},
		metrics.Figure{Name: "cohort_catch_up_duration_seconds",
			Help: "Time that becoming level with the database took last.",
			Read: stat(func(f replica.Following) float64 { return f.CaughtUp.Seconds() })},
		metrics.Figure{Name: "cohort_rebuilds_total",
			Help: "Times that the directory was read anew because its records could not be followed.", Counter: true,
			Read: stat(func(f replica.Following) float64 { return float64(f.Rebuilds) })},
		metrics.Figure{Name: "cohort_watch_reconnects_total",
			Help: "Times that the connection was lost which tells of changes.", Counter: true,
			Read: stat(func(f replica.Following) float64 { return float64(f.Reconnects) })},
	)
}
