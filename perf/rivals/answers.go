// Package rivals compares the program with other ways of answering which value a user has.
package rivals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/lab"
)

func splitNames(text string) []string { return strings.Split(text, ",") }

// answersOf reads the effective values of a user from the program, or from a rival with the
// same format.
func answersOf(ctx context.Context, c *lab.Caller, d *sample.Directory, user int) ([]answer, error) {
	before, after := lab.EffectivePath(d)
	reply, err := c.Get(ctx, before+directory.FormatID(d.UserID(user))+after)
	if err != nil {
		return nil, err
	}
	var out struct {
		Values []struct {
			answer
			Groups []struct {
				ID string `json:"id"`
			} `json:"groups"`
		} `json:"values"`
	}
	if err := json.Unmarshal(reply, &out); err != nil {
		return nil, fmt.Errorf("%w: %.300s", err, reply)
	}
	list := make([]answer, len(out.Values))
	for i, v := range out.Values {
		list[i] = v.answer
		if len(v.Groups) > 0 {
			list[i].Group = v.Groups[0].ID
		}
	}
	return list, nil
}

// crowd asks for users in random order from several goroutines, and returns the number of
// answers per second.
func crowd(l *lab.Lab, users int, ask func(context.Context, int) error) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		counts, errs := make([]int, lab.Connections), make([]error, lab.Connections)
		var wg sync.WaitGroup
		begin := time.Now()
		for i := range lab.Connections {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(uint64(i), 7))
				for errs[i] == nil && time.Since(begin) < l.Burst {
					errs[i] = ask(ctx, r.IntN(users))
					counts[i]++
				}
			})
		}
		wg.Wait()
		total := 0
		for _, n := range counts {
			total += n
		}
		return float64(total) / time.Since(begin).Seconds(), errors.Join(errs...)
	}
}
