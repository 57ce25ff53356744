package admission_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"cohort/internal/admission"
	"cohort/internal/directory"
)

func TestSlotsLetTheOldestInFirstAndRefuseTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := admission.NewSlots(admission.SlotsConfig{PerKey: 1, Waiting: 2, Patience: 5 * time.Second, Refusal: "slow down"})
		leave, err := s.Enter(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		order := make(chan int, 2)
		for i := range 2 {
			go func() {
				leave, err := s.Enter(t.Context(), "a")
				if err != nil {
					t.Error(err)
					return
				}
				order <- i
				leave()
			}()
			synctest.Wait()
		}
		if _, err := s.Enter(t.Context(), "a"); directory.KindOf(err) != directory.KindTooMany {
			t.Errorf("a third that would wait: %v", err)
		}
		if _, ok := s.Try("a"); ok {
			t.Error("Try found a slot")
		}
		other, err := s.Enter(t.Context(), "b")
		if err != nil {
			t.Errorf("another key: %v", err)
		}
		other()
		leave()
		leave() // once is enough
		if first, second := <-order, <-order; first != 0 || second != 1 {
			t.Errorf("%d before %d", first, second)
		}
		synctest.Wait()
		if last, ok := s.Try("a"); !ok {
			t.Error("no slot is free in the end")
		} else {
			last()
		}
	})
}

func TestWhoWaitsTooLongOrGoesLosesNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := admission.NewSlots(admission.SlotsConfig{PerKey: 1, Waiting: 9, Patience: 5 * time.Second})
		leave, err := s.Enter(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := s.Enter(t.Context(), "a"); directory.KindOf(err) != directory.KindTooMany ||
			time.Since(start) != 5*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Enter(ctx, "a"); directory.KindOf(err) != directory.KindUnavailable {
			t.Errorf("whose client went away: %v", err)
		}
		leave()
		if leave, err = s.Enter(t.Context(), "a"); err != nil {
			t.Errorf("once the slot is free: %v", err)
		}
		leave()
	})
}

func TestABudgetIsSharedAndOneKeyHoldsAQuarter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := admission.NewBudget(1000, 5*time.Second)
		large := b.Hold("a")
		if err := large.Grow(t.Context(), 700); err != nil {
			t.Errorf("one large request: %v", err)
		}
		if b.Hold("a").TryGrow(1) {
			t.Error("a key above its share got more for another request")
		}
		if !b.Hold("b").TryGrow(250) {
			t.Error("another key found no room")
		}
		waiting := b.Hold("c")
		got := make(chan error)
		go func() { got <- waiting.Grow(t.Context(), 100) }()
		synctest.Wait()
		large.Release()
		if err := <-got; err != nil {
			t.Errorf("once there is room: %v", err)
		}
		start := time.Now()
		if err := waiting.Grow(t.Context(), 5000); directory.KindOf(err) != directory.KindUnavailable ||
			time.Since(start) != 5*time.Second {
			t.Errorf("more than there is, after %v: %v", time.Since(start), err)
		}
		waiting.Release()
		if held := b.Held(); held != 250 {
			t.Errorf("%d bytes are held in the end", held)
		}
	})
}

func TestACostMayGoIntoDebtAndIsPaidOff(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := admission.NewCosts(admission.CostsConfig{Rate: 10, Burst: 100, Keys: 2, Now: func() time.Time { return now }})
	if err := c.Check("credential", "user"); err != nil {
		t.Fatal(err)
	}
	c.Charge(150, "credential", "user")
	for _, key := range []string{"credential", "user"} {
		err := c.Check(key)
		e, _ := errors.AsType[*directory.Error](err)
		if e == nil || e.Kind != directory.KindTooMany || e.RetryAfter != 5100*time.Millisecond {
			t.Errorf("%s in debt: %v", key, err)
		}
	}
	now = now.Add(5100 * time.Millisecond)
	if err := c.Check("credential", "user"); err != nil {
		t.Errorf("paid off: %v", err)
	}
}

func TestAMeterAddsUp(t *testing.T) {
	ctx, m := admission.WithMeter(t.Context())
	admission.AddEdits(ctx, 3)
	admission.AddUsers(ctx, 250)
	m.AddBytes(96 << 10)
	if got := m.Units(); got != 3+2.5+1.5 {
		t.Errorf("%v units", got)
	}
	admission.AddEdits(t.Context(), 1) // of nobody
}
