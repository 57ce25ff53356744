package large

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// Searches searches users among the million.
func Searches(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	path, d, err := l.Million(ctx)
	if err != nil {
		return r, err
	}
	o, err := lab.Open(ctx, path, core.Options{})
	if err != nil {
		return r, err
	}
	s := &searcher{path: path, o: o, d: d, random: rand.New(rand.NewPCG(5, 6))}
	defer func() { err = errors.Join(err, s.o.Close()) }()
	found, err := l.Alternate(ctx,
		measure.Side{Name: "exact e-mail, s", Run: s.search(s.exactly)},
		measure.Side{Name: "prefix of a last name, s", Run: s.search(s.prefix)},
		measure.Side{Name: "jump, s", Run: s.jump(nil)},
		measure.Side{Name: "sorted jump, s", Run: s.jump([]directory.UserSort{{Field: directory.FieldLastName}})})
	if err != nil {
		return r, err
	}
	users := d.Shape().Users
	r.AtMost(fmt.Sprintf("exact search among %d users", users), 50e-3, measure.Seconds, found[0])
	r.AtMost("prefix search among them", 50e-3, measure.Seconds, found[1])
	r.AtMost(fmt.Sprintf("cold jump to offset %d", users-100), 150e-3, measure.Seconds, found[2])
	r.Note("The same jump in the order of last names: %s.", measure.Seconds.Format(found[3].Median()))
	r.Note("Searches: the longest of ten, by round, with at most 100 users listed and all counted. A jump is the first " +
		"request after a start.")
	return r, nil
}

type searcher struct {
	path   string
	o      *lab.Opened
	d      *sample.Directory
	random *rand.Rand
}

// exactly searches for a user's e-mail.
func (s *searcher) exactly() (directory.UserField, string) {
	u := s.d.User(s.random.IntN(s.d.Shape().Users))
	return directory.FieldEmail, u.User.ContactEmail
}

// prefix searches for the first four letters of a user's last name.
func (s *searcher) prefix() (directory.UserField, string) {
	u := s.d.User(s.random.IntN(s.d.Shape().Users))
	return directory.FieldLastName, u.User.LastName[:min(4, len(u.User.LastName))] + "%"
}

func (s *searcher) search(next func() (directory.UserField, string)) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		return lab.Longest(10, func() error {
			field, text := next()
			pattern, err := directory.ParsePattern("pattern", text)
			if err != nil {
				return err
			}
			list, total, err := s.o.View().Users(ctx,
				directory.UserQuery{Where: directory.UsersLike{Field: field, Pattern: pattern}, Limit: 100})
			switch {
			case err != nil:
				return err
			case len(list) == 0 || total < len(list):
				return fmt.Errorf("%q finds %d users of %d", text, len(list), total)
			case !strings.HasSuffix(text, "%") && list[0].Email() != text:
				return fmt.Errorf("%q finds %q", text, list[0].Email())
			}
			return nil
		})
	}
}

// jump reads the last page of all users right after a start, when no earlier pages are
// remembered.
func (s *searcher) jump(by []directory.UserSort) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		err := s.o.Close()
		if err != nil {
			return 0, err
		}
		if s.o, err = lab.Open(ctx, s.path, core.Options{}); err != nil {
			return 0, err
		}
		return measure.Elapsed(func() error {
			list, _, err := s.o.View().Users(ctx, directory.UserQuery{Offset: s.d.Shape().Users - 100, Limit: 100, Sort: by})
			if err == nil && len(list) != 100 {
				err = fmt.Errorf("the page has %d users", len(list))
			}
			return err
		})
	}
}
