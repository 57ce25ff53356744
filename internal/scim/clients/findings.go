package clients

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
)

// findingLife is how long lint reports that a client was held or named members who do not
// exist. Providers try again within hours.
const findingLife = 24 * time.Hour

// samplesShown is how many requests a finding names.
const samplesShown = 3

// Findings returns what lint reports about the clients, for administrators.
func (c *Registry) Findings(ctx context.Context) ([]directory.Finding, error) {
	clients, err := c.List(ctx)
	if err != nil {
		return nil, err
	}
	since := directory.InstantOf(c.now().Add(-findingLife))
	var found []directory.Finding
	for i := range clients {
		if f, ok := heldFinding(&clients[i], since); ok {
			found = append(found, f)
		}
		skipped, err := c.skippedFindings(ctx, &clients[i], since)
		if err != nil {
			return nil, err
		}
		found = append(found, skipped...)
	}
	return found, nil
}

// heldFinding reports that a client is held, unless it was released meanwhile.
func heldFinding(c *directory.SCIMClient, since directory.Instant) (directory.Finding, bool) {
	if c.ReleasedUntil != 0 {
		since = max(since, c.ReleasedUntil-directory.Instant(releaseLife.Milliseconds()))
	}
	n, samples := 0, ""
	for _, e := range c.Held { // newest first
		if e.At <= since {
			break
		}
		if n++; n <= samplesShown {
			samples = fmt.Sprintf("%s, %s %s", samples, e.Method, e.Path)
		}
	}
	if n == 0 {
		return directory.Finding{}, false
	}
	if n > samplesShown {
		samples += " and others"
	}
	return directory.Finding{Code: directory.LintHeld, User: c.User, Msg: fmt.Sprintf(
		"The SCIM client %s was held %d times within a day, at%s. %s", c.Name, n, samples[1:], c.Held[0].Detail)}, true
}

// skippedFindings reports the requests of a client that named members who do not exist, the
// latest for each path.
func (c *Registry) skippedFindings(ctx context.Context, one *directory.SCIMClient,
	since directory.Instant) ([]directory.Finding, error) {
	notes, err := c.notes.SCIMNotes(ctx, one.User, noteSkipped, 0)
	last := map[string]directory.SCIMEvent{}
	var paths []string
	for _, n := range notes {
		var e directory.SCIMEvent
		if json.Unmarshal(n.Data, &e) != nil || e.At <= since {
			continue
		}
		had, known := last[e.Path]
		if !known {
			paths = append(paths, e.Path)
		}
		if !known || e.At >= had.At {
			last[e.Path] = e
		}
	}
	slices.Sort(paths)
	var found []directory.Finding
	for _, path := range paths {
		e := last[path]
		found = append(found, directory.Finding{Code: directory.LintSkipped, User: one.User, Msg: fmt.Sprintf(
			"The SCIM client %s, at %s %s (request %s), %s; assign them there, and push again.", one.Name, e.Method, e.Path,
			e.RequestID, e.Detail)})
	}
	return found, err
}
