package plan

import (
	"context"
	"fmt"
	"reflect"

	"cohort/internal/directory"
	"cohort/internal/outcome"
	"cohort/internal/record"
	"cohort/internal/resolve"
	"cohort/internal/state"
	"cohort/internal/store"
	"cohort/internal/working"
)

// A Planned change is ready to be executed, and the state after it.
type Planned struct {
	working.Effect
	Catalog *resolve.Catalog
	results []directory.Result
	Drifted int
	Answer  *store.Answer         // to be kept with it
	Payer   directory.Permissions // as in Planner
	Earlier *directory.Committed  // the answer to the same request from before: nothing is to be executed
}

// Changed reports whether there is anything to execute.
func (p *Planned) Changed() bool { return len(p.Commit.Records) > 0 }

// Record is what the change, which has changed something, leaves behind.
func (p *Planned) Record() *store.Record { return &p.Commit.Records[0] }

// Committed is what the change is answered with, or the earlier one that it
// repeats.
func (p *Planned) Committed() directory.Committed {
	if p.Earlier != nil {
		return *p.Earlier
	}
	return directory.Committed{Revision: p.Commit.Head.Revision, Changed: p.Changed(), Results: p.results,
		Drifted: p.Drifted}
}

// A Planner plans the edits of one change.
type Planner struct {
	*working.Change
	ctx      context.Context
	state    *state.State // before the change
	env      *Env
	Caller   directory.Caller
	Powers   directory.Permissions
	Payer    directory.Permissions // of whose budget the change is paid: the sudoer's, or else the caller's
	Needed   directory.Permissions // what the edits asked of the caller
	revision directory.Revision    // that the change gets, if it changes anything

	Results   []directory.Result
	Numbered  bool                                          // whether errors name the edit also where there is only one
	recorded  []directory.Edit                              // as they go into the record: without plain hidden values
	passing   bool                                          // whether time_passed is an edit: it writes no row
	uniques   []directory.Object                            // whose name or label an edit wants to be unique
	fits      directory.Fits                                // of the values that were checked
	refitted  map[directory.AttributeID]directory.ValueKind // what all values of an attribute have been made to fit
	Kept      map[directory.AttributeID]int                 // values that do not fit and stay
	blind     bool                                          // whether texts that the caller may not open decide
	seals     map[hiddenText]directory.Value                // that this change has made
	sealed    []store.Sealed                                // behind them
	hidings   []*hiding                                     // attributes that become hidden
	forget    []store.Forgotten
	erased    []func(directory.Row) bool  // rows of which the record shows nothing
	asking    *holdings                   // while Can asks, and nothing is planned
	reverting bool                        // whether the edit being planned is a revert
	reverts   map[directory.Revision]bool // what the change undoes
	skipped   []string                    // what reverts have left out
	// Read are changes to revert that were read outside the writer. Planning outside
	// adds to them. It is nil elsewhere.
	Read map[directory.Revision]Undoable

	// Credentials whose secrets go; users and credentials whose tokens end.
	removeSecrets []directory.CredentialID
	revokeUsers   []directory.UserID
	revokeKeys    []directory.CredentialID
}

// PlanEdits plans every edit of a change and checks what they lead to: what
// committing and previewing have in common.
func (p *Planner) PlanEdits(edits []directory.Edit) error {
	if n := len(edits); n > directory.MaxOrdinaryEdits && !p.Powers.CanManage() {
		return directory.TooLong("edits", "has %d entries; the most is %d without a permission to manage", n,
			directory.MaxOrdinaryEdits)
	}
	p.reverts = map[directory.Revision]bool{}
	for _, edit := range edits {
		if e, ok := edit.(directory.Revert); ok {
			p.reverts[e.Revision] = true
		}
	}
	for i, edit := range edits {
		if err := p.edit(edit); err != nil {
			return inEdit(err, i, len(edits) > 1 || p.Numbered)
		}
	}
	return p.checkOutcome()
}

// checkOutcome refuses a change that leads to what may not be.
func (p *Planner) checkOutcome() error { return p.asRevert(p.outcome().Run()) }

func (p *Planner) outcome() *outcome.Check {
	return &outcome.Check{
		Change: p.Change, Powers: p.Powers, Stale: p.Caller.StaleSignIn, Facet: p.env.CheckFacet, Fits: p.fits,
		Unique: p.uniques, LastAdmin: &p.env.lastAdmin, Refitted: p.refitted,
	}
}

// New plans a change of a caller on a state. One that is gone or disabled
// is unauthenticated.
func New(ctx context.Context, e *Env, r store.Reader, s *state.State, caller directory.Caller) (*Planner, error) {
	p := &Planner{
		Change: working.New(ctx, r, s, max(e.Now(), s.Head.At)), ctx: ctx, state: s,
		env: e, Caller: caller, revision: s.Head.Revision + 1, seals: map[hiddenText]directory.Value{},
		refitted: map[directory.AttributeID]directory.ValueKind{}, Kept: map[directory.AttributeID]int{},
		fits: directory.Fits{},
	}
	if caller.IsSystem() {
		p.Powers = directory.AllPermissions
		return p, nil
	}
	u, err := p.User(caller.User)
	if err != nil && directory.KindOf(err) != directory.KindNotFound {
		return nil, err
	}
	if err != nil || u.User.Disabled {
		return nil, &directory.Error{Kind: directory.KindUnauthenticated, Msg: "the user is not there or disabled", Err: err}
	}
	p.Powers = p.Catalog.PermissionsOf(u, p.At)
	p.Payer = p.Powers
	if caller.Sudoer != 0 {
		behind, err := p.User(caller.Sudoer)
		if err != nil && directory.KindOf(err) != directory.KindNotFound {
			return nil, err
		}
		if err != nil || !MayStandBehind(p.Catalog, behind, u, p.At) {
			return nil, ErrSudoEnded
		}
		p.Payer = p.Catalog.PermissionsOf(behind, p.At)
	}
	return p, nil
}

