package admission

import (
	"container/list"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"cohort/internal/directory"
)

// One unit of cost is an edit, 100 examined users, or 64 KiB received or sent.
const (
	usersPerUnit = 100
	bytesPerUnit = 64 << 10
)

// A CostsConfig limits the cost of each key.
type CostsConfig struct {
	Rate  float64          // units a second; 0 or less sets no limit
	Burst float64          // units at once, after a pause
	Keys  int              // remembered keys; beyond that, the key that asked longest ago is forgotten
	Now   func() time.Time // nil is time.Now
}

// Costs holds a bucket of units for each key. The cost of a request is known only after it. A
// request is admitted while its bucket is above zero and may take it below zero, so no single
// request is too expensive.
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

// NewCosts returns buckets that are all full.
func NewCosts(config CostsConfig) *Costs {
	config.Keys = max(config.Keys, 1)
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Costs{config: config, byKey: map[string]*list.Element{}, recent: list.New()}
}

// Check fails with directory.KindTooMany and the time to wait if one of the keys is in debt.
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

// bucket returns the key's current bucket and makes it the most recent.
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

// bucketOf returns the bucket in an element of recent.
func bucketOf(e *list.Element) *bucket {
	b, _ := e.Value.(*bucket)
	return b
}

// A Meter counts the cost of a request while it is served.
type Meter struct {
	edits, users, bytes atomic.Int64
	turn                turnOf
}

type meterKey struct{}

// WithMeter returns a context whose request the meter counts.
func WithMeter(ctx context.Context) (context.Context, *Meter) {
	m := &Meter{}
	return context.WithValue(ctx, meterKey{}, m), m
}

// AddEdits counts edits that were planned for a request.
func AddEdits(ctx context.Context, n int) { meterOf(ctx).edits.Add(int64(n)) }

// AddUsers counts users that were examined for a request.
func AddUsers(ctx context.Context, n int) { meterOf(ctx).users.Add(int64(n)) }

// AddBytes counts bytes that were received or sent.
func (m *Meter) AddBytes(n int64) { m.bytes.Add(n) }

// Units returns the cost so far.
func (m *Meter) Units() float64 {
	return float64(m.edits.Load()) + float64(m.users.Load())/usersPerUnit + float64(m.bytes.Load())/bytesPerUnit
}

// meterOf never returns nil. Work of the program itself goes uncounted.
func meterOf(ctx context.Context) *Meter {
	if m, ok := ctx.Value(meterKey{}).(*Meter); ok {
		return m
	}
	return &Meter{}
}
