package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"cohort/internal/config"
	"cohort/internal/console/pagekit"
	"cohort/internal/directory"
)

// BackupNote is the file in the data directory whose time is that of the last backup.
const BackupNote = "last-backup"

// NoteBackup records that a backup was made now, for the age of the newest backup. A database
// elsewhere has no place for it.
func NoteBackup(settings config.Config) error {
	if settings.Database != "" || settings.Data == "" {
		return nil
	}
	return os.WriteFile(filepath.Join(settings.Data, BackupNote), []byte(time.Now().UTC().Format(time.RFC3339)+"\n"),
		0o600)
}

// status returns the state of the server for the console.
func (a *App) status(ctx context.Context) pagekit.Status {
	s := pagekit.Status{Nodes: a.nodeList(ctx), Facts: append(
		[]pagekit.StatusGroup{a.directoryFigures(), a.serverFigures(), a.dataFigures()}, a.nodeFigures()...)}
	ready, err := a.ready(ctx)
	if err != nil {
		s.Problem = "Reads are not answered: " + publicly(err)
	} else {
		s.Ready = ready
	}
	if err := a.core.Writable(ctx); err != nil {
		s.Problem = "Changes are not taken: " + publicly(err)
	} else {
		s.Writable = true
	}
	for _, source := range a.sources {
		s.Settings = append(s.Settings, pagekit.Setting{Name: source.Name, Value: source.Value,
			Origin: string(source.Origin)})
	}
	return s
}

// publicly returns the public part of an error.
func publicly(err error) string {
	if directory.KindOf(err) == directory.KindInternal {
		return "something is wrong on the server; its log says what"
	}
	return err.Error()
}

func figure[T int | int64](name string, n T) pagekit.Figure {
	return pagekit.Figure{Name: name, Value: strconv.FormatInt(int64(n), 10)}
}

func (a *App) directoryFigures() pagekit.StatusGroup {
	head := a.core.Head()
	return pagekit.StatusGroup{Title: "Directory", Figures: []pagekit.Figure{
		figure("Revision", int64(head.Revision)), {Name: "Last change", At: head.At}, figure("Users", head.Users),
		figure("Groups", head.Groups),
		figure("Incarnation", head.Incarnation),
	}}
}

func (a *App) serverFigures() pagekit.StatusGroup {
	b := ThisBuild()
	open, closed := a.server.Connections()
	return pagekit.StatusGroup{Title: "Server", Figures: []pagekit.Figure{
		{Name: "Version", Value: b.Version, Note: b.Revision}, {Name: "Built with", Value: b.Go, Note: b.Platform},
		{Name: "Started", At: directory.InstantOf(a.started)}, {Name: "Address", Value: a.BaseURL()},
		figure("Connections", open), {Name: "Closed for room", Value: strconv.FormatInt(closed, 10), Warning: closed > 0},
		figure("Requests being served", a.hall.Turns.Inside("")),
		{Name: "Bodies and replies held", Value: fmt.Sprintf("%.1f MiB", float64(a.hall.Memory.Held())/(1<<20)),
			Note: fmt.Sprintf("of %d MiB", a.settings.RequestMemory)},
	}}
}

// nodeFigures returns how this node follows others; empty if there can be none.
func (a *App) nodeFigures() []pagekit.StatusGroup {
	f, shared := a.core.Following()
	if !shared {
		return nil
	}
	return []pagekit.StatusGroup{{Title: "This node", Figures: []pagekit.Figure{
		{Name: "Behind by", Value: strconv.FormatInt(f.Lag, 10), Note: "revisions, when the database was last asked",
			Warning: f.Lag > 0},
		{Name: "Known to be level", Value: f.Age.Round(time.Millisecond).String(), Note: "ago", Warning: f.Age > time.Second},
		{Name: "Catching up took", Value: f.CaughtUp.Round(time.Millisecond).String()},
		{Name: "Read anew", Value: strconv.FormatInt(f.Rebuilds, 10), Note: "times"},
		{Name: "Watching interrupted", Value: strconv.FormatInt(f.Reconnects, 10), Note: "times"},
	}}}
}

func (a *App) dataFigures() pagekit.StatusGroup {
	hits, misses, entries := a.core.CacheStats()
	engine := "SQLite"
	if a.shared() {
		engine = "PostgreSQL"
	}
	return pagekit.StatusGroup{Title: "Data", Figures: []pagekit.Figure{
		{Name: "Kept in", Value: engine}, a.backupFigure(), figure("Changes that wait", a.core.QueueLength()),
		{Name: "Users in memory", Value: strconv.Itoa(entries), Note: fmt.Sprintf("%d of %d reads answered from there", hits,
			hits+misses)},
		{Name: "Clock went ahead", Value: strconv.FormatInt(a.core.ClockJumps(), 10), Note: "times by over a minute",
			Warning: a.core.ClockJumps() > 0},
		{Name: "Unreadable facets met", Value: strconv.FormatInt(a.core.BadFacets(), 10), Warning: a.core.BadFacets() > 0},
	}}
}

// oldBackup is the age from which people are warned of an old backup.
const oldBackup = 48 * time.Hour

// backupFigure says when cohort backup was last run on the data directory.
func (a *App) backupFigure() pagekit.Figure {
	f := pagekit.Figure{Name: "Last backup"}
	if a.shared() || a.inMemory {
		f.Value = "not known here"
		return f
	}
	info, err := os.Stat(filepath.Join(a.settings.Data, BackupNote))
	if err != nil {
		f.Value, f.Warning = "none by cohort backup", true
		return f
	}
	if at := info.ModTime(); time.Since(at) < oldBackup {
		f.At = directory.InstantOf(at)
	} else {
		f.Value, f.Warning = at.UTC().Format("2 January 2006, 15:04 UTC"), true
	}
	return f
}