// edit authorizes and plans one edit.
func (p *Planner) edit(edit directory.Edit) error {
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
	p.Results = append(p.Results, result)
	return nil
}

// progress counts what the edits planned so far do: it differs before and after
// an edit if and only if that edit does something.
func (p *Planner) progress() [4]int {
	passing := 0
	if p.passing {
		passing = 1
	}
	return [4]int{p.Steps(), len(p.Secrets), len(p.forget), passing}
}

// resolvePlaceholders replaces ids that stand for what earlier edits made. A struct field
// or slice element of an id type is the only place where one can be.
func (p *Planner) resolvePlaceholders(edit directory.Edit) (directory.Edit, error) {
	v := reflect.New(reflect.TypeOf(edit)).Elem()
	v.Set(reflect.ValueOf(edit))
	changed, err := p.resolvePlaceholder(v)
	if err != nil || !changed {
		return edit, err
	}
	settled, ok := reflect.TypeAssert[directory.Edit](v)
	if !ok {
		return nil, fmt.Errorf("%s is no edit", v.Type())
	}
	return settled, nil
}

func (p *Planner) resolvePlaceholder(v reflect.Value) (changed bool, err error) {
	switch v.Kind() {
	case reflect.Int64:
		i, made := directory.MadeBy(directory.UserID(v.Int()))
		if !made || !isID(v.Type()) {
			return false, nil
		}
		if i >= len(p.Results) || p.Results[i].ID == 0 {
			return false, directory.Invalid("edits", "refers to the result of edit %d, which makes nothing before it", i)
		}
		v.SetInt(p.Results[i].ID)
		return true, nil
	case reflect.Struct:
		for _, field := range v.Fields() {
			c, err := p.resolvePlaceholder(field)
			if err != nil {
				return false, err
			}
			changed = changed || c
		}
	case reflect.Slice:
		return p.resolveElements(v)
	case reflect.Pointer:
		if v.IsNil() {
			return false, nil
		}
		clone := reflect.New(v.Type().Elem())
		clone.Elem().Set(v.Elem())
		if changed, err = p.resolvePlaceholder(clone.Elem()); changed {
			v.Set(clone)
		}
	}
	return changed, err
}

// resolveElements works on a copy: the elements are the caller's.
func (p *Planner) resolveElements(v reflect.Value) (changed bool, err error) {
	clone := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	reflect.Copy(clone, v)
	for i := range clone.Len() {
		c, err := p.resolvePlaceholder(clone.Index(i))
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
	case reflect.TypeFor[directory.UserID](), reflect.TypeFor[directory.GroupID](),
		reflect.TypeFor[directory.AttributeID](),
		reflect.TypeFor[directory.RoleID](), reflect.TypeFor[directory.PermissionSetID](),
		reflect.TypeFor[directory.ModelSetID](),
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

// Finish makes the record and the new head, if anything changed.
func (p *Planner) Finish(comment string) (*Planned, error) {
	writes := p.Writes()
	out := &Planned{Catalog: p.Catalog, results: p.Results}
	if len(writes) == 0 && len(p.Secrets) == 0 && !p.passing && len(p.forget) == 0 {
		out.Effect = p.Effect(store.Commit{Head: p.Head})
		return out, nil
	}
	shown, err := p.shown(writes) // before the head is taken: it may seal more values
	if err != nil {
		return nil, err
	}
	c, err := p.Derive(writes)
	if err != nil {
		return nil, err
	}
	changeID, err := p.env.RandomText(NewClientID)
	if err != nil {
		return nil, err
	}
	header := directory.ChangeHeader{
		Revision: p.revision, At: p.At,
		Caller: p.Caller.User, Credential: p.Caller.Credential, Sudoer: p.Caller.Sudoer,
		Dialect: p.Caller.Dialect, RequestID: p.Caller.RequestID, ChangeID: changeID, Comment: comment,
	}
	rec, err := record.Build(header, p.recorded, shown, p.Head.Hash, p.env.Random)
	if err != nil {
		return nil, err
	}
	c.Head.Revision, c.Head.At, c.Head.Hash = p.revision, p.At, rec.Hash
	c.Head.Digest = record.Update(p.Head.Digest, writes)
	c.Sealed, c.Secrets, c.RemoveSecrets, c.Forget = p.sealed, p.Secrets, p.removeSecrets, p.forget
	c.RevokeUsers, c.RevokeKeys = p.revoked(writes)
	c.Records = []store.Record{rec}
	out.Effect = p.Effect(c)
	return out, nil
}

// revoked are the users and credentials whose tokens end. A user or credential that a
// change disables and enables again keeps them: no row says that they ended.
func (p *Planner) revoked(writes []directory.RowWrite) (users []directory.UserID, keys []directory.CredentialID) {
	if len(p.revokeUsers) == 0 && len(p.revokeKeys) == 0 {
		return nil, nil
	}
	written := map[directory.RowKey]bool{}
	for _, w := range writes {
		written[w.Key()] = true
	}
	for _, id := range p.revokeUsers {
		if written[directory.User{ID: id}.Key()] {
			users = append(users, id)
		}
	}
	for _, id := range p.revokeKeys {
		if written[directory.Credential{ID: id}.Key()] {
			keys = append(keys, id)
		}
	}
	return users, keys
}

// recordAs changes how the record will show the edit being planned: hidden values
// are sealed there.
func recordAs[E directory.Edit](p *Planner, change func(*E)) {
	last := len(p.recorded) - 1
	if e, ok := p.recorded[last].(E); ok {
		change(&e)
		p.recorded[last] = e
	}
}
