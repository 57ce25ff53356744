package auth

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A LimiterConfig limits the request rate of each key.
type LimiterConfig struct {
	Rate  float64          // requests a second; 0 or less means no limit
	Burst int              // requests at once, after a pause
	Keys  int              // remembered keys; beyond that, the key that asked longest ago is forgotten
	Now   func() time.Time // nil is time.Now
}

// DefaultLimiterConfig is generous: it stops runaway clients, not busy ones.
func DefaultLimiterConfig() LimiterConfig { return LimiterConfig{Rate: 200, Burst: 1000, Keys: 50_000} }

// A Limiter is a token bucket for each key, such as a credential or an address. Its memory is
// bounded. A forgotten key begins with a full bucket, so Keys should exceed the callers of a
// few seconds.
type Limiter struct {
	config LimiterConfig
	mu     sync.Mutex
	byKey  map[string]*list.Element // of bucket
	recent *list.List               // most recent first
}

type bucket struct {
	key    string
	tokens *rate.Limiter
}

// NewLimiter returns a limiter. Burst and Keys are at least 1.
func NewLimiter(config LimiterConfig) *Limiter {
	config.Burst, config.Keys = max(config.Burst, 1), max(config.Keys, 1)
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Limiter{config: config, byKey: map[string]*list.Element{}, recent: list.New()}
}

// Allow reports whether a request of the key may be served now. If not, retryAfter is the time
// until the next one may. A refused request costs the key nothing.
func (l *Limiter) Allow(key string) (ok bool, retryAfter time.Duration) {
	if l.config.Rate <= 0 {
		return true, 0
	}
	now := l.config.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(key)
	if b.AllowN(now, 1) {
		return true, 0
	}
	r := b.ReserveN(now, 1)
	if delay := r.DelayFrom(now); delay > 0 {
		r.CancelAt(now)
		return false, delay
	}
	return true, 0
}

// bucket returns the key's bucket and makes it the most recent.
func (l *Limiter) bucket(key string) *rate.Limiter {
	if e, ok := l.byKey[key]; ok {
		l.recent.MoveToFront(e)
		return bucketOf(e.Value).tokens
	}
	if l.recent.Len() >= l.config.Keys {
		oldest := l.recent.Back()
		delete(l.byKey, bucketOf(l.recent.Remove(oldest)).key)
	}
	b := bucket{key, rate.NewLimiter(rate.Limit(l.config.Rate), l.config.Burst)}
	l.byKey[key] = l.recent.PushFront(b)
	return b.tokens
}

// bucketOf returns the bucket in an element of recent.
func bucketOf(v any) bucket {
	b, _ := v.(bucket)
	return b
}
