package console

import (
	"context"
	"strconv"

	"cohort/internal/directory"
)

// SCIM are the identity providers that feed the directory.
type SCIM interface {
	// List describes them, by name.
	List(ctx context.Context) ([]directory.SCIMClient, error)
	// Findings are what lint says of them.
	Findings(ctx context.Context) ([]directory.Finding, error)
	// Release lets a client remove so many objects, for a while.
	Release(ctx context.Context, name string, removals int64) (until directory.Instant, err error)
}

// A scimPage lists the clients, and what the removal guard has held.
type scimPage struct{ Clients []scimClient }

// A scimClient is one client.
type scimClient struct {
	directory.SCIMClient
	Page   part // of the account that it is
	Recent []directory.SCIMEvent
}

const eventsShown = 5

func accessSCIM(q *request) error {
	if err := q.needs(directory.Administer); err != nil {
		return err
	}
	q.live.LetGo()
	list, err := q.SCIM.List(q.ctx())
	if err != nil {
		return err
	}
	page := scimPage{}
	for _, c := range list {
		recent := append(append([]directory.SCIMEvent{}, c.Refused...), c.Requests...)
		page.Clients = append(page.Clients, scimClient{c, named(c.Name, link(Root, "users", directory.FormatID(c.User))),
			recent[:min(eventsShown, len(recent))]})
	}
	f := q.accessFrame("SCIM")
	f.Data = page
	return q.show("access_scim", f)
}

// releaseSCIM lets a client remove what the guard has held.
func releaseSCIM(q *request) error {
	if err := q.parseForm(); err != nil {
		return err
	}
	if err := q.needs(directory.Administer); err != nil {
		return err
	}
	n, err := strconv.ParseInt(q.typed("removals"), 10, 64)
	if err != nil || n < 1 {
		return directory.Invalid("removals", "must be a whole number above 0")
	}
	q.live.LetGo()
	if _, err := q.SCIM.Release(q.ctx(), q.typed("client"), n); err != nil {
		return err
	}
	q.Log.Info("removals of a SCIM client released", "client", q.typed("client"), "removals", n, "by",
		int64(q.caller.User))
	return q.see(link(Root, "access", "scim"))
}
