package core

import (
	"context"
	"fmt"
	"reflect"

	"cohort/internal/directory"
	"cohort/internal/impact"
	"cohort/internal/record"
	"cohort/internal/resolve"
	"cohort/internal/state"
	"cohort/internal/store"
)

// A planned change is ready to be executed, and the state after it.
type planned struct {
	commit  store.Commit
	catalog *resolve.Catalog
	results []directory.Result
	drifted int
	users   map[directory.UserID]*workingUser // who was looked at
	answer  *store.Answer                     // to be kept with it
	earlier *directory.Committed              // the answer to the same request from before: nothing is to be executed
}

// changed reports whether there is anything to execute.
func (p *planned) changed() bool { return p.commit.Record != nil }

func (p *planned) committed() directory.Committed {
	if p.earlier != nil {
		return *p.earlier
	}
	return directory.Committed{Revision: p.commit.Head.Revision, Changed: p.changed(), Results: p.results, Drifted: p.drifted}
}

// A planner plans the edits of one change.
type planner struct {
	*working
	core     *Core
	caller   directory.Caller
	powers   directory.Permissions
	revision directory.Revision // that the change gets, if it changes anything

	results   []directory.Result
	recorded  []directory.Edit // as they go into the record: without plain hidden values
	hidings   []*hiding        // attributes that become hidden
	forget    []store.Forgotten
	erased    []directory.UserID
	passing   bool                                // whether the change says that time has passed, which writes no row
	seals     map[hiddenText]directory.Value      // that this change has made
	refitted  map[directory.AttributeID]valueKind // what all values of an attribute have been made to fit
	kept      map[directory.AttributeID]int       // values that do not fit and stay
	blind     bool                                // whether what is planned depends on sealed texts that the caller may not open
	fits      Fits
	needed    directory.Permissions // what the edits asked of the caller
	skipped   []string              // what reverts have left out
	reverting bool                  // whether the edit being planned is a revert
	numbered  bool                  // whether errors name the edit also where there is only one
	uniques   []directory.Object    // whose name or label an edit wants to be unique
}

// plan checks a change against the working state and yields what to execute.
// A refusal is a directory.Error; any other error is the database's.
func (c *Core) plan(ctx context.Context, r store.Reader, s *state.State, j *job) (*planned, error) {
	if j.baseline != nil {
		return c.planBaseline(s, j.baseline)
	}
	p, err := c.planner(ctx, r, s, j.caller)
	if err != nil {
		return nil, err
	}
	if a, ok := r.(*ahead); ok {
		p.free = &a.free
	}
	change := j.change
	if j.prepare != nil {
		if change, err = c.prepare(p, s, j); err != nil {
			return nil, err
		}
	}
	if done, ok, err := c.Answered(ctx, r, j.caller, p.powers, change.Repeat, p.at); err != nil || ok {
		return &planned{earlier: &done, commit: store.Commit{Head: s.Head}}, err
	}
	drifted := 0
	if change.Token != "" {
		drifted, err = c.previews.Check(ctx, &impact.Presented{
			Change: change, Caller: j.caller, At: p.at, Base: baseOf(s), Catalog: s.Catalog, Reader: r,
		})
		if err != nil {
			return nil, err
		}
	}
	p.numbered = change.Numbered
	if err := p.planEdits(change.Edits); err != nil {
		return nil, err
	}
	if share := c.opt.PreviewGuard; share > 0 && !j.caller.IsSystem() && change.Token == "" {
		if err := p.impact(s).Guard(ctx, share); err != nil {
			return nil, err
		}
	}
	out, err := p.finish(change.Comment)
	if err != nil {
		return nil, err
	}
	out.drifted = drifted
	out.answer, err = c.answer(j.caller, p.needed, change.Repeat, out, p.at)
	return out, err
}

