package inspect

import (
	"cmp"
	"context"
	"math"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Kinds counts the findings of Lint by kind, with samples, in the order of
// directory.FindingCodes.
func Kinds(ctx context.Context, a Reader, watch Watch, q directory.LintQuery) (out directory.LintKinds, err error) {
	q.Muted = true // they are counted separately
	err = withLinter(ctx, a, watch, q, func(l *linter) error {
		out, err = l.kinds()
		return err
	})
	return out, err
}

func (l *linter) kinds() (out directory.LintKinds, err error) {
	kinds := map[directory.FindingCode]*kind{}
	for at := l.query; at.Stage < directory.LintDone; at.Stage, at.After = at.Stage+1, 0 {
		if out.Examined >= directory.MaxExamined {
			out.Next = &at
			break
		}
		examined, last, err := l.stage(&at, math.MaxInt)
		out.Examined += examined
		if err != nil {
			return out, err
		}
		for i := range l.found {
			count(kinds, &l.found[i])
		}
		if last != 0 {
			at.After = last
			out.Next = &at
			break
		}
	}
	for _, code := range directory.FindingCodes() {
		k := kinds[code]
		if k == nil {
			continue
		}
		if k.Sample, err = l.tell([]directory.Finding{}, k.sample); err != nil {
			return out, err
		}
		out.Kinds = append(out.Kinds, k.LintKind)
	}
	return out, nil
}

// A kind counts the findings of one kind.
type kind struct {
	directory.LintKind
	sample []found
}

func count(kinds map[directory.FindingCode]*kind, f *found) {
	k := kinds[f.Code]
	if k == nil {
		k = &kind{LintKind: directory.LintKind{Code: f.Code}}
		kinds[f.Code] = k
	}
	if f.Muted {
		k.Muted++
		return
	}
	if k.Count++; len(k.sample) < directory.MaxLintSample {
		k.sample = append(k.sample, *f)
	}
}

// muted returns the muted findings and kinds, with reasons.
func muted(ctx context.Context, r store.Reader) (map[string]string, error) {
	list := map[string]string{}
	err := r.RowsOf(ctx, directory.RowFacet, directory.AllUsers.Object(), func(row directory.Row) error {
		if f, ok := row.(directory.Facet); ok {
			if finding, why, ok := directory.MutedBy(f); ok {
				list[finding] = why
			}
		}
		return nil
	})
	return list, err
}

// A Muted is a finding, or a kind of finding, that is muted.
type Muted struct{ Finding, Why string }

// MutedFindings lists what is muted. It needs the permission that Lint needs.
func MutedFindings(ctx context.Context, a Reader) (list []Muted, err error) {
	err = withLinter(ctx, a, nil, directory.LintQuery{}, func(l *linter) error {
		for finding, why := range l.muted {
			list = append(list, Muted{finding, why})
		}
		slices.SortFunc(list, func(a, b Muted) int { return cmp.Compare(a.Finding, b.Finding) })
		return nil
	})
	return list, err
}
