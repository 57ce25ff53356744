package access

import (
	"strconv"

	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// A sessionsPage lists who is signed in.
type sessionsPage struct {
	Rows  []sessionRow
	All   bool // whether it lists everybody's sessions
	Total int
	Next  string
	Prev  string
	Shown string
}

// A sessionRow is a person's session in the console.
type sessionRow struct {
	User            sentence.Part
	UserID, ID      string
	Method, Agent   string
	Current         bool
	Since, Seen     directory.Instant
	Until, ProvedAt directory.Instant
}

func accessSessions(q *pagekit.Request) error {
	page := sessionsPage{All: q.May(directory.Administer)}
	user := q.Caller.User
	if page.All {
		user = 0
	}
	q.Live.Release() // a request never holds two connections
	list, err := q.People.Sessions(q.Context(), user)
	if err != nil {
		return err
	}
	page.Total = len(list)
	from, to := q.Slice(len(list), &page.Prev, &page.Next)
	titles := map[string]string{directory.MethodLink: "a link"}
	for _, p := range q.People.Providers() {
		titles[p.Name] = p.Title
	}
	for _, s := range list[from:to] {
		row := sessionRow{
			User: q.Names.User(s.User), UserID: directory.FormatID(s.User), ID: strconv.FormatInt(s.ID, 10),
			Method: titles[s.Method], Agent: s.Agent, Current: s.ID == q.Session.ID && s.User == q.Caller.User,
			Since: s.CreatedAt, Seen: s.SeenAt, Until: s.ExpiresAt, ProvedAt: s.ProvedAt,
		}
		if row.Method == "" {
			row.Method = s.Method
		}
		page.Rows = append(page.Rows, row)
	}
	f := accessFrame(q, "Sessions")
	f.Data = page
	return q.Show("access_sessions", f)
}

// endSession ends one session or all sessions of a user. Ending those of others needs the
// permission administer.
func endSession(q *pagekit.Request) error {
	if err := q.ParseForm(); err != nil {
		return err
	}
	user, err := directory.ParseID[directory.UserID]("user", q.Typed("user"))
	if err != nil {
		return err
	}
	if user != q.Caller.User {
		if err := q.Needs(directory.Administer); err != nil {
			return err
		}
	}
	q.Live.Release()
	if q.Typed("do") == "all" {
		_, err = q.People.EndAll(q.Context(), user)
	} else {
		id, bad := strconv.ParseInt(q.Typed("session"), 10, 64)
		if bad != nil {
			return directory.NotFound("session", q.Typed("session"))
		}
		err = q.People.End(q.Context(), user, id)
	}
	if err != nil && directory.KindOf(err) != directory.KindNotFound { // a session that has already ended is no error
		return err
	}
	q.Log.Info("session ended by hand", "user", int64(user), "by", int64(q.Caller.User))
	return q.Redirect(pagekit.Link(pagekit.Root, "access", "sessions"))
}

// A signInSettingsPage lists the identity providers.
type signInSettingsPage struct {
	Providers []directory.SignInProvider
	Redirect  string // address of callbacks, before the name of the provider
}

func accessSignIn(q *pagekit.Request) error {
	if err := q.Needs(directory.Administer); err != nil {
		return err
	}
	f := accessFrame(q, "Sign-in")
	f.Data = signInSettingsPage{Providers: q.People.Providers(), Redirect: q.BaseURL + pagekit.Root + "/login/"}
	return q.Show("access_sign_in", f)
}

// A lockoutsPage lists lockouts.
type lockoutsPage struct{ Rows []directory.Lockout }

func accessLockouts(q *pagekit.Request) error {
	if err := q.Needs(directory.Administer); err != nil {
		return err
	}
	q.Live.Release()
	list, err := q.Lockouts.Lockouts(q.Context())
	if err != nil {
		return err
	}
	f := accessFrame(q, "Lock-outs")
	f.Data = lockoutsPage{list}
	return q.Show("access_lockouts", f)
}

// clearLockout forgets the failed logins of one client id and address.
func clearLockout(q *pagekit.Request) error {
	if err := q.ParseForm(); err != nil {
		return err
	}
	if err := q.Needs(directory.Administer); err != nil {
		return err
	}
	q.Live.Release()
	if err := q.Lockouts.Unlock(q.Context(), q.Typed("key")); err != nil &&
		directory.KindOf(err) != directory.KindNotFound {
		return err
	}
	return q.Redirect(pagekit.Link(pagekit.Root, "access", "lockouts"))
}

// A revealsPage lists who has revealed hidden values.
type revealsPage struct{ Rows []revealRow }

// A revealRow is one reveal of a hidden value.
type revealRow struct {
	At        directory.Instant
	Who       sentence.Part
	Behind    sentence.Part
	Attribute sentence.Part
	Owner     sentence.Part
	RequestID string
}

const revealsShown = 200

func accessReveals(q *pagekit.Request) error {
	list, err := q.Live.Reveals(q.Context(), revealsShown)
	if err != nil {
		return err
	}
	page := revealsPage{}
	for _, r := range list {
		row := revealRow{At: r.At, Who: q.Names.User(r.Caller)}
		row.RequestID, _ = directory.SplitRequestIDs(r.RequestID)
		if r.Sudoer != 0 {
			row.Behind = q.Names.User(r.Sudoer)
		}
		row.Attribute, _ = q.Names.Attribute(r.Attribute)
		switch r.Owner.Kind {
		case directory.ObjectUser:
			row.Owner = q.Names.User(directory.UserID(r.Owner.ID))
		case directory.ObjectGroup:
			row.Owner = q.Names.Group(directory.GroupID(r.Owner.ID))
		default:
			row.Owner = sentence.Quiet("its default")
		}
		page.Rows = append(page.Rows, row)
	}
	f := accessFrame(q, "Reveals")
	f.Data = page
	return q.Show("access_reveals", f)
}
