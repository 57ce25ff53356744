package desired

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/record"
)

// A Part is the part of a plan that goes into one change.
type Part struct {
	Steps []*Step
	Edits []directory.Edit
	at    []int // index in the whole plan of each edit
}

// An Applier applies a plan part by part. A part can refer to what earlier ones created.
type Applier struct {
	plan *Plan
	next int
	max  int
	made map[int]int64 // ids by index of the edit in the whole plan
	lost map[int]bool  // refused edits, which created nothing
}

// Apply begins to apply a plan in parts of about maxEdits edits.
func (p *Plan) Apply(maxEdits int) *Applier {
	return &Applier{plan: p, max: maxEdits, made: map[int]int64{}, lost: map[int]bool{}}
}

// Next takes the steps of the next part; none at the end. skipped are steps that depend on
// something that was refused.
func (a *Applier) Next() (steps, skipped []*Step) {
	n := 0
	for a.next < len(a.plan.Steps) {
		s := &a.plan.Steps[a.next]
		if len(steps) > 0 && n+len(s.Edits) > a.max {
			break
		}
		a.next++
		if a.RestsOnRefused(s) {
			a.Refused(s)
			skipped = append(skipped, s)
			continue
		}
		steps, n = append(steps, s), n+len(s.Edits)
	}
	return steps, skipped
}

// MakesUsers reports whether each step creates a user. Such steps are independent.
func MakesUsers(steps []*Step) bool {
	for _, s := range steps {
		if _, ok := s.Edits[0].(directory.CreateUser); !ok {
			return false
		}
	}
	return true
}

// Part returns the change of the given steps. They may refer to each other and to parts that
// are done.
func (a *Applier) Part(steps []*Step) *Part {
	here := map[int]int{}
	part := &Part{Steps: steps}
	for _, s := range steps {
		for i, e := range s.Edits {
			here[s.first+i] = len(part.Edits)
			part.at = append(part.at, s.first+i)
			part.Edits = append(part.Edits, rewritten(e, func(by int) int64 {
				if id, ok := a.made[by]; ok {
					return id
				}
				return int64(directory.Made[directory.ValueID](here[by]))
			}))
		}
	}
	return part
}

// Done records what the edits of a part created: one id for each edit.
func (a *Applier) Done(part *Part, ids []int64) {
	for i, id := range ids {
		a.made[part.at[i]] = id
	}
}

// Refused records that a step was refused as a whole.
func (a *Applier) Refused(s *Step) {
	for i := range s.Edits {
		a.lost[s.first+i] = true
	}
}

// RestsOnRefused reports whether a step refers to what a refused one would have created.
func (a *Applier) RestsOnRefused(s *Step) bool {
	lost := false
	if len(a.lost) == 0 {
		return false
	}
	for _, e := range s.Edits {
		rewritten(e, func(by int) int64 {
			lost = lost || a.lost[by]
			return 0
		})
	}
	return lost
}

// rewritten returns an edit in which id replaces each id that stands for an edit.
func rewritten(e directory.Edit, id func(by int) int64) directory.Edit {
	v := reflect.New(reflect.TypeOf(e)).Elem()
	v.Set(reflect.ValueOf(e))
	rewrite(v, id)
	out, _ := reflect.TypeAssert[directory.Edit](v) // it has the type of an edit
	return out
}

func rewrite(v reflect.Value, id func(by int) int64) {
	switch v.Kind() {
	case reflect.Int64:
		if by, made := directory.MadeBy(directory.ValueID(v.Int())); made {
			v.SetInt(id(by))
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			rewrite(field, id)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			return
		}
		list := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(list, v)
		for i := range list.Len() {
			rewrite(list.Index(i), id)
		}
		v.Set(list)
	case reflect.Pointer:
		if v.IsNil() || v.Type().Elem().Kind() != reflect.Int64 {
			return
		}
		to := reflect.New(v.Type().Elem())
		to.Elem().Set(v.Elem())
		rewrite(to.Elem(), id)
		v.Set(to)
	default: // no id is anything else
	}
}

// Edits returns all edits of the plan, as one change.
func (p *Plan) Edits() []directory.Edit {
	list := make([]directory.Edit, 0, p.edits)
	for i := range p.Steps {
		list = append(list, p.Steps[i].Edits...)
	}
	return list
}

// Fingerprint is equal for two plans with the same edits. It reveals nothing about hidden
// texts.
func (p *Plan) Fingerprint() (string, error) {
	h := sha256.New()
	n := 0
	for i := range p.Steps {
		edits := make([]directory.Edit, len(p.Steps[i].Edits))
		for k, e := range p.Steps[i].Edits {
			if edits[k] = e; p.secrets[n] {
				edits[k] = withoutText(e)
			}
			n++
		}
		b, err := record.EncodeEdits(edits)
		if err != nil {
			return "", err
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// withoutText returns an edit without the value that it writes.
func withoutText(e directory.Edit) directory.Edit {
	switch e := e.(type) {
	case directory.SetGroupValue:
		e.Value = directory.Value{}
		return e
	case directory.SetUserValue:
		e.Value = directory.Value{}
		return e
	case directory.CreateAttribute:
		e.Default = nil
		return e
	case directory.UpdateAttribute:
		e.Default = nil
		return e
	}
	return e
}

// maxReported is how many problems an error names.
const maxReported = 20

// Err returns what prevents the state from being reached, or nil.
func (p *Plan) Err() error {
	if len(p.Problems) == 0 {
		return nil
	}
	lines := make([]string, 0, maxReported+1)
	for _, problem := range p.Problems[:min(len(p.Problems), maxReported)] {
		lines = append(lines, problem.Error())
	}
	if n := len(p.Problems) - len(lines); n > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", n))
	}
	return &directory.Error{Kind: directory.KindInvalid, Msg: strings.Join(lines, "\n")}
}
