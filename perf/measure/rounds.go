package measure

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// A Side is one side of a comparison. Run runs it once and returns the figure of that round.
type Side struct {
	Name string
	Run  func(context.Context) (float64, error)
}

// Samples are the figures of one side, by round.
type Samples []float64

// Alternate runs the sides in turns (A B A B …), so that other load of the machine affects all
// of them. It returns the figures of each side, and calls note with every figure.
func Alternate(ctx context.Context, rounds int, note func(string), sides ...Side) ([]Samples, error) {
	figures := make([]Samples, len(sides))
	for round := range rounds {
		for i, side := range sides {
			figure, err := side.Run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s, round %d: %w", side.Name, round+1, err)
			}
			figures[i] = append(figures[i], figure)
			note(fmt.Sprintf("round %d of %d, %s: %.4g", round+1, rounds, side.Name, figure))
		}
	}
	return figures, nil
}

// Median is the middle sample, or the mean of the middle two; 0 without samples.
func (s Samples) Median() float64 { return s.Quantile(0.5) }

// Quantile is the sample that a share q of the samples does not exceed.
func (s Samples) Quantile(q float64) float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (sorted[high]-sorted[low])*(at-float64(low))
}

// Per divides each sample by the sample of another side in the same round, so that what
// disturbed both cancels out.
func (s Samples) Per(other Samples) Samples {
	ratios := make(Samples, min(len(s), len(other)))
	for i := range ratios {
		ratios[i] = s[i] / other[i]
	}
	return ratios
}

// Times multiplies each sample.
func (s Samples) Times(factor float64) Samples {
	scaled := slices.Clone(s)
	for i := range scaled {
		scaled[i] *= factor
	}
	return scaled
}

// Range formats the smallest and the largest sample.
func (s Samples) Range(unit Unit) string {
	if len(s) == 0 {
		return "none"
	}
	return unit.Format(slices.Min(s)) + " to " + unit.Format(slices.Max(s))
}

// Round rounds each sample to a tenth. In counts, the digits after that are the runtime's own
// work.
func (s Samples) Round() Samples {
	rounded := slices.Clone(s)
	for i := range rounded {
		rounded[i] = math.Round(rounded[i]*10) / 10
	}
	return rounded
}
