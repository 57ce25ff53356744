package lab

import (
	"context"
	"fmt"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/measure"
)

// PlainServer serves the directory in which effective values are read.
func (l *Lab) PlainServer(ctx context.Context, attributes int) (*measure.Process, *Caller, *sample.Directory, error) {
	path, d, err := l.Fixture(ctx, fmt.Sprintf("plain-%d", attributes), l.Plain(l.Scaled(100_000), attributes))
	if err != nil {
		return nil, nil, nil, err
	}
	p, c, err := l.ServeAndLogin(ctx, "--data", path)
	return p, c, d, err
}

// Plain is the shape of the directory in which effective values are read. It has strings with
// the rule rank only, because rivals can answer no other question. Each user is directly in 5
// of 10,000 groups in 5 levels.
func (l *Lab) Plain(users, attributes int) sample.Shape {
	return sample.Shape{
		Seed: 2, Users: users, Groups: l.Scaled(10_000), Depth: 5, Attributes: attributes, GroupValues: 10 * l.Scaled(10_000),
		Memberships: 5 * users, UserValues: users, Plain: true,
	}
}

// Attributes lists the attributes of a sample.
func Attributes(d *sample.Directory) []directory.AttributeID {
	ids := make([]directory.AttributeID, d.Shape().Attributes)
	for i := range ids {
		ids[i] = d.Attribute(i)
	}
	return ids
}

// Written is the shape of the directory that is written to.
func (l *Lab) Written() sample.Shape {
	return sample.Shape{
		Seed: 3, Users: l.Scaled(10_000), Groups: 100, Depth: 3, Attributes: 20, GroupValues: 1000,
		Memberships: 3 * l.Scaled(10_000), UserValues: l.Scaled(10_000), Skew: 1, Plain: true,
	}
}
