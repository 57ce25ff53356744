package core

import (
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"cohort/internal/directory"
)

const (
	// maxJump is how far the clock may be behind the last change, or go ahead at
	// once, before it is not trusted.
	maxJump = time.Minute
	// jumpPause is how long changes wait after the clock went ahead.
	jumpPause = time.Minute
	// lookAtClock is how often the clock is looked at while nobody asks for it.
	lookAtClock = 5 * time.Second
)

// A timekeeper decides whether the clock can be trusted. One that suddenly goes
// ahead is not for a minute: a change that is dated in the future would date all
// later ones. Meanwhile time goes on as if nothing had happened.
type timekeeper struct {
	now func() time.Time
	// running is a clock that nobody sets: the time since some moment. Nil says
	// that there is none, and jumps are not looked for.
	running func() time.Duration
	log     *slog.Logger

	ahead   atomic.Int64 // of the trusted time against running
	waiting atomic.Bool  // the clock has gone ahead, and is not trusted yet
	jumps   atomic.Int64

	mu       sync.Mutex
	most     int64         // that ahead was: a clock that comes back to there has not gone ahead
	until    time.Duration // by running: then it is
	accepted bool          // somebody has said that the clock is right, though it is behind
}

func newTimekeeper(opt *Options) *timekeeper {
	k := &timekeeper{now: opt.Now, running: opt.Running, log: opt.Log}
	if k.running != nil {
		k.trust(k.offset())
	}
	return k
}

// trust takes the time as it is by an offset.
func (k *timekeeper) trust(offset int64) {
	k.ahead.Store(offset)
	k.most = max(k.most, offset)
}

// offset is how far the clock is ahead of running.
func (k *timekeeper) offset() int64 { return k.now().UnixNano() - int64(k.running()) }

// time is the trusted time.
func (k *timekeeper) time() time.Time {
	if k.running == nil {
		return k.now()
	}
	moved := time.Duration(k.offset() - k.ahead.Load())
	if !k.waiting.Load() && moved <= maxJump && moved >= -maxJump {
		return k.now()
	}
	return k.look()
}

// look is time after the clock was moved.
func (k *timekeeper) look() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	running, offset := k.running(), k.offset()
	moved := time.Duration(offset - k.most)
	switch {
	case moved <= maxJump: // it was set back, or right again
		if k.waiting.Swap(false) {
			k.log.Info("the clock is as it was before it went ahead")
		}
		k.trust(offset)
	case !k.waiting.Load():
		k.waiting.Store(true)
		k.until = running + jumpPause
		k.jumps.Add(1)
		k.log.Warn("the clock has gone ahead; changes wait until it is trusted", "by", moved.String(), "for",
			jumpPause.String())
	case running >= k.until:
		k.waiting.Store(false)
		k.trust(offset)
		k.log.Warn("the time that the clock says holds from now on", "ahead_by", moved.String())
	}
	return time.Unix(0, k.ahead.Load()+int64(running))
}

// refuse is the error of every change while the clock cannot date it. last is
// when the last change was committed.
func (k *timekeeper) refuse(last directory.Instant) error {
	now := k.time()
	if k.waiting.Load() {
		return directory.Unavailable(jumpPause, "the clock of this server has gone ahead by more than a minute; "+
			"changes wait for a minute, or until somebody runs `cohort admin accept-time`", nil)
	}
	behind := last.Time().Sub(now)
	k.mu.Lock()
	defer k.mu.Unlock()
	if behind <= maxJump {
		k.accepted = false
		return nil
	}
	if k.accepted {
		return nil
	}
	return directory.Unavailable(jumpPause, fmt.Sprintf("the clock of this server is %v behind the last change; "+
		"set it right, or run `cohort admin accept-time`", behind.Round(time.Second)), nil)
}

// accept trusts the clock as it is.
func (k *timekeeper) accept() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.accepted = true
	k.waiting.Store(false)
	if k.running != nil {
		k.most = 0
		k.trust(k.offset())
	}
}
