package core

import (
	"testing"
	"testing/synctest"
	"time"

	"cohort/internal/directory"
)

// TestLargeChangesTakeTurns: one is with the writer at a time, whoever makes it, and
// others wait for it up to limits.
func TestLargeChangesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Core{large: newLargeTurns()}
		large := directory.Change{Edits: make([]directory.Edit, largeChange+1)}
		ada, jo := directory.Caller{User: 1}, directory.Caller{User: 2}
		leave, err := c.enterLarge(t.Context(), ada, large)
		if err != nil {
			t.Fatal(err)
		}
		in := make(chan directory.Caller, 100)
		var refused []error
		enter := func(caller directory.Caller) {
			go func() {
				leave, err := c.enterLarge(t.Context(), caller, large)
				if err != nil {
					refused = append(refused, err)
					return
				}
				in <- caller
				time.Sleep(time.Second) // the change
				leave()
			}()
			synctest.Wait()
		}
		enter(jo)
		for range ownLarge {
			enter(ada)
		}
		if len(in) != 0 || len(refused) != 0 {
			t.Fatalf("%d are in beside the first; refused: %v", len(in), refused)
		}
		if enter(ada); len(refused) != 1 || directory.KindOf(refused[0]) != directory.KindTooMany {
			t.Errorf("one more of the same caller: %v", refused)
		}
		if leave, err := c.enterLarge(t.Context(), directory.System("purge"), large); err != nil {
			t.Errorf("the program itself: %v", err)
		} else {
			leave()
		}
		leave()
		if first := <-in; first.User != jo.User {
			t.Error("who waits for the writer alone comes after the others of a caller")
		}
		for range ownLarge {
			<-in
		}
		time.Sleep(time.Minute)
		if again, err := c.enterLarge(t.Context(), ada, large); err != nil {
			t.Errorf("in the end: %v", err)
		} else {
			again()
		}
	})
}
