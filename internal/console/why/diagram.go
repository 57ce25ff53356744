package why

import (
	"cohort/internal/console/diagram"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/render"
)

// outcomeWord returns the outcome of a candidate in a few words.
func outcomeWord(a *directory.Attribute, c *directory.Candidate) string {
	const day = "2 Jan 2006"
	switch c.Outcome {
	case directory.Contributes:
		return "wins"
	case directory.Outranked:
		return "outranked"
	case directory.Farther:
		return "farther away"
	case directory.Shadowed:
		return "own value wins"
	case directory.NotExtreme:
		if a.Rule.Spec().Extreme == directory.Least {
			return "not the least"
		}
		return "not the greatest"
	case directory.NotDeciding:
		return "does not decide"
	case directory.Repeated:
		return "adds nothing new"
	case directory.Yielded:
		return "gives way"
	case directory.NotYetForced:
		return "not before " + c.StartsAt.Time().Format(day)
	case directory.Expired:
		return "expired " + c.ExpiresAt.Time().Format(day)
	case directory.NoText:
		return "no text in this language"
	case directory.NotReached:
		return "not needed"
	}
	return string(c.Outcome)
}

// graphInput returns the input for the graph of an explanation. The owner is a user, or a
// group, whose paths begin with the group.
func graphInput(q *pagekit.Request, owner sentence.Part, group directory.GroupID, a *directory.Attribute,
	x *directory.Explanation) diagram.Input {
	in := diagram.Input{Owner: render.Shorten(owner.Text, diagram.MaxText), Title: "How " + owner.Text + " gets " + a.Name}
	for i := range x.Candidates {
		c := &x.Candidates[i]
		item := diagram.Candidate{
			Value: sentence.ValueOf(a, c.Value, q.Language).Text(), Note: outcomeWord(a, c),
			Wins: c.Outcome == directory.Contributes,
		}
		switch c.Origin {
		case directory.OriginUser:
			in.Own = &item
			continue
		case directory.OriginDefault:
			item.Key, item.Name = "default", "Default"
			in.Low = append(in.Low, item)
			continue
		case directory.OriginGroup, directory.OriginNone, directory.OriginSystem:
		}
		if c.Rank > 0 {
			item.Note = "rank " + sentence.Number(sentence.Itoa(c.Rank)) + " · " + item.Note
		}
		p := q.Names.Group(c.Group)
		item.Key, item.Name, item.Href = "g"+sentence.Itoa(c.Group), p.Text, p.Href
		if c.Group == directory.HiddenGroup {
			item.Key = "hidden" + sentence.Itoa(directory.GroupID(i)) // each hidden candidate is a group of its own
		}
		switch {
		case group != 0 && c.Group == group:
			in.Own = &item
			continue
		case c.Group == directory.AllUsers:
			in.Low = append(in.Low, item)
			continue
		}
		path := c.Path
		if group != 0 && len(path) > 0 && path[0] == group {
			path = path[1:]
		}
		for _, g := range path {
			step := q.Names.Group(g)
			item.Path = append(item.Path, diagram.Step{Key: "g" + sentence.Itoa(g), Name: step.Text, Href: step.Href})
		}
		in.Groups = append(in.Groups, item)
	}
	return in
}
