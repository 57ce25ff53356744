package core_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/store/sqlite"
	"cohort/internal/view"
)

// BenchmarkWritesOnSQLite lets 64 callers write values of 2,000 users, each one
// change at a time, and reports changes a second and the processor time of one.
func BenchmarkWritesOnSQLite(b *testing.B) {
	s, err := sqlite.Open(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	c, err := core.Open(b.Context(), s, core.Options{Sealer: coretest.PlainSealer{}})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	root, _, err := c.Bootstrap(b.Context(), "", "")
	if err != nil {
		b.Fatal(err)
	}
	do := func(edits ...directory.Edit) directory.Committed {
		done, err := view.New(c).As(directory.Caller{User: root.User}).Commit(b.Context(), directory.Change{Edits: edits})
		if err != nil {
			b.Fatal(err)
		}
		return done
	}
	a := directory.AttributeID(do(directory.CreateAttribute{Name: "region", Type: directory.TypeString}).Results[0].ID)
	make := make([]directory.Edit, 2000)
	for i := range make {
		make[i] = directory.CreateUser{FirstName: fmt.Sprint("u", i)}
	}
	users := do(make...).Results
	var next atomic.Int64
	var wg sync.WaitGroup
	before, begin := processorTime(b), time.Now()
	b.ResetTimer()
	for range 64 {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				u := directory.UserID(users[rand.IntN(len(users))].ID)
				do(directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text(fmt.Sprint("written ", n))})
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/time.Since(begin).Seconds(), "changes/s")
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/change")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