// planEdits plans every edit of a change and checks what they lead to: what
// committing and previewing have in common.
func (p *planner) planEdits(edits []directory.Edit) error {
	if n := len(edits); n > directory.MaxOrdinaryEdits && !p.powers.CanManage() {
		return directory.TooLong("edits", "has %d entries; the most is %d without a permission to manage", n, directory.MaxOrdinaryEdits)
	}
	for i, edit := range edits {
		if err := p.edit(edit); err != nil {
			return inEdit(err, i, len(edits) > 1 || p.numbered)
		}
	}
	return p.checkOutcome()
}

func (c *Core) planner(ctx context.Context, r store.Reader, s *state.State, caller directory.Caller) (*planner, error) {
	p := &planner{
		working: newWorking(ctx, r, s, max(c.Now(), s.Head.At)),
		core:    c, caller: caller, revision: s.Head.Revision + 1, seals: map[hiddenText]directory.Value{},
		refitted: map[directory.AttributeID]valueKind{}, kept: map[directory.AttributeID]int{}, fits: Fits{},
	}
	if caller.IsSystem() {
		p.powers = directory.AllPermissions
		return p, nil
	}
	u, err := p.user(caller.User)
	if err != nil && directory.KindOf(err) != directory.KindNotFound {
		return nil, err
	}
	if err != nil || u.User.Disabled {
		return nil, &directory.Error{Kind: directory.KindUnauthenticated, Msg: "the user is not there or disabled", Err: err}
	}
	p.powers = p.catalog.PermissionsOf(u, p.at)
	if caller.Sudoer != 0 {
		behind, err := p.user(caller.Sudoer)
		if err != nil && directory.KindOf(err) != directory.KindNotFound {
			return nil, err
		}
		if err != nil || !MayStandBehind(p.catalog, behind, u, p.at) {
			return nil, ErrSudoEnded
		}
	}
	return p, nil
}

// edit authorizes and plans one edit.
func (p *planner) edit(edit directory.Edit) error {
	edit, err := p.resolvePlaceholders(edit)
	if err != nil {
		return err
	}
	if err := p.authorize(edit); err != nil {
		return err
	}
	if err := p.protect(edit); err != nil {
		return err
	}
	recorded, before := len(p.recorded), p.progress()
	p.recorded = append(p.recorded, edit)
	result, err := p.apply(edit)
	if err != nil {
		return err
	}
	if p.progress() == before {
		p.recorded = p.recorded[:recorded] // an edit that changes nothing is not in records
	}
	p.results = append(p.results, result)
	return nil
}

// progress counts what the edits planned so far do: it differs before and after
// an edit if and only if that edit does something.
func (p *planner) progress() [4]int {
	passing := 0
	if p.passing {
		passing = 1
	}
	return [4]int{p.order, len(p.secrets), len(p.forget), passing}
}

// resolvePlaceholders replaces ids that stand for what earlier edits made. A struct field
// or slice element of an id type is the only place where one can be.
func (p *planner) resolvePlaceholders(edit directory.Edit) (directory.Edit, error) {
	v := reflect.New(reflect.TypeOf(edit)).Elem()
	v.Set(reflect.ValueOf(edit))
	changed, err := p.settleValue(v)
	if err != nil || !changed {
		return edit, err
	}
	settled, ok := reflect.TypeAssert[directory.Edit](v)
	if !ok {
		return nil, fmt.Errorf("%s is no edit", v.Type())
	}
	return settled, nil
}

func (p *planner) settleValue(v reflect.Value) (changed bool, err error) {
	switch v.Kind() {
	case reflect.Int64:
		i, made := directory.MadeBy(directory.UserID(v.Int()))
		if !made || !isID(v.Type()) {
			return false, nil
		}
		if i >= len(p.results) || p.results[i].ID == 0 {
			return false, directory.Invalid("edits", "refers to the result of edit %d, which makes nothing before it", i)
		}
		v.SetInt(p.results[i].ID)
		return true, nil
	case reflect.Struct:
		for _, field := range v.Fields() {
			c, err := p.settleValue(field)
			if err != nil {
				return false, err
			}
			changed = changed || c
		}
	case reflect.Slice:
		return p.settleSlice(v)
	case reflect.Pointer:
		if v.IsNil() {
			return false, nil
		}
		clone := reflect.New(v.Type().Elem())
		clone.Elem().Set(v.Elem())
		if changed, err = p.settleValue(clone.Elem()); changed {
			v.Set(clone)
		}
	}
	return changed, err
}

