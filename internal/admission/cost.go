package admission

import (
	"container/list"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"cohort/internal/directory"
)

// Units of cost: an edit is one, so are 100 users that were looked at, and
// 64 KiB that were received or sent.
const (
	usersPerUnit = 100
	bytesPerUnit = 64 << 10
)

// A CostsConfig says how much each key may cost.
type CostsConfig struct {
	Rate  float64          // units a second; 0 or less sets no limit
	Burst float64          // units at once, after a pause
	Keys  int              // that are remembered; of more, those that asked longest ago are forgotten
	Now   func() time.Time // nil is time.Now
}

// Costs are a bucket of units for each key. The cost of a request is known when it
// is done. A request is admitted while its bucket is above zero and may take the
// bucket below zero, so that no single request is too expensive.
type Costs struct {
	config CostsConfig

	mu     sync.Mutex
	byKey  map[string]*list.Element // of *bucket
	recent *list.List               // most recent first
}

type bucket struct {
	key   string
	units float64
	at    time.Time
}

// NewCosts makes buckets that are all full.
func NewCosts(config CostsConfig) *Costs {
	config.Keys = max(config.Keys, 1)
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Costs{config: config, byKey: map[string]*list.Element{}, recent: list.New()}
}

// Check returns directory.KindTooMany, with the time to wait, if one of the
// keys is in debt.
func (c *Costs) Check(keys ...string) error {
	if c.config.Rate <= 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range keys {
		if b := c.bucket(key); b.units <= 0 {
			wait := time.Duration((1 - b.units) / c.config.Rate * float64(time.Second))
			return &directory.Error{
				Kind: directory.KindTooMany, RetryAfter: wait,
				Msg: "what was asked for lately cost more than one caller may take; slow down",
			}
		}
	}
	return nil
}

// Charge takes units from the buckets of the keys.
func (c *Costs) Charge(units float64, keys ...string) {
	if c.config.Rate <= 0 || units <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range keys {
		c.bucket(key).units -= units
	}
}

// bucket returns the key's bucket as it is now, and makes it the most recent.
func (c *Costs) bucket(key string) *bucket {
	now := c.config.Now()
	if e, ok := c.byKey[key]; ok {
		c.recent.MoveToFront(e)
		b := bucketOf(e)
		b.units = min(c.config.Burst, b.units+now.Sub(b.at).Seconds()*c.config.Rate)
		b.at = now
		return b
	}
	if c.recent.Len() >= c.config.Keys {
		oldest := c.recent.Back()
		delete(c.byKey, bucketOf(oldest).key)
		c.recent.Remove(oldest)
	}
	b := &bucket{key, c.config.Burst, now}
	c.byKey[key] = c.recent.PushFront(b)
	return b
}

// bucketOf is what an element of recent holds: always a bucket.
func bucketOf(e *list.Element) *bucket {
	b, _ := e.Value.(*bucket)
	return b
}

// A Meter counts what a request costs while it is served.
type Meter struct {
	edits, users, bytes atomic.Int64
	turn                turnOf
}

type meterKey struct{}

// WithMeter returns a context whose request is counted by the meter.
func WithMeter(ctx context.Context) (context.Context, *Meter) {
	m := &Meter{}
	return context.WithValue(ctx, meterKey{}, m), m
}

// AddEdits counts edits that were planned for a request.
func AddEdits(ctx context.Context, n int) { meterOf(ctx).edits.Add(int64(n)) }

// AddUsers counts users that were looked at for a request.
func AddUsers(ctx context.Context, n int) { meterOf(ctx).users.Add(int64(n)) }

// AddBytes counts bytes that were received or sent.
func (m *Meter) AddBytes(n int64) { m.bytes.Add(n) }

// Units are what was counted so far.
func (m *Meter) Units() float64 {
	return float64(m.edits.Load()) + float64(m.users.Load())/usersPerUnit + float64(m.bytes.Load())/bytesPerUnit
}

// meterOf never returns nil: work of the program itself is not counted.
func meterOf(ctx context.Context) *Meter {
	if m, ok := ctx.Value(meterKey{}).(*Meter); ok {
		return m
	}
	return &Meter{}
}
