package console

import (
	"context"
	"strconv"

	"cohort/internal/directory"
)

// Lockouts are failed logins that slow others down.
type Lockouts interface {
	// Lockouts lists them, by key.
	Lockouts(ctx context.Context) ([]directory.Lockout, error)
	// Unlock forgets one.
	Unlock(ctx context.Context, key string) error
	// LastUses returns when credentials were last used, without those that never
	// were.
	LastUses(ctx context.Context, ids ...directory.CredentialID) (directory.CredentialUses, error)
}

// A sessionsPage lists who is signed in.
type sessionsPage struct {
	Rows  []sessionRow
	All   bool // sessions of everybody
	Total int
	Next  string
	Prev  string
	Shown string
}

// A sessionRow is a person's session in the console.
type sessionRow struct {
	User            part
	UserID, ID      string
	Method, Agent   string
	Current         bool
	Since, Seen     directory.Instant
	Until, ProvedAt directory.Instant
}

func accessSessions(q *request) error {
	page := sessionsPage{All: q.may(directory.Administer)}
	user := q.caller.User
	if page.All {
		user = 0
	}
	q.live.Release() // a request never holds two connections
	list, err := q.People.Sessions(q.ctx(), user)
	if err != nil {
		return err
	}
	page.Total = len(list)
	from, to := q.slice(len(list), &page.Prev, &page.Next)
	titles := map[string]string{directory.MethodLink: "a link"}
	for _, p := range q.People.Providers() {
		titles[p.Name] = p.Title
	}
	for _, s := range list[from:to] {
		row := sessionRow{
			User: q.names.user(s.User), UserID: directory.FormatID(s.User), ID: strconv.FormatInt(s.ID, 10),
			Method: titles[s.Method], Agent: s.Agent, Current: s.ID == q.session.ID && s.User == q.caller.User,
			Since: s.CreatedAt, Seen: s.SeenAt, Until: s.ExpiresAt, ProvedAt: s.ProvedAt,
		}
		if row.Method == "" {
			row.Method = s.Method
		}
		page.Rows = append(page.Rows, row)
	}
	f := q.accessFrame("Sessions")
	f.Data = page
	return q.show("access_sessions", f)
}

// endSession ends a session, or all of a user: one's own, or with the permission
// to administer anybody's.
func endSession(q *request) error {
	if err := q.parseForm(); err != nil {
		return err
	}
	user, err := directory.ParseID[directory.UserID]("user", q.typed("user"))
	if err != nil {
		return err
	}
	if user != q.caller.User {
		if err := q.needs(directory.Administer); err != nil {
			return err
		}
	}
	q.live.Release()
	if q.typed("do") == "all" {
		_, err = q.People.EndAll(q.ctx(), user)
	} else {
		id, bad := strconv.ParseInt(q.typed("session"), 10, 64)
		if bad != nil {
			return directory.NotFound("session", q.typed("session"))
		}
		err = q.People.End(q.ctx(), user, id)
	}
	if err != nil && directory.KindOf(err) != directory.KindNotFound { // one that has ended is no error
		return err
	}
	q.Log.Info("session ended by hand", "user", int64(user), "by", int64(q.caller.User))
	return q.see(link(Root, "access", "sessions"))
}

// A signInSettingsPage lists the identity providers.
type signInSettingsPage struct {
	Providers []directory.SignInProvider
	Redirect  string // where callbacks come to, before and after the name
}

func accessSignIn(q *request) error {
	if err := q.needs(directory.Administer); err != nil {
		return err
	}
	f := q.accessFrame("Sign-in")
	f.Data = signInSettingsPage{Providers: q.People.Providers(), Redirect: q.BaseURL + Root + "/login/"}
	return q.show("access_sign_in", f)
}

// A lockoutsPage lists failed logins.
type lockoutsPage struct{ Rows []directory.Lockout }

func accessLockouts(q *request) error {
	if err := q.needs(directory.Administer); err != nil {
		return err
	}
	q.live.Release()
	list, err := q.Lockouts.Lockouts(q.ctx())
	if err != nil {
		return err
	}
	f := q.accessFrame("Lock-outs")
	f.Data = lockoutsPage{list}
	return q.show("access_lockouts", f)
}

// clearLockout forgets the failed logins of one client id and address.
func clearLockout(q *request) error {
	if err := q.parseForm(); err != nil {
		return err
	}
	if err := q.needs(directory.Administer); err != nil {
		return err
	}
	q.live.Release()
	if err := q.Lockouts.Unlock(q.ctx(), q.typed("key")); err != nil && directory.KindOf(err) != directory.KindNotFound {
		return err
	}
	return q.see(link(Root, "access", "lockouts"))
}

// A revealsPage lists who has opened hidden values.
type revealsPage struct{ Rows []revealRow }

// A revealRow is the opening of a hidden value.
type revealRow struct {
	At        directory.Instant
	Who       part
	Behind    part
	Attribute part
	Owner     part
	RequestID string
}

const revealsShown = 200

func accessReveals(q *request) error {
	list, err := q.live.Reveals(q.ctx(), revealsShown)
	if err != nil {
		return err
	}
	page := revealsPage{}
	for _, r := range list {
		row := revealRow{At: r.At, Who: q.names.user(r.Caller)}
		row.RequestID, _ = directory.SplitRequestIDs(r.RequestID)
		if r.Sudoer != 0 {
			row.Behind = q.names.user(r.Sudoer)
		}
		row.Attribute, _ = q.names.attribute(r.Attribute)
		switch r.Owner.Kind {
		case directory.ObjectUser:
			row.Owner = q.names.user(directory.UserID(r.Owner.ID))
		case directory.ObjectGroup:
			row.Owner = q.names.group(directory.GroupID(r.Owner.ID))
		default:
			row.Owner = quiet("its default")
		}
		page.Rows = append(page.Rows, row)
	}
	f := q.accessFrame("Reveals")
	f.Data = page
	return q.show("access_reveals", f)
}