// settleSlice works on a copy: the elements are the caller's.
func (p *planner) settleSlice(v reflect.Value) (changed bool, err error) {
	clone := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	reflect.Copy(clone, v)
	for i := range clone.Len() {
		c, err := p.settleValue(clone.Index(i))
		if err != nil {
			return false, err
		}
		changed = changed || c
	}
	if changed {
		v.Set(clone)
	}
	return changed, nil
}

// isID tells ids from other whole numbers by their type.
func isID(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[directory.UserID](), reflect.TypeFor[directory.GroupID](), reflect.TypeFor[directory.AttributeID](),
		reflect.TypeFor[directory.RoleID](), reflect.TypeFor[directory.PermissionSetID](), reflect.TypeFor[directory.ModelSetID](),
		reflect.TypeFor[directory.CredentialID](), reflect.TypeFor[int64]():
		return true
	}
	return false
}

// inEdit says which edit of several an error is about.
func inEdit(err error, i int, numbered bool) error {
	e, ok := err.(*directory.Error) //nolint:errorlint // only an error that is itself ours is renamed
	if !ok || !numbered || e.Field == "" {
		return err
	}
	named := *e
	named.Field = fmt.Sprintf("edits/%d/%s", i, e.Field)
	return &named
}

// finish makes the record and the new head, if anything changed.
func (p *planner) finish(comment string) (*planned, error) {
	writes := p.writes()
	out := &planned{catalog: p.catalog, results: p.results, users: p.users}
	if len(writes) == 0 && len(p.secrets) == 0 && !p.passing && len(p.forget) == 0 {
		out.commit.Head = p.head
		return out, nil
	}
	shown, err := p.shown(writes) // before the head is taken: it may seal more values
	if err != nil {
		return nil, err
	}
	touched, members, head, err := p.derive(writes)
	if err != nil {
		return nil, err
	}
	changeID, err := p.core.randomText(newClientID)
	if err != nil {
		return nil, err
	}
	header := directory.ChangeHeader{
		Revision: p.revision, At: p.at,
		Caller: p.caller.User, Credential: p.caller.Credential, Sudoer: p.caller.Sudoer,
		Dialect: p.caller.Dialect, RequestID: p.caller.RequestID, ChangeID: changeID, Comment: comment,
	}
	rec, err := record.Build(header, p.recorded, shown, p.head.Hash, p.core.opt.Random)
	if err != nil {
		return nil, err
	}
	head.Revision, head.At, head.Hash = p.revision, p.at, rec.Hash
	head.Digest = record.Update(p.head.Digest, writes)
	out.commit = store.Commit{
		Writes: writes, Touched: touched, Members: members, Sealed: p.sealed,
		Secrets: p.secrets, RemoveSecrets: p.removeSecrets, RevokeUsers: p.revokeUsers, RevokeKeys: p.revokeKeys,
		Forget: p.forget, Record: &rec, Head: head,
	}
	return out, nil
}

// sameRow compares two rows, either of which may be nil.
func sameRow(a, b directory.Row) bool { return reflect.DeepEqual(a, b) }

// recordAs changes the edit being planned as its record will show it: hidden
// values only sealed.
func recordAs[E directory.Edit](p *planner, change func(*E)) {
	last := len(p.recorded) - 1
	if e, ok := p.recorded[last].(E); ok {
		change(&e)
		p.recorded[last] = e
	}
}
