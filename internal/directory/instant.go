package directory

import "time"

// An Instant is a stored time: milliseconds since 1970-01-01 UTC. Zero means none.
type Instant int64

// InstantOf returns t in whole milliseconds, rounded down; the zero time gives 0.
func InstantOf(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return Instant(t.UnixMilli())
}

// Time returns the instant in UTC; zero gives the zero time.
func (i Instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(i)).UTC()
}

// A Window is when something is in force: from StartsAt, inclusive, to
// ExpiresAt, exclusive. A bound of zero is open.
type Window struct {
	StartsAt, ExpiresAt Instant
}

// InForce reports whether the window is open at t.
func (w Window) InForce(t Instant) bool {
	return (w.StartsAt == 0 || w.StartsAt <= t) && (w.ExpiresAt == 0 || t < w.ExpiresAt)
}

// Always reports whether the window has no bounds.
func (w Window) Always() bool { return w == Window{} }

// NextBoundary returns the earliest bound after t, or 0 if there is none.
func (w Window) NextBoundary(t Instant) Instant {
	switch {
	case w.StartsAt > t:
		return w.StartsAt
	case w.ExpiresAt > t:
		return w.ExpiresAt
	}
	return 0
}

// ParseWindow checks the bounds of a window.
func ParseWindow(startsAt, expiresAt Instant) (Window, error) {
	if startsAt < 0 {
		return Window{}, Invalid("starts_at", "must be later than 1970")
	}
	if expiresAt < 0 {
		return Window{}, Invalid("expires_at", "must be later than 1970")
	}
	if expiresAt != 0 && expiresAt <= startsAt {
		return Window{}, Invalid("expires_at", "must be later than starts_at")
	}
	return Window{startsAt, expiresAt}, nil
}
