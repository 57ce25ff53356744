package app

import (
	"context"
	"net"
	"os"
	"slices"
	"time"

	"cohort/internal/console/pagekit"
	"cohort/internal/directory"
	"cohort/internal/store"
)

const (
	sayEvery = 10 * time.Second
	// lateAfter is when a silent node counts as late, and goneAfter when it is removed.
	lateAfter = 3 * sayEvery
	goneAfter = time.Hour
)

// sayHere publishes the state of this node at intervals to the others that share its store,
// and removes it when ctx is done.
func (a *App) sayHere(ctx context.Context) {
	if !a.shared() {
		return
	}
	me := store.Node{ID: a.node, Name: a.nodeName(), Version: ThisBuild().Version,
		StartedAt: directory.InstantOf(a.started)}
	ticks := time.NewTicker(sayEvery)
	defer ticks.Stop()
	for {
		a.sayNode(ctx, me)
		select {
		case <-ctx.Done():
			late, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			if err := a.store.Ephemera().DeleteNode(late, me.ID); err != nil {
				a.log.Debug("this node could not be taken out of the list of nodes", "error", err.Error())
			}
			return
		case <-ticks.C:
		}
	}
}

// nodeName returns the host of this node, and the port if it is known.
func (a *App) nodeName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	if _, port, err := net.SplitHostPort(a.Addr()); err == nil {
		return net.JoinHostPort(host, port)
	}
	return host
}

func (a *App) sayNode(ctx context.Context, me store.Node) {
	f, _ := a.core.Following()
	now := time.Now()
	me.SeenAt, me.Revision = directory.InstantOf(now), a.core.Head().Revision
	me.Behind, me.LevelFor = f.Lag, f.Age.Milliseconds()
	err := a.store.Ephemera().PutNode(ctx, me)
	if err == nil {
		_, err = a.store.Ephemera().SweepNodes(ctx, directory.InstantOf(now.Add(-goneAfter)))
	}
	if err != nil && ctx.Err() == nil {
		a.log.Debug("how this node is could not be told to the others", "error", err.Error())
	}
}

// nodeList returns the last published state of all nodes, this one first, without nodes that
// were restarted since. An error shows elsewhere, in this node's own figures.
func (a *App) nodeList(ctx context.Context) []pagekit.Node {
	if !a.shared() {
		return nil
	}
	said, err := a.store.Ephemera().Nodes(ctx)
	if err != nil {
		return nil
	}
	latest := map[string]directory.Instant{}
	for _, n := range said {
		latest[n.Name] = max(latest[n.Name], n.SeenAt)
	}
	list := make([]pagekit.Node, 0, len(said))
	for _, n := range said {
		late := time.Since(n.SeenAt.Time()) > lateAfter
		if late && n.SeenAt < latest[n.Name] {
			continue
		}
		one := pagekit.Node{
			Name: n.Name, Version: n.Version, This: n.ID == a.node, StartedAt: n.StartedAt, SeenAt: n.SeenAt,
			Revision: n.Revision,
			Behind:   n.Behind, LevelFor: time.Duration(n.LevelFor) * time.Millisecond, Late: late,
			Other: n.Version != ThisBuild().Version,
		}
		if one.This {
			list = slices.Insert(list, 0, one)
		} else {
			list = append(list, one)
		}
	}
	return list
}
