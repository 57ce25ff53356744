package core

import (
	"context"
	"log/slog"

	"cohort/internal/directory"
	"cohort/internal/plan"
)

// maxSecurityEvents of one change are logged one by one; more are counted.
const maxSecurityEvents = 100

// A securityEvent is something that a change did to what lets people in.
type securityEvent struct {
	name  string // stable: alerts look for it
	attrs []slog.Attr
}

// securityEvents are those of the rows that a change writes: credentials, roles and
// what they permit, and who has them, and whether a user is enabled. No name, value
// or secret is among them.
func securityEvents(writes []directory.RowWrite) []securityEvent {
	var list []securityEvent
	for _, w := range writes {
		switch row := w.Row().(type) {
		case directory.Credential:
			name := "credential_changed"
			if w.Before == nil {
				name = "credential_created"
			} else if w.After == nil {
				name = "credential_deleted"
			}
			list = append(list, securityEvent{name, []slog.Attr{
				slog.Int64("of_user", int64(row.User)), slog.Int64("of_credential", int64(row.ID)),
				slog.String("kind", string(row.Kind)), slog.Bool("disabled", row.Disabled),
			}})
		case directory.UserRole:
			list = append(list, roleEvent(w, slog.Int64("of_user", int64(row.User)), row.Role))
		case directory.GroupRole:
			list = append(list, roleEvent(w, slog.Int64("of_group", int64(row.Group)), row.Role))
		case directory.Role:
			list = append(list, securityEvent{"role_changed", []slog.Attr{slog.Int64("role", int64(row.ID))}})
		case directory.PermissionSet:
			list = append(list, securityEvent{"permission_set_changed",
				[]slog.Attr{slog.Int64("permission_set", int64(row.ID))}})
		case directory.User:
			if before, ok := w.Before.(directory.User); ok && before.Disabled != row.Disabled {
				list = append(list, securityEvent{"user_state_changed", []slog.Attr{slog.Int64("of_user", int64(row.ID)),
					slog.Bool("disabled", row.Disabled)}})
			}
		}
	}
	return list
}

func roleEvent(w directory.RowWrite, of slog.Attr, role directory.RoleID) securityEvent {
	name := "role_given"
	if w.After == nil {
		name = "role_taken"
	}
	return securityEvent{name, []slog.Attr{of, slog.Int64("role", int64(role))}}
}

// An audited change is one that did something to what lets people in.
type audited struct {
	header directory.ChangeHeader
	events []securityEvent
}

// auditedOf is what a planned change is to be logged with. The first change of a
// directory is not: there was nobody to tell before.
func auditedOf(p *plan.Planned) audited {
	if !p.Changed() || p.Record().Header.Revision == 1 {
		return audited{}
	}
	return audited{p.Record().Header, securityEvents(p.Commit.Writes)}
}

// audit logs what a committed change did to what lets people in.
func (c *Core) audit(a audited) {
	header := a.header
	by := []slog.Attr{
		slog.Int64("revision", int64(header.Revision)), slog.Int64("caller", int64(header.Caller)),
		slog.Int64("credential", int64(header.Credential)), slog.Int64("sudoer", int64(header.Sudoer)),
		slog.String("surface", header.Dialect), slog.String("request_id", header.RequestID),
	}
	log := func(name string, attrs ...slog.Attr) {
		attrs = append(append([]slog.Attr{slog.String("event", name)}, attrs...), by...)
		c.opt.Log.LogAttrs(context.Background(), slog.LevelInfo, "a change of who may do what", attrs...)
	}
	for i, e := range a.events {
		if i == maxSecurityEvents {
			log("more_security_events", slog.Int("count", len(a.events)-i))
			return
		}
		log(e.name, e.attrs...)
	}
}
