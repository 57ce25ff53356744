package system

import (
	"cohort/internal/console/pagekit"
	"cohort/internal/directory"
)

// A systemPage is the health of the server, and its settings.
type systemPage struct {
	pagekit.Status
	Changed int // settings without their default
	All     bool
	Toggle  string // the address with or without default settings
}

func system(q *pagekit.Request) error {
	if err := q.Needs(directory.Administer); err != nil {
		return err
	}
	q.Live.Release()
	page := systemPage{All: q.Query.Get("all") != "", Toggle: q.With("all", "1")}
	if q.Status != nil {
		page.Status = q.Status(q.Context())
	}
	if page.All {
		page.Toggle = q.With("all", "")
	}
	shown := page.Settings[:0:0]
	for _, s := range page.Settings {
		if s.Origin != "default" {
			page.Changed++
		} else if !page.All {
			continue
		}
		shown = append(shown, s)
	}
	page.Settings = shown
	return q.Show("system", pagekit.Frame{Title: "System", Section: "system", Data: page, Search: " ",
		Calls: q.Calls().CLI("health").Get("Ready", "/readyz?for=writes").List})
}
